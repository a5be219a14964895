"""A position of the vehicle."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

STANDS_MPS = 0.5
"""Slower, a vehicle stands, and what a receiver says of its direction is noise."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the vehicle was at a moment.

    Args:
        at: when, by the gateway's clock; timezone-aware.
        latitude: WGS-84 degrees, north positive.
        longitude: WGS-84 degrees, east positive.
        accuracy_m: 1-sigma radius in metres, as far as the receiver tells.
        heading_deg: clockwise from true north, 0 to 360; None while it stands.
        speed_mps: metres per second.
    """

    at: datetime
    latitude: float
    longitude: float
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_mps: float | None = None


class PositionFeed(Protocol):
    """Knows where the vehicle was at the moments of its pictures."""

    def at(self, moment: datetime) -> Fix | None:
        """Return the position at a moment; None when none is near enough in time."""

    def run(self, stop: threading.Event) -> None:
        """Receive positions until told to stop; opens its source anew when that breaks off."""

    @property
    def trouble(self) -> str | None:
        """Return why there are no positions now; None when all is well."""
