"""What is known in memory of the files of a queue."""

import threading
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable
from typing import NamedTuple

from gateway.queue.names import priority_of
from gateway.queue.order import Priority


class Waiting(NamedTuple):
    """A file that waits: its name, which begins with the time of capture, and its bytes."""

    name: str
    size: int


class _Lane:
    """The files of one priority that nobody holds, by their time of capture.

    Two flat arrays: 200,000 files take 26 MB. To put one in moves the pointers behind it, at most
    3 MB, which is little beside the `fsync` that went before.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._sizes = array("Q")

    def __contains__(self, name: str) -> bool:
        at = bisect_left(self.names, name)
        return at < len(self.names) and self.names[at] == name

    def fill(self, files: list[Waiting]) -> None:
        files.sort()
        self.names = [file.name for file in files]
        self._sizes = array("Q", [file.size for file in files])

    def add(self, file: Waiting) -> None:
        at = bisect_left(self.names, file.name)
        self.names.insert(at, file.name)
        self._sizes.insert(at, file.size)

    def pop(self, index: int) -> Waiting:
        return Waiting(self.names.pop(index), self._sizes.pop(index))


class Index:
    """The files of a queue in their order, and which of them somebody holds.

    Safe for several threads.
    """

    def __init__(self, files: Iterable[Waiting]) -> None:
        self._lock = threading.Lock()
        self._lanes = {priority: _Lane() for priority in Priority}
        self._held: dict[str, Waiting] = {}
        found: dict[Priority, list[Waiting]] = {priority: [] for priority in Priority}
        self._bytes = 0
        for file in files:
            found[priority_of(file.name)].append(file)
            self._bytes += file.size
        for priority, some in found.items():
            self._lanes[priority].fill(some)

    def counts(self) -> dict[Priority, int]:
        """Return how many files there are, held ones too."""
        with self._lock:
            held = [priority_of(name) for name in self._held]
            return {p: len(lane.names) + held.count(p) for p, lane in self._lanes.items()}

    @property
    def bytes(self) -> int:
        """What all files take."""
        return self._bytes

    def ends(self) -> tuple[str, str] | None:
        """Return the names of the earliest and the latest capture."""
        with self._lock:
            names = [
                lane.names[end] for lane in self._lanes.values() if lane.names for end in (0, -1)
            ]
            names += self._held
        return (min(names), max(names)) if names else None

    def knows(self, names: Collection[str]) -> bool:
        """Return whether one of these files is there."""
        with self._lock:
            return any(n in self._held or n in self._lanes[priority_of(n)] for n in names)

    def add(self, file: Waiting) -> None:
        """Take up a new file."""
        with self._lock:
            self._lanes[priority_of(file.name)].add(file)
            self._bytes += file.size

    def hold(self, priorities: Iterable[Priority]) -> str | None:
        """Hold the next file to be posted: the newest alert, or the oldest backfill."""
        with self._lock:
            for priority in priorities:
                lane = self._lanes[priority]
                if lane.names:
                    file = lane.pop(-1 if priority is Priority.ALERT else 0)
                    self._held[file.name] = file
                    return file.name
        return None

    def hold_lesser(self, name: str, size: int) -> list[str] | None:
        """Hold files that are worth less than a new one and take some bytes together.

        They are the oldest backfill, then the oldest alerts. None, and nothing is held, when there
        are not enough.
        """
        chosen: list[Waiting] = []
        own = priority_of(name)
        with self._lock:
            for priority in sorted(self._lanes, reverse=True):
                lane = self._lanes[priority]
                while size > 0 and lane.names and (priority, name) > (own, lane.names[0]):
                    chosen.append(lane.pop(0))
                    size -= chosen[-1].size
            if size > 0:
                for file in chosen:
                    self._lanes[priority_of(file.name)].add(file)
                return None
            self._held |= {file.name: file for file in chosen}
        return [file.name for file in chosen]

    def give_back(self, name: str) -> None:
        """Let a held file wait again."""
        with self._lock:
            self._lanes[priority_of(name)].add(self._held.pop(name))

    def forget(self, name: str) -> None:
        """Leave out a held file that is no longer there."""
        with self._lock:
            self._bytes -= self._held.pop(name).size
