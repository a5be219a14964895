"""The bytes of clips: parts in the object store, each named by a row before it is stored.

A part is an object under its hash, and two clips may share one (the same clip sent under two
keys). It is removed when no row names it. Both, naming and removing, hold a lock on the object's
key, so that no part is removed that is just being stored: SQLite has one writer at a time anyway.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from api.clips.models import Clip, ClipPart, ClipState
from api.database import Database, new_id, now
from api.errors import Conflict, NotFound
from api.evidence.objects import ObjectStore, object_key

PART_BYTES = 1024 * 1024
"""Bytes of a part: so much is lost at most when the service dies in mid-upload."""

_TYPE = "application/octet-stream"


class Appender:
    """Appends bytes to an upload, for one request; refuses once another request appends.

    Args:
        database: where the rows are.
        objects: where the bytes are kept.
        clip_id: the upload.
        fence: what the request got when it began.
        offset: where its bytes begin.
        keep_for: how long an upload is kept when nothing more comes.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        *,
        clip_id: str,
        fence: int,
        offset: int,
        keep_for: timedelta,
    ) -> None:
        self._database = database
        self._objects = objects
        self._clip_id = clip_id
        self._fence = fence
        self._keep_for = keep_for
        self.offset = offset

    def store(self, data: bytes) -> None:
        """Store the next bytes; they are durable when this returns.

        Raises:
            Conflict: another request goes on with this upload.
            NotFound: the upload was cancelled.
            ObjectStoreError: they could not be stored.
        """
        key = object_key(hashlib.sha256(data).hexdigest())
        part_id = new_id()
        with self._database.write() as session:
            held(session, self._clip_id, self._fence)
            lock_object(session, key)
            session.add(
                ClipPart(
                    id=part_id,
                    clip_id=self._clip_id,
                    start=self.offset,
                    size=len(data),
                    object_key=key,
                )
            )
        self._objects.put(data, _TYPE)
        with self._database.write() as session:
            clip = held(session, self._clip_id, self._fence)
            session.get_one(ClipPart, part_id).stored = True
            clip.size_bytes = self.offset + len(data)
            clip.expires_at = now() + self._keep_for
        self.offset += len(data)


def held(session: Session, clip_id: str, fence: int) -> Clip:
    """Return an upload, locked, that nobody else has gone on with.

    Raises:
        NotFound: it was cancelled or has expired.
        Conflict: another request has gone on with it.
    """
    clip = session.get(Clip, clip_id, with_for_update=True, populate_existing=True)
    if clip is None:
        raise NotFound("This upload was cancelled or has expired.", code="clip-not-found")
    if clip.fence != fence or clip.state is not ClipState.RECEIVING:
        raise Conflict("Another request goes on with this upload.", code="upload-taken-over")
    return clip


def truncate(session: Session, clip: Clip, size: int) -> None:
    """Take back what was stored of a held upload beyond a size."""
    for part in _stored(session, clip.id):
        if part.start >= size:
            part.stored = False
    clip.size_bytes = size


def read_parts(database: Database, objects: ObjectStore, clip_id: str) -> Iterator[bytes]:
    """Read a clip's bytes, part by part.

    Raises:
        ObjectStoreError: a part cannot be read, or is not what was stored.
    """
    with database.read() as session:
        parts = _stored(session, clip_id)
    for part in parts:
        yield objects.get(part.object_key)


def _stored(session: Session, clip_id: str) -> Sequence[ClipPart]:
    return session.scalars(
        select(ClipPart)
        .where(ClipPart.clip_id == clip_id, ClipPart.stored)
        .order_by(ClipPart.start)
    ).all()


def remove(session: Session, objects: ObjectStore, parts: Sequence[ClipPart]) -> None:
    """Remove parts, and the objects that no other part names.

    The objects go before the commit: what fails is tried again.

    Args:
        session: a write transaction that holds their clips.
        objects: where the bytes are.
        parts: rows that nobody needs.

    Raises:
        ObjectStoreError: an object could not be removed.
    """
    ids = [part.id for part in parts]
    for key in sorted({part.object_key for part in parts}):
        lock_object(session, key)
        shared = select(ClipPart.id).where(ClipPart.object_key == key, ClipPart.id.not_in(ids))
        if session.scalar(shared.limit(1)) is None:
            objects.remove(key)
    for part in parts:
        session.delete(part)
    session.flush()


def lock_object(session: Session, key: str) -> None:
    """Wait until nobody else names or removes the object of a key; until the commit."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
