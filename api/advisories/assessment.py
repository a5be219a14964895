"""What a period says of a pest: its value, and the threshold that it is held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from api.counts.densities import Density, typical
from api.counts.periods import Period, local_day
from api.counts.trend import Trend, theil_sen
from api.plots.record import PlotRecord
from api.thresholds.document import Threshold, Thresholds
from api.thresholds.service import Versions


class Missing(StrEnum):
    """Why a period has no threshold."""

    NO_STAGE = "no_stage"
    NO_THRESHOLD = "no_threshold"
    NO_HILLS = "no_hills_per_m2"


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold in the unit of the camera.

    Attributes:
        value: per square metre, or per trap and night.
        published: as its source has it.
        version: the set that it is of.
    """

    value: float
    published: Threshold
    version: Thresholds


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a period says of one pest.

    Attributes:
        period: which.
        found: the densities of its usable frames, oldest first.
        value: their median, None without frames.
        bbch: how far the crop was on the last day with a frame (the last day, without one).
        limit: the threshold in force, None where `missing` says why.
        missing: why there is no threshold.
    """

    period: Period
    found: Sequence[Density]
    value: float | None
    bbch: int | None
    limit: Limit | None
    missing: Missing | None

    @property
    def judged(self) -> bool:
        """Say whether the period has a threshold and enough usable frames to be held against it."""
        return self.limit is not None and len(self.found) >= self.limit.version.min_frames

    @property
    def ratio(self) -> float:
        """Return how many times the threshold the value is, 0 where nothing can be said."""
        if self.limit is None or self.value is None:
            return 0.0
        return self.value / self.limit.value

    @property
    def crossed(self) -> bool:
        """Say whether something should be done: the value has reached the threshold."""
        return self.judged and self.ratio >= 1


def assess(
    period: Period, found: Sequence[Density], *, pest: str, record: PlotRecord, versions: Versions
) -> Assessment:
    """Work out what a period says of a pest.

    Args:
        period: which.
        found: densities of a longer time, oldest first.
        pest: its class name.
        record: of the plot.
        versions: of the crop's thresholds.
    """
    start, end = period.start, period.end
    within = [each for each in found if start <= each.at < end]
    day = local_day(within[-1].at, period.zone) if within else period.last
    bbch = record.bbch_on(day)
    limit = _limit(pest, bbch, versions.on(period.last), record.plot.hills_per_m2)
    return Assessment(
        period=period,
        found=within,
        value=typical(each.value for each in within) if within else None,
        bbch=bbch,
        limit=limit if isinstance(limit, Limit) else None,
        missing=limit if isinstance(limit, Missing) else None,
    )


def trend_of(found: Sequence[Density], period: Period) -> Trend | None:
    """Return the slope, per day, of the days' values up to the end of a period."""
    days = [
        (day.toordinal(), typical(each.value for each in of_day))
        for day, of_day in groupby(found, key=lambda each: local_day(each.at, period.zone))
        if day <= period.last
    ]
    return theil_sen([day for day, _ in days], [value for _, value in days])


def _limit(
    pest: str, bbch: int | None, version: Thresholds | None, hills_per_m2: float | None
) -> Limit | Missing:
    if bbch is None:
        return Missing.NO_STAGE
    published = version.of(pest, bbch) if version else None
    if version is None or published is None:
        return Missing.NO_THRESHOLD
    value = published.in_unit_of_the_camera(hills_per_m2)
    return Missing.NO_HILLS if value is None else Limit(value, published, version)
