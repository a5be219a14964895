"""What is on record of a plot, as one value from which everything else can be worked out."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.counts.densities import View
from api.plots.models import GrowthStage, Plot, PlotCamera, TrapService, ViewKind


@dataclass(frozen=True, slots=True)
class PlotRecord:
    """A plot with its cameras, stages and traps.

    Attributes:
        plot: its row.
        views: what its cameras show, and when.
        stages: (first day, BBCH code), oldest first.
        services: when the traps of each camera were changed, oldest first.
    """

    plot: Plot
    views: Sequence[View]
    stages: Sequence[tuple[date, int]]
    services: Mapping[str, Sequence[datetime]]

    def bbch_on(self, day: date) -> int | None:
        """Return how far the crop was on a day, None before the first record."""
        place = bisect_right([since for since, _ in self.stages], day)
        return self.stages[place - 1][1] if place else None


def read_record(session: Session, plot: Plot) -> PlotRecord:
    """Read what is on record of a plot."""
    views = session.scalars(select(PlotCamera).where(PlotCamera.plot_id == plot.id))
    stages = session.execute(
        select(GrowthStage.since, GrowthStage.bbch)
        .where(GrowthStage.plot_id == plot.id)
        .order_by(GrowthStage.since)
    )
    services: dict[str, list[datetime]] = {}
    for camera_id, at in session.execute(
        select(TrapService.camera_id, TrapService.changed_at)
        .where(TrapService.plot_id == plot.id)
        .order_by(TrapService.changed_at)
    ):
        services.setdefault(camera_id, []).append(at)
    return PlotRecord(
        plot=plot,
        views=[
            View(
                view.camera_id,
                view.kind,
                (view.ground_m2 if view.kind is ViewKind.CLOSE else view.traps) or 1.0,
                view.since,
                view.until,
            )
            for view in views
        ],
        stages=[(since, bbch) for since, bbch in stages],
        services=services,
    )
