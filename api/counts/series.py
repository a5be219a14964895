"""What charts show: pests and greenness of a plot, period by period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.advisories.assessment import Assessment, assess, trend_of
from api.counts import service as counts
from api.counts.densities import Counted, View, densities
from api.counts.periods import Period, PeriodKind
from api.counts.pests import PESTS, UNIT, VIEW_OF
from api.counts.schemas import (
    FrameCountView,
    FrameDensity,
    GreennessView,
    GreenPoint,
    PointView,
    SeriesView,
    ThresholdView,
    TrendView,
)
from api.plots.models import Plot, ViewKind
from api.plots.record import PlotRecord, read_record
from api.plots.stages import stage_of
from api.thresholds import service as thresholds


@dataclass(frozen=True, slots=True)
class Range:
    """Days of a time zone, whole periods of them.

    Attributes:
        first: the first period.
        last: the last period.
    """

    first: Period
    last: Period

    @classmethod
    def of_days(cls, kind: PeriodKind, first: date, last: date, zone: ZoneInfo) -> "Range":
        """Return the periods that hold the days from `first` to `last`."""
        return cls(Period.of_day(kind, first, zone), Period.of_day(kind, last, zone))

    @property
    def periods(self) -> list[Period]:
        """Return every period of it, oldest first."""
        return list(self.first.until(self.last))

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return self.first.zone


def series(session: Session, plot: Plot, *, pest: str, asked: Range) -> SeriesView:
    """Return how a pest of a plot goes over time, with the threshold in force beside each point."""
    record, frames = _read(session, plot, asked)
    versions = thresholds.versions(session, plot.crop)
    found = densities(
        frames, views=record.views, services=record.services, pest=pest, zone=asked.zone
    )
    start, end = asked.first.start, asked.last.end
    found = [each for each in found if start <= each.at < end]
    trend = trend_of(found, asked.last)
    return SeriesView(
        plot_id=plot.id,
        pest=pest,
        unit=UNIT[VIEW_OF[pest]],
        period=asked.first.kind,
        time_zone=asked.zone.key,
        first=asked.first.first,
        last=asked.last.last,
        trend=TrendView.model_validate(trend) if trend else None,
        points=[
            _point(assess(period, found, pest=pest, record=record, versions=versions))
            for period in asked.periods
        ],
    )


def greenness(session: Session, plot: Plot, *, asked: Range) -> GreennessView:
    """Return how green a plot is over time, by its usable close frames."""
    record, frames = _read(session, plot, asked)
    close = [
        (frame.captured_at, frame.excess_green, frame.canopy_cover)
        for frame in frames
        if frame.usable
        and frame.excess_green is not None
        and frame.canopy_cover is not None
        and _view_of(record, frame, ViewKind.CLOSE)
    ]
    points = []
    for period in asked.periods:
        start, end = period.start, period.end
        within = [each for each in close if start <= each[0] < end]
        points.append(
            GreenPoint(
                period=period.name,
                start=start,
                end=end,
                frames=len(within),
                excess_green=median(each[1] for each in within) if within else None,
                canopy_cover=median(each[2] for each in within) if within else None,
            )
        )
    return GreennessView(
        plot_id=plot.id,
        period=asked.first.kind,
        time_zone=asked.zone.key,
        first=asked.first.first,
        last=asked.last.last,
        points=points,
    )


def frame_counts(session: Session, plot: Plot, *, asked: Range) -> list[FrameCountView]:
    """Return what was counted in each frame of a plot, oldest first."""
    record, frames = _read(session, plot, asked)
    known = {
        pest: {
            each.frame_id: each.value
            for each in densities(
                frames, views=record.views, services=record.services, pest=pest, zone=asked.zone
            )
        }
        for pest in VIEW_OF
    }
    start = asked.first.start
    views = []
    for frame in sorted(frames, key=lambda each: (each.captured_at, each.frame_id)):
        view = _view_of(record, frame, *ViewKind)
        if view is None or frame.captured_at < start:
            continue
        views.append(
            FrameCountView(
                frame_id=frame.frame_id,
                camera_id=frame.camera_id,
                captured_at=frame.captured_at,
                kind=view.kind,
                usable=any(frame.shows(pest) for pest in PESTS[view.kind]),
                pests=[
                    FrameDensity(
                        pest=pest,
                        count=frame.counts[pest],
                        density=known[pest].get(frame.frame_id),
                        unit=UNIT[view.kind],
                    )
                    for pest in PESTS[view.kind]
                    if pest in frame.counts
                ],
                excess_green=frame.excess_green,
                canopy_cover=frame.canopy_cover,
            )
        )
    return views


def _read(session: Session, plot: Plot, asked: Range) -> tuple[PlotRecord, Sequence[Counted]]:
    record = read_record(session, plot)
    return record, counts.read(session, record, start=asked.first.start, end=asked.last.end)


def _view_of(record: PlotRecord, frame: Counted, *kinds: ViewKind) -> View | None:
    return next(
        (
            view
            for view in record.views
            if view.kind in kinds and view.holds(frame.camera_id, frame.captured_at)
        ),
        None,
    )


def _point(said: Assessment) -> PointView:
    limit = said.limit
    values = [each.value for each in said.found]
    return PointView(
        period=said.period.name,
        start=said.period.start,
        end=said.period.end,
        value=said.value,
        frames=len(said.found),
        lowest=min(values, default=None),
        highest=max(values, default=None),
        bbch=said.bbch,
        stage=stage_of(said.bbch) if said.bbch is not None else None,
        threshold=ThresholdView(
            value=limit.value,
            published=limit.published.value,
            published_unit=limit.published.unit,
            source=limit.published.source,
            version=limit.version.version,
        )
        if limit
        else None,
        threshold_missing=said.missing,
        severity=limit.version.severity_of(said.ratio) if limit and said.crossed else None,
    )
