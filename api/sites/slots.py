"""Which of a camera's frames are looked at next: those of the oldest half day that is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from inference.sites.composite import Rhythm

GRACE = timedelta(minutes=15)
"""A slot is over so long after its end and after its last frame came: gateways may be behind."""

RHYTHM = Rhythm()
"""How days are cut."""

LOOKED_AT = 3
"""Frames looked at in a slot, for each one of the most that a composite takes."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A frame that nobody has looked at.

    Attributes:
        frame_id: which.
        captured_at: when, aware.
        received_at: when it came, aware.
    """

    frame_id: str
    captured_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """The frames of half a day.

    Attributes:
        end: when it ends, in the local time zone.
        frames: oldest first; at least one.
    """

    end: datetime
    frames: tuple[Waiting, ...]

    @property
    def over_at(self) -> datetime:
        """When the clock says that it is over."""
        return max(self.end, *(frame.received_at for frame in self.frames)) + GRACE


def slots(waiting: Sequence[Waiting], *, zone: ZoneInfo) -> list[Slot]:
    """Return the slots that frames wait in, oldest first.

    Args:
        waiting: frames of one camera, in any order.
        zone: where days begin.
    """
    found: dict[datetime, list[Waiting]] = {}
    for one in sorted(waiting, key=lambda one: (one.captured_at, one.frame_id)):
        found.setdefault(RHYTHM.slot_end(one.captured_at.astimezone(zone)), []).append(one)
    return [Slot(end, tuple(frames)) for end, frames in found.items()]


def is_over(slot: Slot, *, newest: datetime, at: datetime) -> bool:
    """Say whether a slot is over: a frame after its end has come, or the clock says so.

    Args:
        slot: which.
        newest: when the newest frame of the camera was captured.
        at: the present time.
    """
    return newest >= slot.end or at >= slot.over_at


def thinned(frames: Sequence[Waiting], most: int) -> list[Waiting]:
    """Return at most so many frames, evenly spread, the first and the last among them."""
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), most)).round().astype(int)
    return [frames[index] for index in chosen]
