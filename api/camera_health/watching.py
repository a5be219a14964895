"""Looks after every camera beside the service: is it silent, dark, blurred, moved?

Cameras that watch a site are judged against their baselines (`api.sites`); of them only silence is
noticed here. Every other one is judged by the measures of its newest frames, and a fixed one by its
golden picture where a person has marked one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.camera_health.golden import compare
from api.camera_health.models import CameraTrouble, Trouble
from api.camera_health.service import SILENT, alarm
from api.cameras.models import Camera, GoldenPicture
from api.cameras.views import last_heard
from api.coverage.models import Coverage
from api.coverage.service import MIN_SHARPNESS
from api.database import Database, now
from api.periodic import every
from api.sites.cameras import watches

SILENT_AFTER = timedelta(hours=24)
IN_A_ROW = 10
"""Frames that must be dark, or blurred, before a camera is held to be."""

_BLACK = 0.04  # mean luminance: a third of the least in which damage is held to be seen
_EVERY_S = 300.0


@dataclass(frozen=True, slots=True)
class _Seen:
    trouble: Trouble
    first_at: datetime
    last_at: datetime
    frames: int = 0
    shift_px: float | None = None


def watch(database: Database) -> None:
    """Bring the record of every camera's health up to date, each in a transaction of its own."""
    with database.read() as session:
        cameras = session.scalars(select(Camera).order_by(Camera.id)).all()
    for camera in cameras:
        compare(database, camera.id)
        with database.read() as session:
            seen = _trouble(session, camera)
            known = _lasting(session, camera)
        if seen or known:
            with database.write() as session:
                _settle(session, camera, seen)


def _trouble(session: Session, camera: Camera) -> _Seen | None:
    if camera.disabled_at is not None:
        return None
    heard_at = last_heard(session, [camera.id])[camera.id] or camera.created_at
    if now() - heard_at > SILENT_AFTER:
        return _Seen(SILENT, heard_at, now())
    if watches(camera):
        return None
    return _unusable(session, camera) or _unlike_golden(session, camera)


def _unusable(session: Session, camera: Camera) -> _Seen | None:
    """Return what is wrong with every one of the newest frames, if anything is."""
    newest = session.scalars(
        select(Coverage)
        .where(Coverage.camera_id == camera.id)
        .order_by(Coverage.captured_at.desc())
        .limit(IN_A_ROW)
    ).all()
    if len(newest) < IN_A_ROW:
        return None
    span = newest[-1].captured_at, newest[0].captured_at
    if all(one.brightness < _BLACK for one in newest):
        return _Seen("dark", *span, IN_A_ROW)
    if all(one.sharpness < MIN_SHARPNESS for one in newest):
        return _Seen("blurred", *span, IN_A_ROW)
    return None


def _unlike_golden(session: Session, camera: Camera) -> _Seen | None:
    golden = session.get(GoldenPicture, camera.id)
    if golden is None or golden.trouble is None or golden.compared_at is None:
        return None
    return _Seen(golden.trouble, golden.compared_at, golden.compared_at, 1, golden.shift_px)


def _lasting(session: Session, camera: Camera) -> Sequence[CameraTrouble]:
    query = select(CameraTrouble).where(CameraTrouble.camera_id == camera.id, CameraTrouble.lasting)
    if watches(camera):
        query = query.where(CameraTrouble.trouble == SILENT)
    return session.scalars(query).all()


def _settle(session: Session, camera: Camera, seen: _Seen | None) -> None:
    """Write what is seen: a known trouble goes on, another one begins, any other one is over."""
    lasting = _lasting(session, camera)
    for known in lasting:
        known.lasting = seen is not None and known.trouble == seen.trouble
    if seen is None:
        return
    row = next((known for known in lasting if known.lasting), None)
    if row is None:
        row = CameraTrouble(
            camera_id=camera.id, trouble=seen.trouble, first_at=seen.first_at, lasting=True
        )
        session.add(row)
        alarm(session, row)
    row.last_at, row.frames, row.shift_px = seen.last_at, seen.frames, seen.shift_px
    session.flush()


@contextmanager
def watching_cameras(database: Database) -> Iterator[None]:
    """Look after cameras beside the service, until the block ends."""
    with every(_EVERY_S, partial(watch, database), name="camera-health"):
        yield
