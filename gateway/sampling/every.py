"""Which pictures of a camera are kept: one after every so much time or way."""

from collections.abc import Callable
from typing import Protocol

from geographiclib.geodesic import Geodesic

from gateway.positions.fix import STANDS_MPS, Fix
from gateway.sources.config import Metres

# Where no speed is told, less than this is no way.
_LEAST_LEG_M = 3.0
# Geodesics cost a small computer a millisecond; at 50 km/h this is 1.4 m.
_ASKS_EVERY_S = 0.1
# A picture that comes this share of the time too early is not left for the one after it.
_EARLY = 0.05


Where = Callable[[float], Fix | None]


class Sampler(Protocol):
    """Says of each moment whether a picture is due."""

    def is_due(self, at: float, where: Where) -> bool:
        """Say whether a picture taken at a moment is kept.

        Args:
            at: when it was taken, seconds since 1970 UTC, rising.
            where: the vehicle's position at a moment; None when nobody knows it.
        """

    @property
    def interval_s(self) -> float | None:
        """Return the shortest time between two pictures; None when that is not known."""


class EverySeconds:
    """A picture every so many seconds; what came late does not delay those after it.

    Args:
        interval_s: seconds, greater than 0.
    """

    def __init__(self, interval_s: float) -> None:
        self.interval_s: float | None = interval_s
        self._step_s = interval_s
        self._due: float | None = None

    def is_due(self, at: float, where: Where) -> bool:
        """See `Sampler`."""
        if self._due is not None and at < self._due - _EARLY * self._step_s:
            return False
        on_time = self._due is not None and at < self._due + self._step_s
        self._due = (self._due if on_time and self._due is not None else at) + self._step_s
        return True


class EveryMetres:
    """A picture every so many metres along the drive, on the WGS-84 ellipsoid.

    The way is summed from position to position (Karney, "Algorithms for geodesics", J. Geodesy 87,
    2013). A parked vehicle goes nowhere, however its position wanders: what the receiver says of
    its speed decides, or, where it says nothing, only legs longer than the position is uncertain
    count. While it stands, or nobody knows where it is, there is a picture every `standing_s`.

    Args:
        way: how far.
        standing_s: seconds.
    """

    interval_s: float | None = None

    def __init__(self, way: Metres, standing_s: float) -> None:
        self._way_m = way.metres
        self._standing_s = standing_s
        self._from: Fix | None = None
        self._gone_m = 0.0
        self._last: float | None = None
        self._asked: float | None = None

    def is_due(self, at: float, where: Where) -> bool:
        """See `Sampler`."""
        if self._asked is None or at - self._asked >= _ASKS_EVERY_S:
            self._asked = at
            if (fix := where(at)) is not None:
                self._go(fix)
        stood = self._last is None or at - self._last >= self._standing_s
        if not stood and self._gone_m < self._way_m:
            return False
        self._gone_m = 0.0 if stood else self._gone_m % self._way_m
        self._last = at
        return True

    def _go(self, fix: Fix) -> None:
        if self._from is None:
            self._from = fix
            return
        leg_m = Geodesic.WGS84.Inverse(
            self._from.latitude, self._from.longitude, fix.latitude, fix.longitude
        )["s12"]
        if fix.speed_mps is None:
            if leg_m < max(_LEAST_LEG_M, fix.accuracy_m or 0.0):
                return
        elif fix.speed_mps < STANDS_MPS:
            leg_m = 0.0
        self._gone_m += leg_m
        self._from = fix
