"""Who is served next: every flow its share, the urgent before the rest, nobody never.

Within a class flows share by start-time fair queueing: Goyal, Vin and Cheng, "Start-time Fair
Queueing: A Scheduling Algorithm for Integrated Services Packet Switching Networks", SIGCOMM 1996,
section 2. It needs no rate to be known beforehand and is fair also where the server's rate varies.
"""

import heapq
import itertools
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_T = TypeVar("_T")

URGENT_IN_A_ROW = 7
"""Of eight that are taken while both classes wait, one is of the lower: it never starves."""


@dataclass(order=True, slots=True)
class Ticket(Generic[_T]):
    """What waits, in the order in which its class is served.

    Attributes:
        start: the flow's virtual time at which it begins; with the number it decides the order.
        number: in which order they came.
        flow: whose it is.
        urgent: its class.
        item: what waits; None once it was taken or withdrawn.
    """

    start: float
    number: int
    flow: str = field(compare=False)
    urgent: bool = field(compare=False)
    item: _T | None = field(compare=False)


class FairQueue(Generic[_T]):
    """What waits to be served, by class and flow. It is not locked: its owner is."""

    def __init__(self) -> None:
        self._classes: dict[bool, _Class[_T]] = {True: _Class(), False: _Class()}
        self._numbers = itertools.count()
        self._urgent_in_a_row = 0

    def __len__(self) -> int:
        return self.waiting(True) + self.waiting(False)

    def waiting(self, urgent: bool) -> int:
        """Return how many of a class wait."""
        return len(self._classes[urgent])

    def put(self, item: _T, *, flow: str, urgent: bool, cost: float) -> Ticket[_T]:
        """Let an item wait.

        Args:
            item: what waits.
            flow: whose it is; flows of a class share alike.
            urgent: whether it goes before what is not.
            cost: how much of its flow's share it takes, greater than 0.

        Returns:
            What it is withdrawn by.
        """
        return self._classes[urgent].put(item, flow, urgent, cost, next(self._numbers))

    def take(self, *, urgent_only: bool = False) -> _T | None:
        """Return what is served next, or None when nothing waits that may be.

        Args:
            urgent_only: leave what is not urgent where it is.
        """
        urgent, rest = self._classes[True], self._classes[False]
        may_rest = len(rest) > 0 and not urgent_only
        if len(urgent) and not (may_rest and self._urgent_in_a_row >= URGENT_IN_A_ROW):
            self._urgent_in_a_row = self._urgent_in_a_row + 1 if may_rest else 0
            return urgent.take()
        if not may_rest:
            return None
        self._urgent_in_a_row = 0
        return rest.take()

    def withdraw(self, ticket: Ticket[_T]) -> None:
        """Let an item wait no longer; one that was taken stays so."""
        self._classes[ticket.urgent].withdraw(ticket)

    def ahead(self, *, flow: str, urgent: bool) -> int:
        """Return how many of those that wait are served before what a flow would put now."""
        own = self._classes[urgent].ahead(flow)
        if urgent:
            return own + min(self.waiting(False), own // URGENT_IN_A_ROW)
        return own + min(self.waiting(True), (own + 1) * URGENT_IN_A_ROW)


class _Class(Generic[_T]):
    """What waits of one class."""

    def __init__(self) -> None:
        self._heap: list[Ticket[_T]] = []
        self._ends: dict[str, float] = {}  # virtual time at which a flow's last item ends
        self._now = 0.0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, item: _T, flow: str, urgent: bool, cost: float, number: int) -> Ticket[_T]:
        start = self._start(flow)
        self._ends[flow] = start + cost
        ticket = Ticket(start, number, flow, urgent, item)
        heapq.heappush(self._heap, ticket)
        self._size += 1
        return ticket

    def take(self) -> _T | None:
        while self._heap:
            ticket = heapq.heappop(self._heap)
            if (item := ticket.item) is not None:
                self._now = max(self._now, ticket.start)
                self._leave(ticket)
                return item
        return None

    def withdraw(self, ticket: Ticket[_T]) -> None:
        if ticket.item is not None:
            self._leave(ticket)

    def ahead(self, flow: str) -> int:
        start = self._start(flow)
        return sum(one.item is not None and one.start <= start for one in self._heap)

    def _start(self, flow: str) -> float:
        return max(self._now, self._ends.get(flow, 0.0))

    def _leave(self, ticket: Ticket[_T]) -> None:
        ticket.item = None
        self._size -= 1
        if not self._size:  # nobody waits: no flow owes or is owed anything
            self._heap.clear()
            self._ends.clear()
            self._now = 0.0
