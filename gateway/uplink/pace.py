"""How many things are in flight at once: as many as the service takes.

Additive increase, multiplicative decrease: one more after a whole window of successes, half as many
when the service asks to wait or does not answer. This is what converges to an equal share for
everybody who does the same (Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for
Congestion Avoidance in Computer Networks", Computer Networks and ISDN Systems 17, 1989).
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_FIRST_WAIT_S = 0.5
_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to have one thing in flight, until `Pace.end`.

    Args:
        window: the window that it began in.
        full: whether it was the last place: only a full window says that more would be taken.
    """

    window: int
    full: bool


class Pace:
    """Says when the next thing may be sent. Safe for several threads.

    A decrease counts once a window: what was already in flight when the service first asked to
    wait says nothing new. Everybody waits when anybody was told to, for `Retry-After`, half a
    second at least, and up to half as long again so that not all gateways come back together; and
    without a `Retry-After` for a time that doubles from 0.5 s to `longest_wait_s`, with full jitter
    (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

    Args:
        ceiling: the most that may be in flight, 1 or more.
        longest_wait_s: the longest wait that is not told by the service.
        monotonic: the clock, in seconds.
        uniform: draws a number between two others.
    """

    def __init__(
        self,
        ceiling: int,
        *,
        longest_wait_s: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.ceiling = ceiling
        self.longest_wait_s = longest_wait_s
        self._monotonic = monotonic
        self._uniform = uniform
        self._lock = threading.Lock()  # of what follows
        self._limit = min(2, ceiling)
        self._in_flight = 0
        self._window = 0
        self._successes = 0
        self._failures = 0
        self._not_before = monotonic()

    @property
    def limit(self) -> int:
        """Return how many may be in flight now."""
        return self._limit

    @property
    def in_flight(self) -> int:
        """Return how many are."""
        return self._in_flight

    def wait_s(self) -> float:
        """Return the seconds until something may be sent, whatever is in flight; 0 when it may."""
        return max(self._not_before - self._monotonic(), 0.0)

    def begin(self) -> Turn | None:
        """Take a turn, when there is one now."""
        with self._lock:
            if self._in_flight >= self._limit or self._monotonic() < self._not_before:
                return None
            self._in_flight += 1
            return Turn(self._window, full=self._in_flight >= self._limit)

    def end(self) -> None:
        """Give a turn back, whatever came of it."""
        with self._lock:
            self._in_flight -= 1

    def answered(self, turn: Turn) -> None:
        """Note that the service answered as one that has room."""
        with self._lock:
            self._failures = 0
            if turn.window == self._window and turn.full:
                self._successes += 1
                if self._successes >= self._limit:
                    self._successes = 0
                    self._limit = min(self._limit + 1, self.ceiling)

    def slow_down(self, turn: Turn, *, wait_s: float | None = None) -> None:
        """Note that the service asked to wait, or did not answer.

        Args:
            turn: in which it did.
            wait_s: for how long, if it told.
        """
        with self._lock:
            if turn.window == self._window:
                self._window += 1
                self._successes = 0
                self._failures += 1
                self._limit = max(self._limit // 2, 1)
            if wait_s is None:
                doublings = min(max(self._failures - 1, 0), _MOST_DOUBLINGS)
                longest_s = min(_FIRST_WAIT_S * 2**doublings, self.longest_wait_s)
                wait_s = self._uniform(0.0, longest_s)
            else:
                shortest_s = min(_FIRST_WAIT_S, self.longest_wait_s)
                wait_s = max(wait_s, shortest_s) * self._uniform(1.0, 1.5)
            self._not_before = max(self._not_before, self._monotonic() + wait_s)
