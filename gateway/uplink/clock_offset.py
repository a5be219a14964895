"""How far the gateway's clock is from the service's. It is told; no time is ever rewritten."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One question for the time.

    Args:
        service_s: the service's clock at the middle of the round trip, seconds since 1970.
        at_s: the boot clock at that moment, seconds.
        round_trip_s: how long the answer took; the sample errs by at most half of it.
    """

    service_s: float
    at_s: float
    round_trip_s: float


class ClockOffset:
    """Measures the gateway's clock minus the service's. Safe for several threads.

    Each measurement asks several times and believes the quickest answer: with both of the
    service's time stamps the same, the offset of RFC 5905, section 8, is the difference at the
    middle of the round trip, and errs by at most half the trip. The service's time is then carried
    on by the clock that runs since the machine was started, so that the offset stays right when
    somebody sets the wall clock; measure again every few minutes for the drift of the crystal.

    Args:
        ask: asks the service for its time; raises what it likes.
        samples: how often a measurement asks, 1 or more.
        wall: the gateway's clock; timezone-aware.
        running: a clock that nobody sets, in seconds.
    """

    def __init__(
        self,
        ask: Callable[[], datetime],
        *,
        samples: int = _SAMPLES,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        running: Callable[[], float] | None = None,
    ) -> None:
        self._ask = ask
        self._samples = samples
        self._wall = wall
        self._running = running or _since_boot
        self._lock = threading.Lock()
        self._best: Sample | None = None

    @property
    def offset_ms(self) -> float | None:
        """Return the gateway's clock minus the service's now, in ms; None before `measure`."""
        with self._lock:
            if self._best is None:
                return None
            service_s = self._best.service_s + self._running() - self._best.at_s
            return round((self._wall().timestamp() - service_s) * 1000, 1)

    @property
    def error_ms(self) -> float | None:
        """Return by how much the newest measurement may err, in ms; None before `measure`."""
        return None if self._best is None else round(self._best.round_trip_s * 500, 1)

    def measure(self) -> float:
        """Ask the service, and return the offset in ms.

        Raises:
            ServiceError: it does not answer; the offset measured before is kept.
        """
        best = min((self._sample() for _ in range(self._samples)), key=lambda s: s.round_trip_s)
        with self._lock:
            self._best = best
        offset_ms = self.offset_ms
        assert offset_ms is not None  # noqa: S101 - it was just measured
        return offset_ms

    def _sample(self) -> Sample:
        sent_s = self._running()
        service = self._ask()
        received_s = self._running()
        return Sample(service.timestamp(), (sent_s + received_s) / 2, received_s - sent_s)


def _since_boot() -> float:
    """Return the seconds since the machine was started, those asleep included."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
