"""One reader in each process, however many follow: it asks the database what was changed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from starlette.concurrency import run_in_threadpool

from api.database import Database, now
from api.events.changes import Change, changes, entries_since

INTERVAL_S = 1.0
# A line is written with the time at which its transaction wrote it, by its process' clock, and can
# be read when that has committed: each round reads again what may only now have come to light.
OVERLAP = timedelta(seconds=30)
REACH = timedelta(minutes=15)
MAX_CHANGES = 500
_MAX_ENTRIES = 20_000
_WHILE_OPENING = timedelta(seconds=2)  # what the page loads at the same time may just have missed
_log = structlog.get_logger("xunjian.events")


class Follower:
    """What somebody has yet to be told.

    It is gathered, not queued: who reads slowly holds up nobody, and takes no more memory than
    `MAX_CHANGES`.

    Attributes:
        ended: nothing more will come.
    """

    def __init__(self) -> None:
        self.ended = False
        self._changes: set[Change] = set()
        self._too_many = False
        self._at = now()
        self._woken = asyncio.Event()

    def tell(self, found: set[Change] | None, at: datetime) -> None:
        """Add what was changed until a time; None where it was too much to name."""
        self._at = at
        self._changes |= found or set()
        self._too_many |= found is None or len(self._changes) > MAX_CHANGES
        if self._too_many:
            self._changes.clear()
        if self._changes or self._too_many:
            self._woken.set()

    def end(self) -> None:
        """Say that nothing more will come."""
        self.ended = True
        self._woken.set()

    async def wait(self, timeout_s: float) -> None:
        """Wait until there is something to tell, or the end, or time is up."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._woken.wait()
        except TimeoutError:
            pass

    def take(self) -> tuple[set[Change] | None, datetime]:
        """Return what there is to tell, None where it is too much to name, and until when."""
        taken = None if self._too_many else self._changes
        self._changes, self._too_many = set(), False
        if not self.ended:
            self._woken.clear()
        return taken, self._at


class Feed:
    """Tells its followers what this process or another has changed.

    Where the database cannot be read every follower's stream ends: who follows a stream that is
    open may rely on it.

    Args:
        database: where the audit record is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followers: set[Follower] = set()
        self._starting = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def follow(self, seen_until: datetime | None) -> AsyncIterator[Follower]:
        """Follow what is changed from now on.

        Args:
            seen_until: who was told of everything until then misses nothing; None where nothing
                was seen yet.
        """
        follower = Follower()
        self._followers.add(follower)
        try:
            async with self._starting:
                if self._reader is None:
                    _, known = await run_in_threadpool(self._find, now() - OVERLAP, frozenset())
                    self._reader = asyncio.create_task(self._read(known), name="events")
            await self._catch_up(follower, seen_until)
            yield follower
        finally:
            self._followers.discard(follower)
            if not self._followers and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    def close(self) -> None:
        """End every stream: the process stops."""
        for follower in self._followers:
            follower.end()

    async def _catch_up(self, follower: Follower, seen_until: datetime | None) -> None:
        at = now()
        if seen_until is not None and not at - REACH <= seen_until <= at + OVERLAP:
            follower.tell(None, at)
            return
        since = at - _WHILE_OPENING if seen_until is None else seen_until - OVERLAP
        found, _ = await run_in_threadpool(self._find, since, frozenset())
        follower.tell(found, at)

    async def _read(self, known: frozenset[str]) -> None:
        read_until = now()
        while True:
            await asyncio.sleep(INTERVAL_S)
            at = now()
            try:
                found, known = await run_in_threadpool(self._find, read_until - OVERLAP, known)
            except Exception:
                _log.exception("what was changed cannot be read; the streams end")
                self._reader = None
                self.close()
                return
            read_until = at
            for follower in self._followers:
                follower.tell(found, at)

    def _find(
        self, since: datetime, known: frozenset[str]
    ) -> tuple[set[Change] | None, frozenset[str]]:
        """Return what was changed since a time, and the lines that tell of it.

        Args:
            since: from when on.
            known: the lines that were read before and are left out.
        """
        with self._database.read() as session:
            entries = entries_since(session, since, limit=_MAX_ENTRIES)
            fresh = [entry for entry in entries if entry.id not in known]
            too_many = len(entries) == _MAX_ENTRIES or len(fresh) > MAX_CHANGES
            found = None if too_many else changes(session, fresh)
        return found, frozenset(entry.id for entry in entries)
