"""Evidence: kept when a frame shows a finding well, shown to who may see its camera."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import NotFound
from api.evidence.models import Evidence, EvidenceClip
from api.evidence.redaction import Box, redact
from api.findings.models import FindingDetection
from api.frames.models import Detection, Frame
from api.principal import Principal
from inference.annotate import annotate, encode_jpeg
from inference.decode import DecodeLimits, decode
from inference.detections import Detections

_FULL_SIZE = 65_535  # the longest side that a JPEG can have
_JPEG = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Original:
    """What was filmed, before anything was hidden in it.

    Attributes:
        object_key: in the object store.
        content_type: its media type.
    """

    object_key: str
    content_type: str


def keep(session: Session, *, finding_id: str, frame: Frame) -> Evidence:
    """Keep a frame's picture as evidence of a finding; what is kept already stays as it is.

    Args:
        session: the open transaction.
        finding_id: what the picture shows.
        frame: a frame with a detection, so that its picture is in the object store.

    Raises:
        ValueError: the frame's picture was not stored.
    """
    known = session.scalar(
        select(Evidence).where(Evidence.finding_id == finding_id, Evidence.frame_id == frame.id)
    )
    if known is not None:
        return known
    if frame.object_key is None:
        raise ValueError(f"the picture of frame {frame.id} was not stored")
    evidence = Evidence(
        finding_id=finding_id,
        frame_id=frame.id,
        camera_id=frame.camera_id,
        object_key=frame.object_key,
        content_type=frame.content_type,
    )
    session.add(evidence)
    session.flush()
    return evidence


def get_evidence(session: Session, *, evidence_id: str, principal: Principal | None) -> Evidence:
    """Return one piece of evidence.

    Args:
        session: the open transaction.
        evidence_id: which.
        principal: who asks, or None for the holder of a signed link to it.

    Raises:
        NotFound: there is none any more, or the principal may not see its camera's pictures.
    """
    evidence = session.get(Evidence, evidence_id)
    if evidence is None or (principal is not None and not principal.may_see(evidence.camera_id)):
        raise NotFound("There is no evidence with this id.", code="evidence-not-found")
    if evidence.removed_at is not None:
        raise NotFound(
            f"The picture was removed on {evidence.removed_at.date()}: it was kept long enough.",
            code="picture-removed",
        )
    return evidence


def get_clip(session: Session, *, evidence_id: str, principal: Principal | None) -> EvidenceClip:
    """Return the video beside a picture; arguments as of `get_evidence`.

    Raises:
        NotFound: there is none, or the principal may not see its camera's pictures.
    """
    get_evidence(session, evidence_id=evidence_id, principal=principal)
    clip = session.get(EvidenceClip, evidence_id)
    if clip is None:
        raise NotFound("There is no video of this, only a picture.", code="clip-not-found")
    return clip


def get_original(session: Session, *, evidence_id: str, principal: Principal) -> Original:
    """Return where the original of a picture or video is kept; arguments as of `get_evidence`.

    Raises:
        NotFound: there is none any more, or the principal may not see its camera's pictures.
    """
    evidence = get_evidence(session, evidence_id=evidence_id, principal=principal)
    clip = session.get(EvidenceClip, evidence_id)
    if clip is not None:
        return Original(clip.original_key, clip.content_type)
    return Original(evidence.object_key, evidence.content_type)


def detections_shown(session: Session, evidence: Evidence) -> Sequence[Detection]:
    """Return the detections of the finding in the picture, highest score first."""
    return session.scalars(
        select(Detection)
        .join(FindingDetection, FindingDetection.detection_id == Detection.id)
        .where(
            FindingDetection.finding_id == evidence.finding_id,
            Detection.frame_id == evidence.frame_id,
        )
        .order_by(Detection.score.desc(), Detection.id)
    ).all()


def etag(evidence: Evidence, detections: Sequence[Detection], hidden: Sequence[Box]) -> str:
    """Return the entity tag of a picture with detections drawn into it and boxes hidden."""
    shown = "\n".join([evidence.object_key, *(one.id for one in detections), *map(str, hidden)])
    return f'"{hashlib.sha256(shown.encode()).hexdigest()[:32]}"'


def render(
    picture: bytes,
    detections: Sequence[Detection],
    hidden: Sequence[Box],
    limits: DecodeLimits,
) -> bytes:
    """Return the picture at its full size, as JPEG.

    Args:
        picture: as it was received.
        detections: drawn in with boxes, classes and scores.
        hidden: made unrecognisable, see `api.evidence.redaction`.
        limits: of decoding.

    Raises:
        PictureError: the bytes are no picture.
    """
    names = tuple(sorted({one.class_name for one in detections}))
    boxes = [[one.x1, one.y1, one.x2, one.y2] for one in detections]
    decoded = decode(picture, limits, _FULL_SIZE)
    drawn = annotate(
        replace(decoded, image=redact(decoded, hidden)),
        Detections(
            boxes=np.array(boxes, np.float32).reshape(-1, 4),
            scores=np.array([one.score for one in detections], np.float32),
            class_ids=np.array([names.index(one.class_name) for one in detections], np.int64),
            class_names=names,
        ),
    )
    return encode_jpeg(drawn)


def content_type(evidence: Evidence, *, rendered: bool) -> str:
    """Return the media type of a picture: rendered ones are JPEG, others what they came as."""
    return _JPEG if rendered else evidence.content_type
