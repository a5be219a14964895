"""Uploads of clips: begun, gone on with, finished, cancelled; and clips found again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.clips.headers import UploadHeaders
from api.clips.models import JOB_KIND, Clip, ClipState
from api.clips.parts import truncate
from api.database import now
from api.errors import BadRequest, Conflict, NotFound, TooBusy, TooLarge, Unprocessable
from api.frames.metadata import FrameMetadata
from api.frames.shares import in_share
from api.jobs.models import Job, JobState
from api.jobs.queue import enqueue
from api.principal import Principal
from inference.inspections import ClipInspection, inspection_type

_MOST_AHEAD_S = 24 * 3600.0
_FULL_S = 30
_OF_FRAMES_ONLY = ("latitude", "longitude", "gps_accuracy_m", "heading_deg", "speed_mps", "flags")
_STANDARD = "https://iana.org/assignments/http-problem-types#"


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What is taken of clips.

    Attributes:
        max_bytes: longest clip.
        max_waiting: clips that wait for a worker.
        keep_for: how long an unfinished upload is kept when nothing more comes.
    """

    max_bytes: int
    max_waiting: int
    keep_for: timedelta


def check_metadata(metadata: FrameMetadata) -> None:
    """Refuse what is said of a frame only, and clips of the future.

    Raises:
        Unprocessable: with what is wrong.
    """
    given = [name for name in _OF_FRAMES_ONLY if getattr(metadata, name) is not None]
    if given:
        raise Unprocessable(
            f"{', '.join(given)}: not said of a clip, for its camera stands still.",
            code="invalid-metadata",
        )
    if metadata.ahead_s(now()) > _MOST_AHEAD_S:
        raise Unprocessable(
            "captured_at lies more than 24 hours in the future: set the gateway's clock, "
            "or send its clock_offset_ms.",
            code="captured-in-future",
        )


def check_length(length: int | None, limits: UploadLimits) -> None:
    """Refuse a clip that is too long, before its bytes come.

    Raises:
        TooLarge: it is.
    """
    if length is not None and length > limits.max_bytes:
        raise TooLarge(
            f"A clip has {limits.max_bytes} bytes at most, not {length}; send it in parts of some "
            "seconds, or with stronger compression.",
            code="clip-too-large",
        )


def begin(
    session: Session,
    *,
    gateway_id: str,
    metadata: FrameMetadata,
    content_type: str,
    said: UploadHeaders,
    limits: UploadLimits,
) -> tuple[Clip, bool]:
    """Begin an upload, or find the one that was begun under the key.

    A request with content begins anew; one without finds how far the upload has come.

    Args:
        session: a write transaction.
        gateway_id: who posts it.
        metadata: what the gateway says of the clip.
        content_type: its media type, as declared.
        said: the request's headers.
        limits: what is taken.

    Returns:
        The clip, and whether the key was used before.

    Raises:
        NotFound: the camera is unknown, another gateway's or disabled.
        Conflict: the key was used for another clip.
        Unprocessable: the camera inspects no clips.
        TooBusy: too many clips wait.
    """
    camera = _camera(session, gateway_id, metadata.camera)
    digest = hashlib.sha256(metadata.canonical(camera.id)).hexdigest()
    known = session.scalars(
        select(Clip)
        .where(Clip.gateway_id == gateway_id, Clip.idempotency_key == metadata.idempotency_key)
        .with_for_update()
    ).one_or_none()
    if known is not None:
        _continue(session, known, digest, said)
        return known, True
    if camera.disabled_at is not None:
        raise NotFound(
            f"The camera {metadata.camera!r} is disabled; an administrator can enable it.",
            code="camera-disabled",
        )
    if not any(issubclass(inspection_type(name), ClipInspection) for name in camera.inspections):
        raise Unprocessable(
            f"The camera {metadata.camera!r} has no inspection of clips; an administrator can give "
            "it falling_object.",
            code="camera-inspects-no-clips",
        )
    _refuse_when_full(session, gateway_id, limits)
    clip = Clip(
        gateway_id=gateway_id,
        camera_id=camera.id,
        idempotency_key=metadata.idempotency_key,
        metadata_digest=digest,
        content_type=content_type,
        captured_at=metadata.captured_at,
        clock_offset_ms=metadata.clock_offset_ms,
        length_bytes=said.length,
        repr_digest=said.repr_digest,
        size_bytes=0,
        fence=1,
        expires_at=now() + limits.keep_for,
    )
    session.add(clip)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(
            "The same clip is being begun at the same time; post it again.",
            code="upload-taken-over",
        ) from None
    return clip, False


def _continue(session: Session, clip: Clip, digest: str, said: UploadHeaders) -> None:
    if digest != clip.metadata_digest or (
        said.repr_digest and clip.repr_digest and said.repr_digest != clip.repr_digest
    ):
        raise Conflict(
            "This idempotency key was used for another clip or other metadata; a new clip needs a "
            "new key.",
            code="idempotency-key-reused",
        )
    if clip.state is ClipState.RECEIVING and not said.empty:
        clip.fence += 1
        truncate(session, clip, 0)
        clip.length_bytes, clip.repr_digest = said.length, said.repr_digest


def go_on(
    session: Session, *, clip_id: str, gateway_id: str, said: UploadHeaders, limits: UploadLimits
) -> Clip:
    """Let a request append to an upload; an earlier one that still does loses its right.

    Raises:
        NotFound: there is none, or it is another gateway's.
        BadRequest: the upload is complete, or its length is not what was said.
        Conflict: the upload has come to another offset.
        TooLarge: the clip would be too long.
    """
    clip = own_upload(session, clip_id=clip_id, gateway_id=gateway_id)
    if clip.state is not ClipState.RECEIVING:
        raise BadRequest(
            "This upload is complete.",
            code="completed-upload",
            extra={"type": f"{_STANDARD}completed-upload"},
        )
    if said.offset is None:
        raise BadRequest("Say with Upload-Offset where the bytes begin.", code="upload-headers")
    if said.offset != clip.size_bytes:
        raise Conflict(
            f"The upload has come to {clip.size_bytes}, not to {said.offset}; go on from there.",
            code="mismatching-upload-offset",
            extra={
                "type": f"{_STANDARD}mismatching-upload-offset",
                "expected-offset": clip.size_bytes,
                "provided-offset": said.offset,
            },
        )
    if said.length is not None:
        if clip.length_bytes is not None and said.length != clip.length_bytes:
            raise _inconsistent(clip.length_bytes, said.length)
        check_length(said.length, limits)
        clip.length_bytes = said.length
    if said.repr_digest is not None:
        clip.repr_digest = said.repr_digest
    clip.fence += 1
    clip.expires_at = now() + limits.keep_for
    return clip


def acknowledge(session: Session, clip: Clip, *, sha256: str) -> None:
    """Take a held upload for good: it is durable, and a job is there, when this commits.

    Raises:
        BadRequest: it is not as long, or not the clip, that was announced.
        Unprocessable: it is empty.
    """
    if clip.length_bytes is not None and clip.length_bytes != clip.size_bytes:
        raise _inconsistent(clip.length_bytes, clip.size_bytes)
    if clip.size_bytes == 0:
        raise Unprocessable("The clip is empty; send it again.", code="clip-empty")
    if clip.repr_digest is not None and clip.repr_digest != sha256:
        raise digest_mismatch("Repr-Digest")
    clip.state = ClipState.WAITING
    clip.sha256 = sha256
    clip.received_at = now()
    enqueue(session, kind=JOB_KIND, subject_id=clip.id)


def digest_mismatch(header: str) -> BadRequest:
    """Return the answer to bytes that are others than a header says."""
    return BadRequest(
        f"The bytes that came are not those of {header}; send them again.", code="digest-mismatch"
    )


def own_upload(session: Session, *, clip_id: str, gateway_id: str) -> Clip:
    """Return a clip of a gateway, locked.

    Raises:
        NotFound: there is none, or it is another gateway's.
    """
    clip = session.get(Clip, clip_id, with_for_update=True)
    if clip is None or clip.gateway_id != gateway_id:
        raise _unknown()
    return clip


def get_clip(session: Session, *, clip_id: str, principal: Principal) -> Clip:
    """Return a clip.

    Raises:
        NotFound: there is none, or the principal may not see what its camera saw.
    """
    clip = session.get(Clip, clip_id)
    if clip is None or not principal.may_see(clip.camera_id):
        raise _unknown()
    return clip


def clips(
    session: Session,
    *,
    principal: Principal,
    limit: int,
    before_id: str | None = None,
    state: ClipState | None = None,
    camera_id: str | None = None,
) -> Sequence[Clip]:
    """Return clips, newest first, one more than `limit` if there are more."""
    query = select(Clip).order_by(Clip.id.desc()).limit(limit + 1)
    if before_id is not None:
        query = query.where(Clip.id < before_id)
    if state is not None:
        query = query.where(Clip.state == state)
    if camera_id is not None:
        query = query.where(Clip.camera_id == camera_id)
    if principal.camera_ids is not None:
        query = query.where(Clip.camera_id.in_(principal.camera_ids))
    return session.scalars(query).all()


def being_inspected(session: Session, clip_ids: Sequence[str]) -> set[str]:
    """Return those of some clips that a worker is looking at."""
    return set(
        session.scalars(
            select(Job.subject_id).where(
                Job.subject_id.in_(clip_ids),
                Job.kind == JOB_KIND,
                Job.state == JobState.RUNNING,
            )
        )
    )


def _camera(session: Session, gateway_id: str, named: str) -> Camera:
    found = session.scalars(
        select(Camera).where(
            Camera.gateway_id == gateway_id, or_(Camera.id == named, Camera.name == named)
        )
    ).all()
    if not found:
        raise NotFound(
            f"This gateway has no camera {named!r}; GET /v1/cameras lists its own.",
            code="camera-not-found",
        )
    return next((camera for camera in found if camera.id == named), found[0])


def _refuse_when_full(session: Session, gateway_id: str, limits: UploadLimits) -> None:
    waiting, own = session.execute(
        select(func.count(), func.count().filter(Clip.gateway_id == gateway_id)).where(
            Clip.state == ClipState.WAITING
        )
    ).one()
    free = limits.max_waiting - waiting
    if free <= 0 or not in_share(own, free, live=True):
        raise TooBusy(
            f"{waiting} clips wait for a worker, {own} of them yours; keep the clip and post it "
            "again.",
            code="clip-queue-full",
            retry_after_s=_FULL_S,
        )


def _inconsistent(announced: int, actual: int) -> BadRequest:
    return BadRequest(
        f"{announced} bytes were announced, not {actual}.",
        code="inconsistent-upload-length",
        extra={"type": f"{_STANDARD}inconsistent-upload-length"},
    )


def _unknown() -> NotFound:
    return NotFound("There is no clip with this id.", code="clip-not-found")
