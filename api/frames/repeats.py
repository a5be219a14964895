"""Cameras that show the very same picture again and again: frozen, whatever their link says."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.frames.models import Frame


@dataclass(frozen=True, slots=True)
class SamePictures:
    """The newest frames of a camera that all have one picture, to the byte.

    Attributes:
        frames: how many, at least two.
        first_at: when the first of them was captured.
        last_at: when the last of them was captured.
    """

    frames: int
    first_at: datetime
    last_at: datetime


def same_pictures(session: Session, *, camera_id: str) -> SamePictures | None:
    """Return since when a camera's newest picture has been the same; None where it is new.

    A sensor's noise makes any two pictures of a working camera differ, at night as well.

    Args:
        session: an open transaction.
        camera_id: which.
    """
    picture = func.coalesce(Frame.repeats_id, Frame.id)
    of_camera = select(Frame.captured_at, picture).where(Frame.camera_id == camera_id)
    newest = session.execute(
        of_camera.order_by(Frame.captured_at.desc(), Frame.id.desc()).limit(1)
    ).first()
    if newest is None:
        return None
    other = session.execute(
        of_camera.where(picture != newest[1]).order_by(Frame.captured_at.desc()).limit(1)
    ).first()
    same = select(func.count(), func.min(Frame.captured_at), func.max(Frame.captured_at)).where(
        Frame.camera_id == camera_id, picture == newest[1]
    )
    if other is not None:
        same = same.where(Frame.captured_at > other[0])
    frames, first_at, last_at = session.execute(same).one()
    return SamePictures(frames, first_at, last_at) if frames > 1 else None
