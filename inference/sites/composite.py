"""Composites: many frames made one, in which whatever comes and goes has vanished."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from inference.sites.frame import Frame, FrameRef
from inference.sites.light import LightMode


class Rhythm(BaseModel):
    """How composites are cut out of a camera's frames of one light.

    Attributes:
        slots_per_day: Composites that a day can give: 2 (midnight to noon, noon to midnight).
        least_frames: Fewest frames of a composite. A slot with fewer reaches back into the slots
            before it.
        reach_days: How far back a composite may reach, days before its slot's end.
        most_frames: Of more frames in a slot, these many are used, spread evenly over it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slots_per_day: int = Field(2, ge=1, le=24)
    least_frames: int = Field(6, ge=1)
    reach_days: float = Field(4.0, gt=0)
    most_frames: int = Field(16, ge=1)

    def slot_end(self, at: datetime) -> datetime:
        """End of the slot that a time lies in, in the time's own zone."""
        midnight = datetime.combine(at.date(), time(), at.tzinfo)
        hours = 24 / self.slots_per_day
        number = int((at.hour + at.minute / 60) // hours)
        return midnight + timedelta(hours=hours * (number + 1))


@dataclass(frozen=True, slots=True)
class Window:
    """The frames of one composite.

    Attributes:
        end: End of its slot.
        frames: In order of time; too few if there are fewer than `Rhythm.least_frames`.
        fresh: How many of them no earlier window had.
    """

    end: datetime
    frames: tuple[FrameRef, ...]
    fresh: int


def plan_windows(frames: Iterable[FrameRef], rhythm: Rhythm) -> list[Window]:
    """Group the frames of one camera and light to composites.

    Every slot in which frames were taken gives a window, whatever order the frames come in and
    however often each comes. A window depends on no later frame, so that windows planned day by day
    are those planned at once.

    Args:
        frames: Frames that fit the baseline, of one light.
        rhythm: How to cut.

    Returns:
        The windows by their end, also those that are too small yet.
    """
    ordered = sorted({frame.name: frame for frame in frames}.values(), key=lambda one: one.order)
    slots: dict[datetime, list[FrameRef]] = {}
    for frame in ordered:
        slots.setdefault(rhythm.slot_end(frame.at), []).append(frame)
    windows = []
    before: list[FrameRef] = []
    for end, fresh in slots.items():
        earliest = end - timedelta(days=rhythm.reach_days)
        lacking = max(0, rhythm.least_frames - len(fresh))
        older = [frame for frame in before[max(0, len(before) - lacking) :] if frame.at >= earliest]
        windows.append(Window(end, (*older, *_spread(fresh, rhythm.most_frames)), len(fresh)))
        before += fresh
    return windows


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """One picture of many frames.

    Attributes:
        mode: The light they were taken in.
        image: uint8 (H, W, 3), BGR, aligned to the baseline and of its light.
        end: End of its slot: composites are taken in by this order.
        frames: What it was made of, in order of time.
    """

    mode: LightMode
    image: NDArray[np.uint8]
    end: datetime
    frames: tuple[Frame, ...]

    @property
    def last(self) -> FrameRef:
        """The frame that completed it."""
        return self.frames[-1].ref


def _spread(frames: Sequence[FrameRef], most: int) -> list[FrameRef]:
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), most)).round().astype(int)
    return [frames[index] for index in chosen]
