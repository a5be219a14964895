"""From counts of frames to densities: per square metre of crop, per night of a trap."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from api.counts.periods import local_day
from api.counts.pests import VIEW_OF
from api.plots.models import ViewKind

LONGEST_CATCH = timedelta(days=28)
"""A trap that nobody has looked at for longer says nothing of any one night."""


@dataclass(frozen=True, slots=True)
class View:
    """What a camera showed of a plot for a time.

    Attributes:
        camera_id: the camera.
        kind: the crop from near by, or traps.
        amount: square metres of ground of a close picture, or the number of traps.
        since: from when.
        until: until before when; None for ever.
    """

    camera_id: str
    kind: ViewKind
    amount: float
    since: datetime
    until: datetime | None

    def holds(self, camera_id: str, at: datetime) -> bool:
        """Say whether this is what the camera showed at a moment."""
        return (
            self.camera_id == camera_id
            and self.since <= at
            and (self.until is None or at < self.until)
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in one frame; as in `api.counts.models.FieldCount`."""

    frame_id: str
    camera_id: str
    captured_at: datetime
    usable: bool
    counts: Mapping[str, int]
    excess_green: float | None = None
    canopy_cover: float | None = None

    def shows(self, pest: str) -> bool:
        """Say whether a zero in this frame means that there was none of a pest.

        The counts name what was looked for: a picture that was taken for one of the other kind of
        view says nothing.
        """
        return self.usable and pest in self.counts


@dataclass(frozen=True, slots=True)
class Density:
    """What one frame says of a pest.

    Attributes:
        frame_id: the frame.
        at: when it was captured.
        value: per square metre, or caught per trap and night since the last look or change of the
            trap; the latter may be below 0, for counting errs both ways.
        count: of the pest in the frame.
    """

    frame_id: str
    at: datetime
    value: float
    count: int


def typical(values: Iterable[float]) -> float:
    """Return the value of a period: the median of its frames' densities, 0 at least.

    The median, because a frame that the detector misread, or a hand before the lens, may be off by
    any amount, and half of the frames would have to be off to move it; and because frames of one
    place repeat each other, so that their number adds no certainty which a mean would use.
    """
    return max(0.0, median(values))


def densities(
    frames: Sequence[Counted],
    *,
    views: Sequence[View],
    services: Mapping[str, Sequence[datetime]],
    pest: str,
    zone: ZoneInfo,
) -> list[Density]:
    """Return what frames say of one pest, oldest first.

    Args:
        frames: in any order; those before the first that is asked for tell what hung in a trap
            already.
        views: what the plot's cameras show.
        services: when the traps of each camera were changed, by its id, in order.
        pest: its class name.
        zone: where nights are counted: a night passes with each local midnight.
    """
    kind = VIEW_OF[pest]
    showing: dict[View, list[Counted]] = defaultdict(list)
    for frame in sorted(frames, key=lambda each: (each.captured_at, each.frame_id)):
        if frame.shows(pest):
            for view in views:
                if view.kind is kind and view.holds(frame.camera_id, frame.captured_at):
                    showing[view].append(frame)
    found: list[Density] = []
    for view, seen in showing.items():
        if kind is ViewKind.CLOSE:
            found.extend(_density(frame, pest, frame.counts[pest] / view.amount) for frame in seen)
        else:
            found.extend(_catches(seen, view, services.get(view.camera_id, ()), pest, zone))
    return sorted(found, key=lambda each: (each.at, each.frame_id))


def _catches(
    seen: Sequence[Counted],
    view: View,
    services: Sequence[datetime],
    pest: str,
    zone: ZoneInfo,
) -> Iterable[Density]:
    """Give what was caught per trap and night before each frame.

    What hung there already is what the last frame of an earlier day showed, or nothing when the
    trap was changed after it. A frame without either, or of the same day, says nothing of a night.
    """
    marks = sorted(
        [(frame.captured_at, 1, frame) for frame in seen]
        + [(at, 0, None) for at in services if view.since <= at],
        key=lambda mark: mark[:2],
    )
    hung: list[tuple[datetime, int]] = []  # since the last change, one for each day
    for at, _, frame in marks:
        if frame is None:
            hung = [(at, 0)]
            continue
        today = local_day(at, zone)
        before = [each for each in hung if local_day(each[0], zone) < today]
        if before and at - before[-1][0] <= LONGEST_CATCH:
            nights = (today - local_day(before[-1][0], zone)).days
            new = frame.counts[pest] - before[-1][1]
            yield _density(frame, pest, new / (view.amount * nights))
        hung = [*before[-1:], (at, frame.counts[pest])]


def _density(frame: Counted, pest: str, value: float) -> Density:
    return Density(frame.frame_id, frame.captured_at, value, frame.counts[pest])
