"""What is special of findings of pests, put together for those who look at them."""

from sqlalchemy.orm import Session

from api.advisories.models import PestAdvisory
from api.advisories.schemas import NextPeriod, PestDetails, PlotName
from api.counts.schemas import ThresholdView, TrendView
from api.findings.models import Finding
from api.plots.models import Plot
from api.plots.stages import stage_of
from api.thresholds.document import Unit


def details(session: Session, finding: Finding) -> PestDetails | None:
    """Return what a finding of pests says, None for any other finding."""
    row = session.get(PestAdvisory, finding.id)
    if row is None:
        return None
    plot = session.get_one(Plot, row.plot_id)
    stage = stage_of(row.bbch)
    return PestDetails(
        plot=PlotName(id=plot.id, name=plot.name, crop=plot.crop, area_ha=plot.area_ha),
        pest=row.pest,
        period=row.period,
        period_kind=row.period_kind,
        period_start=row.period_start,
        period_end=row.period_end,
        value=row.value,
        unit=row.unit,
        frames=row.frames,
        threshold=ThresholdView(
            value=row.threshold,
            published=row.published,
            published_unit=Unit(row.published_unit),
            source=row.source,
            version=row.version,
        ),
        ratio=row.value / row.threshold,
        bbch=row.bbch,
        stage=stage,
        stage_zh=stage.label_zh,
        trend=TrendView(slope=row.trend, low=row.trend_low, high=row.trend_high)
        if row.trend is not None
        else None,
        next=NextPeriod(period=row.next_period, value=row.next_value, below=row.next_below)
        if row.next_period is not None and row.next_value is not None and row.next_below is not None
        else None,
    )
