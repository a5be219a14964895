"""What is known in memory of the files of a queue: their names."""

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable

from gateway.queue.names import priority_of, size_of
from gateway.queue.order import Priority


class Index:
    """The files of a queue in their order, and which of them somebody holds.

    The names of each priority are one sorted list, because names begin with the time of capture:
    200,000 take 25 MB. To put one in moves the pointers behind it, 1.6 MB at most, which is little
    beside the `fsync` that went before. Safe for several threads.

    Args:
        names: the files that are there.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._free: dict[Priority, list[str]] = {priority: [] for priority in Priority}
        self._held: set[str] = set()
        self._bytes = 0
        for name in names:
            self._free[priority_of(name)].append(name)
            self._bytes += size_of(name)
        for lane in self._free.values():
            lane.sort()

    def counts(self) -> dict[Priority, int]:
        """Return how many files there are, held ones too."""
        with self._lock:
            held = [priority_of(name) for name in self._held]
            return {p: len(lane) + held.count(p) for p, lane in self._free.items()}

    @property
    def bytes(self) -> int:
        """What all files take."""
        return self._bytes

    def ends(self) -> tuple[str, str] | None:
        """Return the names of the earliest and the latest capture."""
        with self._lock:
            names = [lane[end] for lane in self._free.values() if lane for end in (0, -1)]
            names += self._held
        return (min(names), max(names)) if names else None

    def knows(self, stem: str) -> bool:
        """Return whether there is a file whose name begins so."""
        with self._lock:
            some = list(self._held)
            for lane in self._free.values():
                at = bisect_left(lane, stem)
                some += lane[at : at + 1]
            return any(name.startswith(stem) for name in some)

    def add(self, name: str) -> None:
        """Take up a new file."""
        with self._lock:
            insort(self._free[priority_of(name)], name)
            self._bytes += size_of(name)

    def hold(self, priorities: Iterable[Priority]) -> str | None:
        """Hold the next file to be posted: the newest alert, or the oldest backfill."""
        with self._lock:
            for priority in priorities:
                if lane := self._free[priority]:
                    name = lane.pop(-1 if priority is Priority.ALERT else 0)
                    self._held.add(name)
                    return name
        return None

    def hold_lesser(self, new: str, size: int) -> list[str] | None:
        """Hold files that are worth less than a new one and have some bytes together.

        They are the oldest backfill, then the oldest alerts. None, and nothing is held, when there
        are not enough.
        """
        lesser: list[str] = []
        with self._lock:
            for lane in (self._free[Priority.BACKFILL], self._free[Priority.ALERT]):
                count = 0
                while size > 0 and count < len(lane) and _is_lesser(lane[count], new):
                    size -= size_of(lane[count])
                    count += 1
                lesser += lane[:count]
                del lane[:count]
            if size > 0:
                for name in lesser:
                    insort(self._free[priority_of(name)], name)
                return None
            self._held.update(lesser)
        return lesser

    def give_back(self, name: str) -> None:
        """Let a held file wait again."""
        with self._lock:
            self._held.remove(name)
            insort(self._free[priority_of(name)], name)

    def forget(self, name: str) -> None:
        """Leave out a held file that is no longer there."""
        with self._lock:
            self._held.remove(name)
            self._bytes -= size_of(name)


def _is_lesser(name: str, than: str) -> bool:
    return (-priority_of(name), name) < (-priority_of(than), than)
