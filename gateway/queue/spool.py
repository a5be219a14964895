"""A folder of things that wait to be posted: what is in it is lost only with the disk.

One file per thing, in `waiting/`. What is on the disk when, whatever happens to the power:

- **put**: the file is written under a temporary name and flushed (`fsync`), renamed, and its folder
  flushed, before `put` returns. It is wholly there or not at all; a temporary file that a crash
  left is deleted at the next start.
- **done**: the file is deleted, which is not flushed. After a power cut something that the service
  has may wait again and be posted again; its idempotency key makes that harmless.
- **dropped, refused, damaged**: counted first, durably (`Ledger`), then deleted or moved to
  `refused/` or `damaged/`, then the folders are flushed. What a crash interrupts is finished at the
  next start and not counted again.
- A write or flush that fails leaves nothing behind and raises. It is never taken as done by trying
  the flush again, which after an error proves nothing (Rebello et al., "Can Applications Recover
  from fsync Failures?", USENIX ATC 2020).

A file that is not what was written (a torn disk, a flipped bit) is set aside in `damaged/` and
never posted. `refused/` and `damaged/` are bounded, too: a tenth of the queue's bound each, at
least 16 MiB; the oldest files there are deleted for newer ones. To post what was refused again,
stop the gateway and move the files from `refused/` to `waiting/`.
"""

import errno
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from os import scandir
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from gateway.errors import KeyWrong, QueueFull, RecordDamaged
from gateway.queue.aside import Shelf
from gateway.queue.files import FolderLock, flush_folder, make_folder, write_durably
from gateway.queue.index import Index
from gateway.queue.ledger import MOST_NAMES, Counts, Fate, Ledger
from gateway.queue.names import (
    captured_at_of,
    from_former,
    is_ours,
    is_sealed,
    name_of,
    priority_of,
    stem_of,
)
from gateway.queue.order import DropPolicy, Priority
from gateway.queue.record import Record, encode_line, open_record
from gateway.queue.sealing import HEADER_BYTES, Seal, is_sealed_beginning

T = TypeVar("T")

_GONE_BAD = (errno.EIO, errno.ENOENT)
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_BLOCK_BYTES = 4096
_LEAST_ASIDE_BYTES = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How a queue is.

    Args:
        waiting: how many wait or are being posted, by priority.
        bytes: what these take.
        oldest_captured_at: the earliest capture among them; None when nothing waits.
        newest_captured_at: the latest.
        dropped: how many were dropped for want of room, by priority, ever.
        refused: how many the service refused, ever.
        damaged: how many were not what was written, ever.
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
        key: 32 bytes with which files are encrypted; None keeps them as they are. What waits
            unencrypted when a key is given is posted, too.

    Raises:
        QueueInUse: another process uses the folder.
        KeyWrong: what waits was encrypted with another key.
        OSError: the folder cannot be used.
    """

    suffix: ClassVar[str]

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = 20 * 1024**3,
        drop: DropPolicy = DropPolicy.OLDEST_BACKFILL,
        key: bytes | None = None,
    ) -> None:
        self._waiting = folder / "waiting"
        make_folder(self._waiting)
        self._folder_lock = FolderLock(folder)
        self._max_bytes = max_bytes
        self._drop_policy = drop
        self._seal = None if key is None else Seal(key)
        self._putting = threading.Lock()
        self._parting = threading.Lock()  # of the ledger and the shelves
        aside_bytes = max(max_bytes // 10, _LEAST_ASIDE_BYTES)
        try:
            self._refused = Shelf(folder / "refused", max_bytes=aside_bytes)
            self._damaged = Shelf(folder / "damaged", max_bytes=aside_bytes)
            first = Counts(refused=len(self._refused), damaged=len(self._damaged))
            self._ledger = Ledger(folder / "counts", first)
            self._carry_out(self._ledger.counts.fate, self._ledger.counts.names)
            self._index = Index(self._find())
        except BaseException:
            self.close()
            raise

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
        return sum(self._index.counts().values())

    def close(self) -> None:
        """Let other processes use the folder; what waits stays on the disk."""
        self._folder_lock.release()

    def stats(self) -> QueueStats:
        """Say how the queue is."""
        ends, counts = self._index.ends(), self._ledger.counts
        return QueueStats(
            waiting=self._index.counts(),
            bytes=self._index.bytes,
            oldest_captured_at=ends and captured_at_of(ends[0]),
            newest_captured_at=ends and captured_at_of(ends[1]),
            dropped=counts.dropped(),
            refused=counts.refused,
            damaged=counts.damaged,
        )

    def take(self, *, only: Priority | None = None) -> tuple[Path, T] | None:
        """Take the next thing that nobody holds; None when there is none.

        It stays on the disk until `done`; what was taken is waiting again after a crash.

        Args:
            only: take nothing of another priority.

        Raises:
            OSError: the disk cannot be read now; the thing waits as before.
        """
        while (name := self._index.hold(Priority if only is None else (only,))) is not None:
            path = self._waiting / name
            try:
                return path, self._read(open_record(path, self._seal))
            except (RecordDamaged, KeyError, TypeError, ValueError):
                self._part_with(Fate.DAMAGED, [name])
            except OSError as error:
                if error.errno not in _GONE_BAD:
                    self._index.give_back(name)
                    raise
                self._part_with(Fate.DAMAGED, [name])
        return None

    def done(self, path: Path) -> None:
        """Forget what the service has acknowledged."""
        path.unlink(missing_ok=True)
        self._index.forget(path.name)

    def give_back(self, path: Path) -> None:
        """Let what was taken wait again."""
        self._index.give_back(path.name)

    def refuse(self, path: Path, why: str) -> None:
        """Set aside what the service will never take, with its reason beside it."""
        with self._parting:
            self._refused.explain(path.name, why)
        self._part_with(Fate.REFUSED, [path.name])

    @abstractmethod
    def _read(self, record: Record) -> T:
        """Return what a file holds; KeyError, TypeError or ValueError when that makes no sense."""

    def _keep(
        self,
        captured_at: datetime,
        key: str,
        priority: Priority,
        header: dict[str, Any],
        size: int,
        content: Callable[[], Iterable[bytes]],
    ) -> bool:
        """Keep a thing once; it is on the disk when this returns True.

        Args:
            captured_at: when it was captured.
            key: hexadecimal digits that are the same for the same thing.
            priority: how soon it is to be posted.
            header: what it is, with the SHA-256 of its bytes as `sha256`.
            size: how many bytes it has.
            content: gives the bytes, each time it is called.

        Raises:
            QueueFull: when it would pass the bound and nothing may be dropped; nothing was kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        line = encode_line(header)
        size += len(line)
        if self._seal is not None:
            key, size = self._seal.name(key), self._seal.size(size)
        stem = stem_of(captured_at, key)
        name = name_of(stem, size, priority, self.suffix, sealed=self._seal is not None)
        with self._putting:
            if self._index.knows(stem):
                return True
            self._settle(name)
            missing = self._index.bytes + size - self._max_bytes
            if missing > 0 and not self._make_room(name, missing):
                return False
            try:
                self._write(name, line, content)
            except OSError as error:
                is_full = error.errno in _DISK_FULL
                if not is_full or not self._drop_lesser(name, size + _BLOCK_BYTES):
                    raise
                self._write(name, line, content)
            self._index.add(name)
        return True

    def _write(self, name: str, line: bytes, content: Callable[[], Iterable[bytes]]) -> None:
        plain = _behind(line, content())
        sealed = plain if self._seal is None else self._seal.close(plain)
        path = self._waiting / name
        try:
            write_durably(path, sealed)
        except BaseException:
            path.unlink(missing_ok=True)  # its folder may be what could not be flushed
            raise

    def _settle(self, name: str) -> None:
        """Make sure that no unfinished parting takes away what is put now."""
        with self._parting:
            if name in self._ledger.counts.names:
                self._ledger.settle()

    def _make_room(self, name: str, size: int) -> bool:
        """Drop files for a new one, or the new one itself; return whether it is to be kept."""
        if self._drop_policy is DropPolicy.REFUSE:
            raise QueueFull(
                f"the queue in {self._waiting} may hold {self._max_bytes} bytes and is full",
                hint="let it upload, or give it more room",
            )
        if self._drop_lesser(name, size):
            return True
        with self._parting:
            self._ledger.count(Fate.DROPPED, [priority_of(name)], [])
        return False

    def _drop_lesser(self, name: str, size: int) -> bool:
        if self._drop_policy is not DropPolicy.OLDEST_BACKFILL:
            return False
        lesser = self._index.hold_lesser(name, size)
        if lesser is None:
            return False
        self._part_with(Fate.DROPPED, lesser)
        return True

    def _part_with(self, fate: Fate, names: Iterable[str]) -> None:
        """Count files that are held, then delete them or set them aside."""
        left = list(names)
        try:
            while some := left[:MOST_NAMES]:
                with self._parting:
                    self._ledger.count(fate, [priority_of(name) for name in some], some)
                    self._carry_out(fate, some)
                    if fate is not Fate.DROPPED:  # an operator may move it back
                        self._ledger.settle()
                for name in some:
                    self._index.forget(name)
                del left[:MOST_NAMES]
        finally:
            for name in left:
                self._index.give_back(name)

    def _carry_out(self, fate: Fate, names: Iterable[str]) -> None:
        for path in filter(Path.exists, (self._waiting / name for name in names)):
            match fate:
                case Fate.DROPPED:
                    path.unlink()
                case Fate.REFUSED:
                    self._refused.take_in(path)
                case Fate.DAMAGED:
                    self._damaged.take_in(path)
        flush_folder(self._waiting)

    def _find(self) -> Iterator[str]:
        """Find what waits, delete what was never wholly written, and check the key."""
        is_checked = False
        former: list[tuple[str, str]] = []
        with scandir(self._waiting) as entries:
            for entry in entries:
                name = entry.name
                if is_ours(name):
                    if is_sealed(name) and not is_checked:
                        is_checked = self._check_key(Path(entry.path))
                    yield name
                elif name.endswith(".tmp"):
                    Path(entry.path).unlink()
                elif now := from_former(name, entry.stat().st_size):
                    former.append((name, now))
        for name, now in former:  # not while the folder is read: it might be read twice
            (self._waiting / name).rename(self._waiting / now)
            yield now

    def _check_key(self, path: Path) -> bool:
        """Check the key against a file; return False when the file is damaged."""
        with path.open("rb") as file:
            beginning = file.read(HEADER_BYTES)
        if not is_sealed_beginning(beginning):
            return False
        if self._seal is None or not self._seal.has_sealed(beginning):
            raise KeyWrong(
                f"what waits in {self._waiting} was encrypted with "
                + ("a key, and none was given" if self._seal is None else "another key"),
                hint="start with the key that it was encrypted with until the queue is empty, then "
                f"change the key; or move {self._waiting} away, and what waits there is not posted",
            )
        return True


def _behind(line: bytes, content: Iterable[bytes]) -> Iterator[bytes]:
    yield line
    yield from content
