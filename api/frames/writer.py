"""Group commit: what many callers want written goes into one transaction and shares its fsync.

DeWitt et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984, section 5.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from api.database import Database
from api.errors import Unavailable

_log = structlog.get_logger()

_LARGEST_GROUP = 64
_OTHERS_IN_A_GROUP = 4
"""Of what is not urgent a group has no more, so that what is urgent waits for a short one."""
_ATTEMPTS = 4
# PostgreSQL, "Appendix A. Error Codes": serialization_failure, deadlock_detected.
_CONTENTION = ("40001", "40P01")

T = TypeVar("T")
R = TypeVar("R")
Write = Callable[[Session, Sequence[T]], Sequence[R | Exception]]


class GroupWriter(Generic[T, R]):
    """One thread that writes what is handed to it, as many items as wait in one transaction.

    A caller gets its result only after the commit. When a group fails, each of its items is
    written again in a transaction of its own, so that one bad item fails alone and a conflict
    with another process is met by trying anew.

    Args:
        database: where to write.
        write: writes items in an open transaction and returns, for each, its result or the error
            that its caller gets; an error that it raises rolls the whole group back.
    """

    def __init__(self, database: Database, write: Write[T, R]) -> None:
        self._database = database
        self._write = write
        self._urgent: deque[_Entry[T, R]] = deque()
        self._others: deque[_Entry[T, R]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._pending = 0
        self._thread = threading.Thread(target=self._run, name="frame-writer")
        self._thread.start()

    @property
    def pending(self) -> int:
        """Items handed over and not yet answered."""
        return self._pending

    async def write(self, item: T, *, urgent: bool = True) -> R:
        """Write one item; returns after its commit.

        Args:
            item: what to write.
            urgent: whether it goes before what is not; some of that is in every group.

        Raises:
            Unavailable: the database cannot be written to now, or the service is stopping.
            Exception: what `write` returned for the item.
        """
        loop = asyncio.get_running_loop()
        entry: _Entry[T, R] = _Entry(item, loop, loop.create_future())
        with self._changed:
            if self._closed:
                raise Unavailable(
                    "The service is stopping; post the frame again.",
                    code="stopping",
                    retry_after_s=5,
                )
            (self._urgent if urgent else self._others).append(entry)
            self._pending += 1
            self._changed.notify()
        return await entry.future

    def close(self) -> None:
        """Write what was handed over, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            answers = self._commit(group)
            with self._changed:
                self._pending -= len(group)
            try:
                group[0].loop.call_soon_threadsafe(_resolve, group, answers)
            except RuntimeError:  # the loop was closed: nobody waits any more
                _log.warning("frames were written whose callers are gone", frames=len(group))

    def _next_group(self) -> "list[_Entry[T, R]]":
        with self._changed:
            self._changed.wait_for(lambda: self._urgent or self._others or self._closed)
            return [
                waiting.popleft()
                for waiting, most in (
                    (self._urgent, _LARGEST_GROUP),
                    (self._others, _OTHERS_IN_A_GROUP),
                )
                for _ in range(min(len(waiting), most))
            ]

    def _commit(self, group: "list[_Entry[T, R]]") -> list[R | Exception]:
        try:
            return self._attempt(group)
        except Exception as error:
            if _database_is_down(error):
                return [_unavailable(error)] * len(group)
        return [self._commit_alone(entry) for entry in group]

    def _commit_alone(self, entry: "_Entry[T, R]") -> R | Exception:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._attempt([entry])[0]
            except Exception as error:
                if _database_is_down(error):
                    return _unavailable(error)
                if attempt < _ATTEMPTS and _may_pass(error):
                    continue
                _log.exception("a frame cannot be written")
                return error
        raise AssertionError("the last attempt returns")

    def _attempt(self, group: "list[_Entry[T, R]]") -> list[R | Exception]:
        with self._database.write() as session:
            return list(self._write(session, [entry.item for entry in group]))


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T, R]):
    item: T
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[R]"


def _resolve(group: Sequence[_Entry[T, R]], answers: Sequence[R | Exception]) -> None:
    for entry, answer in zip(group, answers, strict=True):
        if entry.future.cancelled():
            continue
        if isinstance(answer, Exception):
            entry.future.set_exception(answer)
        else:
            entry.future.set_result(answer)


def _may_pass(error: Exception) -> bool:
    """Say whether another process was in the way, so that trying again may pass."""
    if isinstance(error, IntegrityError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONTENTION


def _database_is_down(error: Exception) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout) and not _may_pass(
        error
    )


def _unavailable(error: Exception) -> Unavailable:
    _log.error("the database cannot be written to", error=str(getattr(error, "orig", error)))
    return Unavailable(
        "The database cannot be written to; nothing was kept. Post the frame again.",
        code="database-unavailable",
        retry_after_s=5,
    )
