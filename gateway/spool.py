"""A folder of things that wait to be posted: what is in it is lost only with the disk.

One file per thing. A file is written under a temporary name, flushed to the disk (`fsync`),
renamed, and its folder flushed, so that after a power cut it is wholly there or not at all. A file
that is not what was written (a torn disk) is set aside in `damaged/`, never posted and never
deleted.
"""

import heapq
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, ClassVar, Generic, TypeVar

from gateway.errors import QueueFull

T = TypeVar("T")


class Spool(ABC, Generic[T]):
    """Things waiting to be posted, oldest first: their names begin with the time of capture.

    Safe for several threads of one process; one process at a time may use a folder.

    Args:
        folder: where the files are kept; made when absent.
        max_bytes: the bound on all that waits.
    """

    suffix: ClassVar[str]

    def __init__(self, folder: Path, *, max_bytes: int = 20 * 1024**3) -> None:
        self._waiting = folder / "waiting"
        self._refused = folder / "refused"
        self._damaged = folder / "damaged"
        for place in (self._waiting, self._refused, self._damaged):
            place.mkdir(parents=True, exist_ok=True)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        for torn in self._waiting.glob("*.tmp"):
            torn.unlink()
        self._sizes = {path: path.stat().st_size for path in self._waiting.glob(f"*{self.suffix}")}
        self._free = sorted(self._sizes)  # a heap: names begin with the time of capture

    def __len__(self) -> int:
        with self._lock:
            return len(self._sizes)

    def take(self) -> tuple[Path, T] | None:
        """Take the oldest thing that nobody holds; None when there is none.

        It stays on the disk until `done`; what was taken is waiting again after a crash.
        """
        while True:
            with self._lock:
                if not self._free:
                    return None
                path = heapq.heappop(self._free)
            item = self._read(path)
            if item is not None:
                return path, item
            self._move(path, self._damaged)

    def done(self, path: Path) -> None:
        """Forget what the service has acknowledged."""
        path.unlink(missing_ok=True)
        self._forget(path)

    def give_back(self, path: Path) -> None:
        """Let what was taken wait again."""
        with self._lock:
            heapq.heappush(self._free, path)

    def refuse(self, path: Path, why: str) -> None:
        """Set aside what the service will never take, with its reason beside it."""
        (self._refused / path.name).with_suffix(".txt").write_text(why + "\n", encoding="utf-8")
        self._move(path, self._refused)

    @abstractmethod
    def _read(self, path: Path) -> T | None:
        """Return what a file holds, or None when it is not what was written."""

    def _keep(self, name: str, size: int, write: Callable[[BinaryIO], None]) -> None:
        """Keep a thing under a name, once; it is on the disk when this returns.

        Raises:
            QueueFull: when it would pass the bound; nothing was kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        path = self._waiting / f"{name}{self.suffix}"
        with self._lock:
            if path in self._sizes:
                return
            if sum(self._sizes.values()) + size > self._max_bytes:
                raise QueueFull(
                    f"the queue in {self._waiting} may hold {self._max_bytes} bytes and is full",
                    hint="let it upload, or give it more room",
                )
            self._sizes[path] = size
        try:
            _write_durably(path, write)
        except BaseException:
            self._forget(path)
            raise
        self.give_back(path)

    def _move(self, path: Path, folder: Path) -> None:
        path.rename(folder / path.name)
        self._forget(path)

    def _forget(self, path: Path) -> None:
        with self._lock:
            self._sizes.pop(path, None)


def _write_durably(path: Path, write: Callable[[BinaryIO], None]) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
