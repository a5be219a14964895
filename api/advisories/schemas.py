"""What is special of a finding of pests, as it goes over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.counts.periods import PeriodKind
from api.counts.schemas import ThresholdView, TrendView
from api.plots.stages import Stage


class PlotName(BaseModel):
    """The plot of a finding."""

    id: str
    name: str = Field(examples=["东升村3号田"])
    crop: str
    area_ha: float


class NextPeriod(BaseModel):
    """What the next period with enough usable frames showed, once it was over."""

    period: str = Field(examples=["2026-W48"])
    value: float
    below: bool = Field(description="below its threshold: the finding is verified")


class PestDetails(BaseModel):
    """Which pest crossed its action threshold, where and when.

    It follows its counts until somebody judges the finding, and stays as it was judged.
    """

    inspection: Literal["crop_pest"] = "crop_pest"
    plot: PlotName
    pest: str = Field(examples=["brown_planthopper"])
    period: str = Field(examples=["2026-W47"])
    period_kind: PeriodKind
    period_start: datetime
    period_end: datetime
    value: float = Field(description="median density of the period's usable frames")
    unit: str = Field(examples=["per_m2"])
    frames: int = Field(description="usable ones")
    threshold: ThresholdView
    ratio: float = Field(description="how many times the threshold the value is")
    bbch: int = Field(description="growth stage")
    stage: Stage
    stage_zh: str = Field(examples=["孕穗期"])
    trend: TrendView | None = Field(description="per day, over the four weeks before")
    next: NextPeriod | None
