"""What is posted first, and what goes first when there is no room."""

from array import array
from bisect import bisect_left
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Priority(IntEnum):
    """How soon a frame or clip is posted: alerts before backfill."""

    ALERT = 0
    """Somebody should know now: the newest first."""
    BACKFILL = 1
    """What has time: the oldest first."""


class DropPolicy(StrEnum):
    """What a full queue does with another frame or clip. Drops are counted."""

    OLDEST_BACKFILL = "oldest_backfill"
    """Drops the oldest backfill, and the oldest alert when no backfill is left."""
    NEWEST = "newest"
    """Does not keep the new one."""
    REFUSE = "refuse"
    """Raises `QueueFull`; nothing is dropped."""


class Waiting(NamedTuple):
    """A file that waits: its name, which begins with the time of capture, and its bytes."""

    name: str
    size: int


class Lane:
    """The files of one priority that nobody holds, by their time of capture.

    Two flat arrays: 200,000 files take 26 MB. To put one in moves the pointers behind it, at most
    3 MB, which is little beside the `fsync` that went before.
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._sizes = array("Q")

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: str) -> bool:
        at = bisect_left(self._names, name)
        return at < len(self._names) and self._names[at] == name

    def fill(self, files: list[Waiting]) -> None:
        """Put in many at once."""
        files.sort()
        self._names = [file.name for file in files]
        self._sizes = array("Q", [file.size for file in files])

    def add(self, file: Waiting) -> None:
        """Put one in."""
        at = bisect_left(self._names, file.name)
        self._names.insert(at, file.name)
        self._sizes.insert(at, file.size)

    def at(self, index: int) -> Waiting:
        """Look at one; 0 is the oldest, -1 the newest."""
        return Waiting(self._names[index], self._sizes[index])

    def pop(self, index: int) -> Waiting:
        """Take one out."""
        return Waiting(self._names.pop(index), self._sizes.pop(index))
