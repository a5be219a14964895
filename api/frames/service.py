"""What is kept of a frame: one row, its detections, its coverage, its findings, its answer."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from api.camera_health import sights
from api.cameras import pictures
from api.cameras.models import Camera
from api.coverage import service as coverage
from api.database import new_id
from api.errors import Conflict, NotFound
from api.evidence.objects import object_key
from api.external_detections import service as external_detections
from api.external_detections.detection import ExternalDetection
from api.findings.gather import Gathered
from api.frames.inspector import Looked, Shape
from api.frames.metadata import FrameMetadata
from api.frames.models import Detection, Frame, InspectingModel
from api.frames.plausibility import (
    JUMPED,
    MISPLACING,
    SAME_PICTURE,
    has_jumped,
    metadata_warnings,
)
from api.frames.sightings import Sighting
from api.principal import Principal
from api.sites.cameras import watches
from api.sites.collecting import collect
from api.verification.glimpses import Faint, note_faint
from api.verification.judging import note_frame
from inference.detections import Detections
from inference.inspections import Kind, PictureInspection


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame that was inspected and, if a sighting keeps it, whose picture is stored.

    Attributes:
        gateway_id: who posted it.
        camera: the camera of that gateway, as it was when the frame was looked at.
        metadata: what the gateway says of it.
        sha256: of the picture's bytes, lower-case hexadecimal.
        digest: see `request_digest`.
        received_at: when its last byte came, by our clock.
        looked: what the inspections say; only what the picture is where the camera has sent the
            very same one before, which was looked at then.
        sightings: what that means, one for each of `looked.found`.
        zone: where its days begin.
        picture: a redacted JPEG, where it is time for a new picture of the camera.
        external: what the camera itself says of the picture.
        outside: its position is not of this installation.
    """

    gateway_id: str
    camera: Camera
    metadata: FrameMetadata
    sha256: str
    digest: str
    received_at: datetime
    looked: Shape | Looked
    sightings: tuple[Sighting, ...]
    zone: ZoneInfo
    picture: bytes | None = None
    external: tuple[ExternalDetection, ...] = ()
    outside: bool = False

    @property
    def keeps_picture(self) -> bool:
        """Say whether any sighting keeps the picture, or it waits to be put together."""
        return isinstance(self.looked, Looked) and (
            watches(self.camera) or any(sighting.keeps_picture for sighting in self.sightings)
        )

    @property
    def key(self) -> tuple[str, str]:
        """Return what is unique of a frame."""
        return self.gateway_id, self.metadata.idempotency_key


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway is told: the first reply, and whether it is given again."""

    reply: dict[str, Any]
    duplicate: bool

    def body(self) -> dict[str, Any]:
        """Return the members of the answer."""
        return {
            "frame_id": self.reply["frame_id"],
            "duplicate": self.duplicate,
            **self.reply,
        }


def request_digest(sha256: str, metadata: FrameMetadata, camera_id: str) -> str:
    """Return the SHA-256 by which a frame that is posted again is told from another one."""
    return hashlib.sha256(sha256.encode() + metadata.canonical(camera_id)).hexdigest()


def answer_again(*, digest: str, known_digest: str, reply: dict[str, Any]) -> Answer:
    """Return the first answer to a frame whose key is known.

    Args:
        digest: of what is posted now.
        known_digest: of what was posted first under the key.
        reply: what was answered then.

    Raises:
        Conflict: something else was posted under the key.
    """
    if digest != known_digest:
        raise Conflict(
            "This idempotency key was used for another picture or other metadata; "
            "a new frame needs a new key.",
            code="idempotency-key-reused",
        )
    return Answer(reply, duplicate=True)


def record(session: Session, arrivals: Sequence[Arrival]) -> list[Answer | Exception]:
    """Write frames, and everything that follows from them, in the open transaction.

    Args:
        session: the open transaction; nothing may be answered before it commits.
        arrivals: the frames, in any order; keys may repeat.

    Returns:
        For each the answer, or the `Conflict` that its caller gets.
    """
    frames = _known_frames(session, arrivals)
    firsts = _first_frames(session, arrivals)
    fresh: dict[str, Arrival] = {}
    for arrival in arrivals:
        if arrival.key not in frames:
            same = arrival.camera.id, arrival.sha256
            frame = frames[arrival.key] = _frame(arrival, repeats_id=firsts.get(same))
            firsts.setdefault(same, frame.id)
            fresh[frame.id] = arrival
    _know_models(session, fresh.values())
    taken = [frame for frame in frames.values() if frame.id in fresh]
    session.add_all(taken)
    session.flush()
    for frame in sorted(taken, key=lambda frame: frame.captured_at):
        _follow_up(session, frame, fresh[frame.id])
    answers: list[Answer | Exception] = []
    for arrival in arrivals:
        frame = frames[arrival.key]
        if fresh.get(frame.id) is arrival:
            answers.append(Answer(frame.reply, duplicate=False))
            continue
        try:
            answers.append(
                answer_again(
                    digest=arrival.digest, known_digest=frame.request_digest, reply=frame.reply
                )
            )
        except Conflict as conflict:
            answers.append(conflict)
    return answers


def _known_frames(session: Session, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], Frame]:
    keys = {arrival.key for arrival in arrivals}
    rows = session.scalars(
        select(Frame).where(tuple_(Frame.gateway_id, Frame.idempotency_key).in_(keys))
    )
    return {(frame.gateway_id, frame.idempotency_key): frame for frame in rows}


def _first_frames(session: Session, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], str]:
    """Return the frames that were the first of their cameras to have the pictures that came."""
    pictures = {(arrival.camera.id, arrival.sha256) for arrival in arrivals}
    rows = session.execute(
        select(Frame.camera_id, Frame.sha256, Frame.id).where(
            tuple_(Frame.camera_id, Frame.sha256).in_(pictures), Frame.repeats_id.is_(None)
        )
    )
    return {(camera_id, sha256): frame_id for camera_id, sha256, frame_id in rows}


def _frame(arrival: Arrival, *, repeats_id: str | None) -> Frame:
    metadata, looked = arrival.metadata, arrival.looked
    frame_id = new_id()
    found = looked.found if isinstance(looked, Looked) and repeats_id is None else ()
    warnings = metadata_warnings(
        arrival.camera, metadata, arrival.received_at, outside=arrival.outside
    )
    if repeats_id is not None:
        warnings.append(SAME_PICTURE)
    return Frame(
        id=frame_id,
        gateway_id=arrival.gateway_id,
        camera_id=arrival.camera.id,
        idempotency_key=metadata.idempotency_key,
        request_digest=arrival.digest,
        sha256=arrival.sha256,
        content_type=looked.content_type,
        width=looked.width,
        height=looked.height,
        captured_at=metadata.captured_at,
        received_at=arrival.received_at,
        clock_offset_ms=metadata.clock_offset_ms,
        latitude=metadata.latitude,
        longitude=metadata.longitude,
        gps_accuracy_m=metadata.gps_accuracy_m,
        heading_deg=metadata.heading_deg,
        speed_mps=metadata.speed_mps,
        flags=dict(metadata.flags) if metadata.flags else None,
        object_key=object_key(arrival.sha256)
        if arrival.keeps_picture and repeats_id is None
        else None,
        warnings=warnings or None,
        misplaced=not MISPLACING.isdisjoint(warnings),
        repeats_id=repeats_id,
        reply={
            "frame_id": frame_id,
            "sha256": arrival.sha256,
            "width": looked.width,
            "height": looked.height,
            "models": [
                {
                    "inspection": inspection.name,
                    "name": model.name,
                    "version": model.version,
                    "digest": model.digest,
                    "variant": model.variant,
                }
                for inspection, _ in found
                for model in inspection.used
            ],
            "detections": [],
            "findings": [],
            "warnings": warnings,
            "repeats": repeats_id,
        },
    )


def _know_models(session: Session, arrivals: Iterable[Arrival]) -> None:
    models = {
        model.digest: model
        for arrival in arrivals
        if isinstance(arrival.looked, Looked)
        for inspection, detections in arrival.looked.found
        if len(detections)
        for model in inspection.used
    }
    for model in models.values():
        if session.get(InspectingModel, model.digest) is None:
            session.add(
                InspectingModel(
                    digest=model.digest,
                    name=model.name,
                    version=model.version,
                    variant=model.variant,
                )
            )


def _follow_up(session: Session, frame: Frame, arrival: Arrival) -> None:
    """Write what follows from a frame, and complete its answer where something was found."""
    camera, looked = arrival.camera, arrival.looked
    external_detections.record(
        session,
        frame_id=frame.id,
        size_wh=(frame.width, frame.height),
        external=arrival.external,
    )
    if has_jumped(session, frame):
        frame.misplaced = True
        frame.warnings = [*(frame.warnings or ()), JUMPED]
        frame.reply = {**frame.reply, "warnings": frame.warnings}
    if not isinstance(looked, Looked) or frame.repeats_id is not None:
        # The same picture is no other look; a camera that sends no other is frozen.
        sights.repeat(session, camera_id=camera.id, captured_at=frame.captured_at)
        return
    if arrival.picture is not None:
        pictures.keep(
            session,
            camera_id=camera.id,
            captured_at=frame.captured_at,
            size_wh=(frame.width, frame.height),
            picture=arrival.picture,
        )
    if looked.sight is not None:
        sights.keep(session, camera_id=camera.id, captured_at=frame.captured_at, sight=looked.sight)
    if watches(camera):
        collect(session, frame=frame, zone=arrival.zone)
    detected: list[dict[str, Any]] = []
    gathered: list[Gathered] = []
    for (inspection, found), sighting in zip(looked.found, arrival.sightings, strict=True):
        coverage.record(
            session,
            frame=frame,
            camera=camera,
            inspection=inspection.name,
            quality=looked.quality,
        )
        detections = _detections(frame, inspection, found)
        findings = sighting.gather(session, frame=frame, detections=detections)
        finding_of = {
            detection_id: one.finding_id for one in findings for detection_id in one.detection_ids
        }
        if inspection.kind is Kind.PLACE:
            note_faint(
                session,
                frame=frame,
                camera=camera,
                inspection=inspection.name,
                faint=_faint(inspection, looked.faint.get(inspection.name)),
            )
            note_frame(session, frame=frame, camera=camera, inspection=inspection.name)
        detected.extend(_detection_reply(one, finding_of.get(one.id)) for one in detections)
        gathered.extend(findings)
    if detected or gathered:
        frame.reply = {
            **frame.reply,
            "detections": detected,
            "findings": [
                {
                    "id": one.finding_id,
                    "class": one.class_name,
                    "state": one.state,
                    "new": one.new,
                }
                for one in gathered
            ],
        }


def _detections(frame: Frame, inspection: PictureInspection, found: Detections) -> list[Detection]:
    if not len(found):
        return []
    digests = {name: model.digest for model in inspection.models for name in model.class_names}
    groups = inspection.class_groups
    return [
        Detection(
            id=new_id(),
            frame_id=frame.id,
            model_digest=digests[one.class_name],
            inspection=inspection.name,
            class_name=one.class_name,
            class_group=groups[one.class_name],
            score=one.score,
            x1=one.box[0],
            y1=one.box[1],
            x2=one.box[2],
            y2=one.box[3],
        )
        for one in found
    ]


def _faint(inspection: PictureInspection, found: Detections | None) -> list[Faint]:
    groups = inspection.class_groups
    return [Faint(groups[one.class_name], one.score, one.box) for one in found or ()]


def _detection_reply(detection: Detection, finding_id: str | None) -> dict[str, Any]:
    box = (detection.x1, detection.y1, detection.x2, detection.y2)
    return {
        "id": detection.id,
        "inspection": detection.inspection,
        "class": detection.class_name,
        "score": round(detection.score, 4),
        "box": [round(side, 1) for side in box],
        "finding_id": finding_id,
    }


def get_frame(session: Session, *, frame_id: str, principal: Principal) -> Frame:
    """Return a frame.

    Raises:
        NotFound: there is none, or the principal may not see its camera's pictures.
    """
    frame = session.get(Frame, frame_id)
    if frame is None or not principal.may_see(frame.camera_id):
        raise NotFound("There is no frame with this id.", code="frame-not-found")
    return frame


def detections_of(session: Session, *, frame_id: str) -> Sequence[Detection]:
    """Return the detections of a frame, highest score first."""
    return session.scalars(
        select(Detection)
        .where(Detection.frame_id == frame_id)
        .order_by(Detection.score.desc(), Detection.id)
    ).all()
