"""Counts and series as they go over the wire."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from api.advisories.assessment import Missing
from api.counts.periods import PeriodKind
from api.plots.models import ViewKind
from api.plots.stages import Stage
from api.thresholds.document import Unit


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class FrameDensity(BaseModel):
    """What one frame says of one pest."""

    pest: str = Field(examples=["brown_planthopper"])
    count: int
    density: float | None = Field(
        description="per m², or new ones per trap and night; null where nothing can be said"
    )
    unit: str = Field(examples=["per_m2"])


class FrameCountView(BaseModel):
    """What was counted in one frame of a plot."""

    frame_id: str
    camera_id: str
    captured_at: datetime
    kind: ViewKind
    usable: bool = Field(description="a zero means that there was none")
    pests: list[FrameDensity]
    excess_green: float | None
    canopy_cover: float | None


class ThresholdView(BaseModel):
    """The action threshold (防治指标) in force at a point."""

    value: float = Field(description="in the unit of the series")
    published: float = Field(description="as its source has it, in `published_unit`")
    published_unit: Unit
    source: str
    version: str = Field(examples=["rice-example-2026.1"])


class TrendView(_View):
    """Theil-Sen slope per day with its 95 % interval, which few points do not have."""

    slope: float
    low: float | None
    high: float | None


class PointView(BaseModel):
    """A day or a week."""

    period: str = Field(examples=["2026-W47"])
    start: datetime
    end: datetime
    value: float | None = Field(description="median of its usable frames; null without any")
    frames: int = Field(description="usable ones")
    lowest: float | None
    highest: float | None
    bbch: int | None = Field(description="growth stage")
    stage: Stage | None
    threshold: ThresholdView | None
    threshold_missing: Missing | None = Field(description="why there is no threshold")
    severity: int | None = Field(
        ge=1, le=4, description="where the threshold is reached by enough frames"
    )


class SeriesView(BaseModel):
    """How a pest of a plot goes over time; every period is there, also those without a frame."""

    plot_id: str
    pest: str
    unit: str = Field(description="per_m2 or per_trap_night", examples=["per_m2"])
    period: PeriodKind
    time_zone: str = Field(examples=["Asia/Shanghai"])
    first: date
    last: date
    trend: TrendView | None = Field(description="of the days' values")
    points: list[PointView]


class GreenPoint(BaseModel):
    """How green a plot was in a day or a week: medians of its usable close frames."""

    period: str = Field(examples=["2026-W47"])
    start: datetime
    end: datetime
    frames: int
    excess_green: float | None = Field(description="-1 to 2; grey is 0 (Woebbecke et al. 1995)")
    canopy_cover: float | None = Field(description="share of the picture that is plant, 0 to 1")


class GreennessView(BaseModel):
    """The growth (长势) of a plot over time."""

    plot_id: str
    period: PeriodKind
    time_zone: str
    first: date
    last: date
    points: list[GreenPoint]
