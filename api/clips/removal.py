"""Clips that are over: their video is deleted, and uploads that nobody went on with."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clips.models import Clip, ClipPart, ClipState
from api.clips.parts import remove
from api.database import Database, now
from api.evidence.objects import ObjectStore

_OVER = (ClipState.DONE, ClipState.REFUSED, ClipState.FAILED)
_AT_ONCE = 100


def remove_videos(database: Database, objects: ObjectStore) -> bool:
    """Delete some of the video that was inspected; return whether there was any.

    Raises:
        ObjectStoreError: an object could not be removed; the next call tries again.
    """
    due = select(ClipPart).join(Clip).where(Clip.state.in_(_OVER))
    with database.read() as session:
        if session.scalars(due.limit(1)).first() is None:
            return False
    with database.write() as session:
        parts = session.scalars(
            due.order_by(ClipPart.id).limit(_AT_ONCE).with_for_update(skip_locked=True, of=ClipPart)
        ).all()
        remove(session, objects, parts)
    return bool(parts)


def remove_expired(database: Database, objects: ObjectStore, *, at: datetime | None = None) -> bool:
    """Delete one upload that nobody went on with in time; return whether there was one.

    Raises:
        ObjectStoreError: an object could not be removed; the next call tries again.
    """
    due = select(Clip).where(Clip.state == ClipState.RECEIVING, Clip.expires_at < (at or now()))
    with database.read() as session:
        if session.scalars(due.limit(1)).first() is None:
            return False
    with database.write() as session:
        clip = session.scalars(due.limit(1).with_for_update(skip_locked=True)).first()
        if clip is None:
            return False
        discard(session, objects, clip)
    return True


def discard(session: Session, objects: ObjectStore, clip: Clip) -> None:
    """Delete an upload that was not acknowledged, as if it had never begun.

    Args:
        session: a write transaction that holds the clip.
        objects: where its bytes are.
        clip: the upload.

    Raises:
        ObjectStoreError: an object could not be removed.
    """
    remove(
        session, objects, session.scalars(select(ClipPart).where(ClipPart.clip_id == clip.id)).all()
    )
    session.delete(clip)
    session.flush()
