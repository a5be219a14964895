"""When a picture was taken.

A picture's time is the gateway's own clock when it arrived, less by how much it was later than the
quickest of its connection: a network that holds pictures back and lets them come at once does not
change their times. What the camera itself says of the time (RTCP sender reports) is not used:
cameras are seldom set, and the gateway's clock is measured against the service.
"""

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

# A crystal that runs wrong by more than this is broken (typical: 50 parts in a million).
_DRIFT = 200e-6
# Within one stream the time between two pictures is never so long: it was set anew.
_LONGEST_GAP_S = 10.0
# What comes quicker than the quickest by more was waiting somewhere.
_JITTER_S = 0.02


class CaptureClock:
    """The gateway's clock in UTC, made never to go back.

    It is the system's clock, and follows at once when that is set forward. When the system's clock
    is set back, it runs at half its rate until the other has come up (as `adjtime` does), so that
    pictures keep their order; `ahead_s` says by how much it is wrong meanwhile, and the offset
    that the service is told includes it.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._lock = threading.Lock()
        self._told, self._told_at = wall(), monotonic()

    def now(self) -> float:
        """Return the time, seconds since 1970 UTC."""
        with self._lock:
            at = self._monotonic()
            self._told = max(self._wall(), self._told + 0.5 * (at - self._told_at))
            self._told_at = at
            return self._told

    def ahead_s(self) -> float:
        """Return by how much it is ahead of the system's clock, 0 or greater."""
        return max(0.0, self.now() - self._wall())


capture_clock = CaptureClock()
"""The clock of this process, for pictures and positions alike."""


class StreamClock:
    """Tells when the pictures of one connection were taken; see the module.

    Args:
        clock: the gateway's clock.
        monotonic: a clock that nobody sets.
    """

    def __init__(
        self,
        clock: CaptureClock = capture_clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._quickest = math.inf
        self._arrived = 0.0
        self._last_media_s = 0.0
        self.is_settled = False

    def arrived(self, media_s: float) -> None:
        """Note that a picture has arrived.

        `is_settled` tells from when on the stream comes as it is made: what a camera or a network
        had waiting comes first and at once, its times are not known.

        Args:
            media_s: its time by the stream's own clock, seconds.
        """
        now = self._monotonic()
        delay = now - media_s
        if math.isinf(self._quickest) or abs(media_s - self._last_media_s) > _LONGEST_GAP_S:
            self._quickest, self.is_settled = delay, False
        else:
            allowed = self._quickest + _DRIFT * (now - self._arrived)
            self.is_settled = self.is_settled or delay > allowed - _JITTER_S
            self._quickest = min(allowed, delay)
        self._arrived, self._last_media_s = now, media_s

    def moment(self, media_s: float) -> float:
        """Return when a picture that has arrived was taken, seconds since 1970 UTC."""
        return self._clock.now() - max(0.0, self._monotonic() - self._quickest - media_s)


class FileClock:
    """Tells when the pictures of a file were taken: its beginning and their times in it.

    Args:
        begun: when its first picture was taken, seconds since 1970 UTC.
    """

    is_settled = True

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._first_s: float | None = None

    def arrived(self, media_s: float) -> None:
        """Note that a picture was read."""
        if self._first_s is None:
            self._first_s = media_s

    def moment(self, media_s: float) -> float:
        """Return when a picture was taken, seconds since 1970 UTC."""
        return self._begun + media_s - (self._first_s or 0.0)


def utc(seconds: float) -> datetime:
    """Return seconds since 1970 as a time, UTC."""
    return datetime.fromtimestamp(seconds, UTC)
