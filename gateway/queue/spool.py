"""A folder of things that wait to be posted: what is in it is lost only with the disk.

One file per thing. A file is written under a temporary name, flushed to the disk (`fsync`),
renamed, and its folder flushed, so that after a power cut it is wholly there or not at all. A file
that is not what was written (a torn disk) is set aside in `damaged/`, never posted.
"""

import errno
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from os import scandir
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Generic, Self, TypeVar

from gateway.errors import QueueFull
from gateway.queue.files import FolderLock, make_folder, write_durably
from gateway.queue.names import captured_at_of, name_of, priority_of
from gateway.queue.order import DropPolicy, Lane, Priority, Waiting

T = TypeVar("T")

_GONE_BAD = (errno.EIO, errno.ENOENT)


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How a queue is.

    Args:
        waiting: how many wait or are being posted, by priority.
        bytes: what these take.
        oldest_captured_at: the earliest capture among them; None when nothing waits.
        newest_captured_at: the latest.
        dropped: how many were dropped for want of room, by priority.
        refused: how many the service refused.
        damaged: how many were not what was written.
    """

    waiting: dict[Priority, int]
    bytes: int
    oldest_captured_at: datetime | None
    newest_captured_at: datetime | None
    dropped: dict[Priority, int]
    refused: int
    damaged: int


class Spool(ABC, Generic[T]):
    """Things waiting to be posted: alerts before backfill, newest alert, oldest backfill first.

    Safe for several threads of one process; one process at a time may use a folder.

    Args:
        folder: where the files are kept; made when absent.
        max_bytes: the bound on all that waits.
        drop: what happens when it is full.

    Raises:
        QueueInUse: another process uses the folder.
    """

    suffix: ClassVar[str]

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = 20 * 1024**3,
        drop: DropPolicy = DropPolicy.OLDEST_BACKFILL,
    ) -> None:
        self._waiting = folder / "waiting"
        self._refused = folder / "refused"
        self._damaged = folder / "damaged"
        for place in (self._waiting, self._refused, self._damaged):
            make_folder(place)
        self._folder_lock = FolderLock(folder)
        self._max_bytes = max_bytes
        self._drop_policy = drop
        self._putting = threading.Lock()
        self._lock = threading.Lock()  # of what follows
        self._lanes = {priority: Lane() for priority in Priority}
        self._held: dict[str, Waiting] = {}
        self._bytes = 0
        self._dropped = dict.fromkeys(Priority, 0)
        self._counted = {"refused": 0, "damaged": 0}
        self._find()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        with self._lock:
            return len(self._held) + sum(map(len, self._lanes.values()))

    def close(self) -> None:
        """Let other processes use the folder; what waits stays on the disk."""
        self._folder_lock.release()

    def stats(self) -> QueueStats:
        """Say how the queue is."""
        with self._lock:
            held = [priority_of(name) for name in self._held]
            lanes = self._lanes
            ends = [lane.at(index).name for lane in lanes.values() if lane for index in (0, -1)]
            times = [captured_at_of(name) for name in (*ends, *self._held)]
            return QueueStats(
                waiting={p: len(lane) + held.count(p) for p, lane in lanes.items()},
                bytes=self._bytes,
                oldest_captured_at=min(times, default=None),
                newest_captured_at=max(times, default=None),
                dropped=dict(self._dropped),
                **self._counted,
            )

    def take(self, *, only: Priority | None = None) -> tuple[Path, T] | None:
        """Take the next thing that nobody holds; None when there is none.

        It stays on the disk until `done`; what was taken is waiting again after a crash.

        Args:
            only: take nothing of another priority.
        """
        while True:
            with self._lock:
                file = self._next(Priority if only is None else (only,))
                if file is None:
                    return None
                self._held[file.name] = file
            path = self._waiting / file.name
            try:
                item = self._read(path)
            except OSError as error:
                if error.errno not in _GONE_BAD:
                    self.give_back(path)
                    raise
                item = None
            if item is not None:
                return path, item
            self._set_aside(path, self._damaged)

    def done(self, path: Path) -> None:
        """Forget what the service has acknowledged."""
        if path.name in self._held:
            path.unlink(missing_ok=True)
            self._forget(path)

    def give_back(self, path: Path) -> None:
        """Let what was taken wait again."""
        with self._lock:
            self._free(self._held.pop(path.name))

    def refuse(self, path: Path, why: str) -> None:
        """Set aside what the service will never take, with its reason beside it."""
        (self._refused / path.name).with_suffix(".txt").write_text(why + "\n", encoding="utf-8")
        self._set_aside(path, self._refused)

    @abstractmethod
    def _read(self, path: Path) -> T | None:
        """Return what a file holds, or None when it is not what was written."""

    def _keep(
        self,
        captured_at: datetime,
        key: str,
        priority: Priority,
        size: int,
        content: Iterable[bytes],
    ) -> bool:
        """Keep a thing once; it is on the disk when this returns True.

        Raises:
            QueueFull: when it would pass the bound and nothing may be dropped; nothing was kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        names = {p: name_of(captured_at, key, p, self.suffix) for p in Priority}
        file = Waiting(names[priority], size)
        with self._putting:
            with self._lock:
                if any(n in self._held or n in self._lanes[p] for p, n in names.items()):
                    return True
            if not self._make_room(file, priority):
                return False
            write_durably(self._waiting / file.name, content)
            with self._lock:
                self._bytes += size
                self._free(file)
        return True

    def _make_room(self, file: Waiting, priority: Priority) -> bool:
        missing = self._bytes + file.size - self._max_bytes
        if missing <= 0:
            return True
        if self._drop_policy is DropPolicy.REFUSE:
            raise QueueFull(
                f"the queue in {self._waiting} may hold {self._max_bytes} bytes and is full",
                hint="let it upload, or give it more room",
            )
        victims = None
        if self._drop_policy is DropPolicy.OLDEST_BACKFILL:
            with self._lock:
                victims = self._worth_less(file, priority, missing)
        if victims is None:
            self._dropped[priority] += 1
            return False
        for victim in victims:
            (self._waiting / victim.name).unlink(missing_ok=True)
            with self._lock:
                self._bytes -= victim.size
                self._dropped[_priority(victim)] += 1
        return True

    def _worth_less(self, file: Waiting, priority: Priority, size: int) -> list[Waiting] | None:
        """Take out what is worth less than a new file, to free some bytes; None: not enough is."""
        chosen: list[Waiting] = []
        for lane_priority in sorted(self._lanes, reverse=True):
            lane = self._lanes[lane_priority]
            while size > 0 and lane and (lane_priority, file.name) > (priority, lane.at(0).name):
                chosen.append(lane.pop(0))
                size -= chosen[-1].size
        if size <= 0:
            return chosen
        for victim in chosen:
            self._free(victim)
        return None

    def _next(self, priorities: Iterable[Priority]) -> Waiting | None:
        for priority in priorities:
            if lane := self._lanes[priority]:
                return lane.pop(-1 if priority is Priority.ALERT else 0)
        return None

    def _free(self, file: Waiting) -> None:
        self._lanes[_priority(file)].add(file)

    def _set_aside(self, path: Path, folder: Path) -> None:
        if path.exists():
            path.rename(folder / path.name)
        self._forget(path)
        self._counted[folder.name] += 1

    def _forget(self, path: Path) -> None:
        with self._lock:
            self._bytes -= self._held.pop(path.name).size

    def _find(self) -> None:
        found: dict[Priority, list[Waiting]] = {priority: [] for priority in Priority}
        for entry in scandir(self._waiting):
            if entry.name.endswith(".tmp"):
                Path(entry.path).unlink()
            elif (priority := priority_of(entry.name)) is not None:
                found[priority].append(Waiting(entry.name, entry.stat().st_size))
        for priority, files in found.items():
            self._lanes[priority].fill(files)
            self._bytes += sum(file.size for file in files)


def _priority(file: Waiting) -> Priority:
    priority = priority_of(file.name)
    assert priority is not None  # noqa: S101 - only our own names are kept
    return priority


def read_chunks(path: Path, start: int = 0) -> Iterator[bytes]:
    """Read a file bit by bit."""
    with path.open("rb") as file:
        file.seek(start)
        while data := file.read(1024 * 1024):
            yield data
