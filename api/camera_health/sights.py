"""What is kept of a camera's pictures, so that the watch can judge them together."""

from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import ScalarSelect, delete, func, select
from sqlalchemy.orm import Session, undefer

from api.camera_health.models import CameraSight
from api.cameras.models import Camera
from inference.sight import THUMBNAIL_WH, Sight, difference

EVERY = timedelta(minutes=1)
"""Pictures that were captured so much later than the last one are looked at."""

KEPT, DENSE = timedelta(days=14), timedelta(days=1)
_OFF_BY = timedelta(seconds=1)  # a timer that is set to a minute may be early


def is_due(known_at: datetime | None, captured_at: datetime) -> bool:
    """Say whether a picture is to be looked at, the last one having been captured at `known_at`."""
    return known_at is None or captured_at >= known_at + EVERY - _OFF_BY


def newest_at() -> ScalarSelect[datetime]:
    """Return, for a query of cameras, when the newest picture that was looked at was captured."""
    return (
        select(func.max(CameraSight.captured_at))
        .where(CameraSight.camera_id == Camera.id)
        .correlate(Camera)
        .scalar_subquery()
    )


def keep(session: Session, *, camera_id: str, captured_at: datetime, sight: Sight) -> None:
    """Keep what is to be kept of a picture, unless one as new was looked at.

    Args:
        session: the open transaction.
        camera_id: whose picture.
        captured_at: when it was taken.
        sight: of the picture.

    Raises:
        IntegrityError: another process keeps the same one; the transaction has to be tried again.
    """
    last = _last(session, camera_id)
    if last is not None and not is_due(last.captured_at, captured_at):
        return
    row = CameraSight(
        camera_id=camera_id,
        captured_at=captured_at,
        first_of_hour=last is None or _hour(last.captured_at) != _hour(captured_at),
        sharpness=sight.sharpness,
        brightness=sight.brightness,
        plain=f"{sight.plain:024x}",
        thumbnail=sight.thumbnail.tobytes(),
    )
    if last is not None and last.thumbnail is not None:
        width, height = THUMBNAIL_WH
        before = np.frombuffer(last.thumbnail, np.uint8).reshape(height, width)
        apart = difference(before, sight.thumbnail)
        row.changed, row.largest = apart.share, apart.largest
        last.thumbnail = None
    session.add(row)
    session.flush()


def repeat(session: Session, *, camera_id: str, captured_at: datetime) -> None:
    """Keep that a camera sent a picture, byte for byte, that it had sent before.

    Args:
        session: the open transaction.
        camera_id: whose picture.
        captured_at: when it says that it was taken.

    Raises:
        IntegrityError: another process keeps the same one; the transaction has to be tried again.
    """
    last = _last(session, camera_id)
    if last is None or not is_due(last.captured_at, captured_at):
        return
    row = CameraSight(
        camera_id=camera_id,
        captured_at=captured_at,
        first_of_hour=_hour(last.captured_at) != _hour(captured_at),
        sharpness=last.sharpness,
        brightness=last.brightness,
        plain=last.plain,
        changed=0.0,
        largest=0,
        thumbnail=last.thumbnail,
    )
    last.thumbnail = None
    session.add(row)
    session.flush()


def _last(session: Session, camera_id: str) -> CameraSight | None:
    return session.scalar(
        select(CameraSight)
        .where(CameraSight.camera_id == camera_id)
        .order_by(CameraSight.captured_at.desc())
        .limit(1)
        .options(undefer(CameraSight.thumbnail))
        .with_for_update()
    )


def thin_out(session: Session, at: datetime) -> None:
    """Remove what is too old to be judged by."""
    for too_old in (
        CameraSight.captured_at < at - KEPT,
        (CameraSight.captured_at < at - DENSE) & ~CameraSight.first_of_hour,
    ):
        session.execute(delete(CameraSight).where(too_old, CameraSight.thumbnail.is_(None)))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
