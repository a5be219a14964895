"""What an inspection says of one clip."""

from dataclasses import dataclass

from inference.falling.events import FallEvent


@dataclass(frozen=True, slots=True, eq=False)
class ClipEvents:
    """What fell in a clip.

    Attributes:
        width: Width of the clip's frames in pixels, as displayed.
        height: Height of its frames in pixels, as displayed.
        times: Number and time in seconds of every frame, by the clip's own times; the first is at
            0. Damaged frames are left out but counted.
        events: What fell, by its start.
    """

    width: int
    height: int
    times: tuple[tuple[int, float], ...]
    events: tuple[FallEvent, ...]

    @property
    def fps(self) -> float:
        """Mean frame rate, by the frames' own times; 0 for fewer than two frames."""
        if len(self.times) < 2:
            return 0.0
        return (len(self.times) - 1) / (self.times[-1][1] - self.times[0][1])

    @property
    def seconds(self) -> float:
        """Time of the last frame, seconds after the first."""
        return self.times[-1][1] if self.times else 0.0

    def span_s(self, event: FallEvent) -> tuple[float, float]:
        """First and last second of an event, by the clip's own times."""
        seconds = dict(self.times)
        return seconds[event.start_frame], seconds[event.end_frame]
