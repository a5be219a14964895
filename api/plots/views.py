"""Plots put together for those who look at them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.plots.models import GrowthStage, Plot, PlotCamera, TrapService
from api.plots.schemas import PlotDetail, PlotView, StageView, TrapServiceView, ViewView
from api.plots.stages import stage_of

_MOST_SERVICES = 50


def detail(session: Session, plot: Plot) -> PlotDetail:
    """Return a plot with its cameras, growth stages and the last changes of its traps."""
    views = session.scalars(
        select(PlotCamera)
        .where(PlotCamera.plot_id == plot.id)
        .order_by(PlotCamera.since, PlotCamera.id)
    )
    stages = session.scalars(
        select(GrowthStage).where(GrowthStage.plot_id == plot.id).order_by(GrowthStage.since)
    )
    services = session.scalars(
        select(TrapService)
        .where(TrapService.plot_id == plot.id)
        .order_by(TrapService.changed_at.desc(), TrapService.id)
        .limit(_MOST_SERVICES)
    )
    return PlotDetail(
        **dict(PlotView.model_validate(plot)),
        views=[ViewView.model_validate(view) for view in views],
        stages=[_stage_view(stage) for stage in stages],
        trap_services=[TrapServiceView.model_validate(service) for service in services],
    )


def _stage_view(row: GrowthStage) -> StageView:
    """Return an entry of the growth stages with its name."""
    stage = stage_of(row.bbch)
    return StageView(
        since=row.since, bbch=row.bbch, stage=stage, label_zh=stage.label_zh, note=row.note
    )
