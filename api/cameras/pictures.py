"""The newest picture of each camera: redacted before it is stored, replaced by the next one."""

from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session, undefer

from api.audit import service as audit
from api.cameras.models import Camera, CameraKind, CameraPicture, GoldenPicture
from api.database import now
from api.errors import NotFound, Unprocessable
from api.evidence.redaction import redact, spread
from inference.annotate import encode_jpeg
from inference.decode import Picture
from inference.detections import Detections
from inference.inspections import INSPECTIONS, ClipInspection

EVERY = timedelta(minutes=15)
"""A picture is replaced once a frame was captured so much later."""

LONG_SIDE = 960


def sends_clips_only(camera: Camera) -> bool:
    """Say whether a camera films buildings only, so that its pictures are coarse squares."""
    return all(issubclass(INSPECTIONS[name], ClipInspection) for name in camera.inspections)


def is_due(known_at: datetime | None, captured_at: datetime) -> bool:
    """Say whether a frame's picture takes the place of the one that was captured at `known_at`."""
    return known_at is None or captured_at >= known_at + EVERY


def redacted(picture: Picture, road_users: Detections) -> bytes:
    """Return a picture that may be stored: small, with everybody on the road made plain squares.

    Args:
        picture: as it was decoded.
        road_users: persons, vehicles and plates in it, boxes in pixels of the original.

    Returns:
        A JPEG with a long side of 960 pixels at most.
    """
    boxes = [spread(one.box) for one in road_users]
    return reduced(redact(picture, boxes))


def reduced(image: NDArray[np.uint8]) -> bytes:
    """Return a redacted picture, uint8 (H, W, 3), BGR, as a JPEG of 960 pixels at most."""
    scale = LONG_SIDE / max(image.shape[:2])
    if scale < 1:
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    return encode_jpeg(image)


def keep(
    session: Session,
    *,
    camera_id: str,
    captured_at: datetime,
    size_wh: tuple[int, int],
    picture: bytes,
) -> None:
    """Let a picture take the place of the camera's last one, unless that is as new.

    Args:
        session: the open transaction.
        camera_id: whose picture.
        captured_at: when it was taken.
        size_wh: of the frame that it was made of, in pixels.
        picture: a redacted JPEG.

    Raises:
        IntegrityError: another process keeps the first one of this camera at the same time; the
            transaction has to be tried again.
    """
    kept = session.get(CameraPicture, camera_id, with_for_update=True)
    if kept is None:
        kept = CameraPicture(camera_id=camera_id)
        session.add(kept)
    elif kept.captured_at >= captured_at:
        return
    kept.captured_at, kept.picture = captured_at, picture
    kept.width, kept.height = size_wh
    session.flush()


def newest(session: Session, camera: Camera) -> CameraPicture:
    """Return the newest picture of a camera, with its bytes.

    Raises:
        NotFound: it has sent none yet.
    """
    kept = session.get(CameraPicture, camera.id, options=[undefer(CameraPicture.picture)])
    if kept is None:
        raise NotFound("The camera has sent no picture yet.", code="picture-not-found")
    return kept


def golden(session: Session, camera: Camera) -> GoldenPicture:
    """Return what a fixed camera ought to show, with its bytes.

    Raises:
        NotFound: nobody has marked a picture of it.
    """
    marked = session.get(GoldenPicture, camera.id, options=[undefer(GoldenPicture.picture)])
    if marked is None:
        raise NotFound("The camera has no golden picture.", code="golden-not-found")
    return marked


def mark_golden(session: Session, *, camera: Camera, actor: str) -> None:
    """Take a person's word that the newest picture of a fixed camera shows what it ought to.

    Raises:
        NotFound: the camera has sent no picture yet.
        Unprocessable: the camera moves, or its pictures are coarse squares.
    """
    if camera.kind is CameraKind.BUS:
        raise Unprocessable(
            "A camera on a bus shows another place every second: golden pictures are of fixed "
            "cameras.",
            code="camera-moves",
        )
    if sends_clips_only(camera):
        raise Unprocessable(
            "Of a camera that films a building only coarse squares are kept: too little to be "
            "compared.",
            code="picture-too-coarse",
        )
    picture = newest(session, camera)
    marked = session.get(GoldenPicture, camera.id, with_for_update=True)
    before = None
    if marked is None:
        marked = GoldenPicture(camera_id=camera.id)
        session.add(marked)
    else:
        before = {"captured_at": marked.captured_at.isoformat()}
    marked.captured_at, marked.picture = picture.captured_at, picture.picture
    marked.marked_by, marked.marked_at = actor, now()
    marked.compared_at = marked.trouble = marked.shift_px = None
    marked.other_light = False
    audit.record(
        session,
        actor=actor,
        action="camera.mark_golden",
        object_type="camera",
        object_id=camera.id,
        before=before,
        after={"captured_at": picture.captured_at.isoformat()},
    )
    session.flush()


def remove_golden(session: Session, *, camera: Camera, actor: str) -> None:
    """Compare the camera's pictures with nothing any more.

    Raises:
        NotFound: it has no golden picture.
    """
    marked = golden(session, camera)
    audit.record(
        session,
        actor=actor,
        action="camera.remove_golden",
        object_type="camera",
        object_id=camera.id,
        before={"captured_at": marked.captured_at.isoformat()},
    )
    session.delete(marked)
