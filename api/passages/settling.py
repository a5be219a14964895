"""Passages settled: what was kept of them only to judge them is erased.

Half a minute is all that a passage needs. After that nothing changes it any more, and of every
vehicle only its violations remain: readings are erased, pictures that show none are removed, and
after some minutes the sights themselves go.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Select, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from api.database import Database, now
from api.evidence.models import Evidence
from api.evidence.objects import ObjectStore
from api.external_detections import service as external_detections
from api.frames.models import Detection, Frame
from api.passages.models import INSPECTION, VehicleSighting, Violation
from api.periodic import every

SETTLED_AFTER = timedelta(seconds=60)
"""A passage is settled so long after its last frame was received."""

_FORGOTTEN_AFTER = timedelta(minutes=10)
_EVERY_S = 15.0
_AT_ONCE = 500


def settle(database: Database, objects: ObjectStore, *, at: datetime | None = None) -> bool:
    """Erase what is no longer needed of passages that are over.

    Args:
        database: where they are.
        objects: where the pictures are.
        at: the present time.

    Returns:
        Whether there was anything to do.

    Raises:
        ObjectStoreError: a picture could not be removed; the next call tries again.
    """
    at = at or now()
    with database.read() as session:
        if not session.scalar(select(_due(at).exists())):
            return False
    with database.write() as session:
        pictures = _erase(session, at)
        for key in pictures:
            objects.remove(key)  # before the commit: what fails is tried again
    return True


def _due(at: datetime) -> Select[str]:
    over = VehicleSighting.received_at < at - SETTLED_AFTER
    return select(VehicleSighting.id).where(
        or_(
            over & VehicleSighting.suspect & ~VehicleSighting.settled,
            VehicleSighting.received_at < at - _FORGOTTEN_AFTER,
        )
    )


def _erase(session: Session, at: datetime) -> list[str]:
    """Erase in the open transaction; return the keys of the pictures that nobody needs."""
    over = select(VehicleSighting.id, VehicleSighting.frame_id, VehicleSighting.passage_id).where(
        VehicleSighting.received_at < at - SETTLED_AFTER,
        VehicleSighting.suspect,
        ~VehicleSighting.settled,
    )
    rows = session.execute(over.limit(_AT_ONCE).with_for_update(skip_locked=True)).all()
    ids = [row.id for row in rows]
    session.execute(
        update(VehicleSighting)
        .where(VehicleSighting.id.in_(ids))
        .values(settled=True, sealed_reading=None, matches=None)
    )
    passages = {row.passage_id for row in rows if row.passage_id}
    going_on = select(VehicleSighting.passage_id).where(
        VehicleSighting.passage_id.in_(passages),
        VehicleSighting.received_at >= at - SETTLED_AFTER,
    )
    session.execute(
        update(Violation)
        .where(
            Violation.passage_id.in_(passages),
            Violation.passage_id.not_in(going_on),
            Violation.settled_at.is_(None),
        )
        .values(settled_at=at)
    )
    breaking = select(Violation.passage_id).where(Violation.passage_id.in_(passages))
    external_detections.forget_plates(
        session, sighting_ids=ids, but_of=session.scalars(breaking).all()
    )
    pictures = _unneeded(session, {row.frame_id for row in rows})
    old = select(VehicleSighting.id).where(VehicleSighting.received_at < at - _FORGOTTEN_AFTER)
    session.execute(delete(VehicleSighting).where(VehicleSighting.id.in_(old.limit(20 * _AT_ONCE))))
    return pictures


def _unneeded(session: Session, frame_ids: set[str]) -> list[str]:
    """Let go of the pictures of frames that are nobody's evidence; return their keys."""
    frames = session.scalars(
        select(Frame).where(
            Frame.id.in_(frame_ids),
            Frame.object_key.is_not(None),
            ~exists().where(Evidence.frame_id == Frame.id),
            ~exists().where(Detection.frame_id == Frame.id, Detection.inspection != INSPECTION),
        )
    ).all()
    keys = {frame.object_key for frame in frames if frame.object_key is not None}
    for frame in frames:
        frame.object_key = None
    session.flush()
    shared = select(Frame.object_key).where(Frame.object_key.in_(keys))
    return sorted(keys - set(session.scalars(shared)))


@contextmanager
def settling(database: Database, objects: ObjectStore) -> Iterator[None]:
    """Settle passages beside the service, until the block ends."""
    with every(_EVERY_S, partial(settle, database, objects), name="settler"):
        yield
