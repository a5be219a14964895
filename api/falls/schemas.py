"""What is special of a finding of a fall, as it goes over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Span(BaseModel):
    """A floor or a column that is likely, and the range that holds it in about 95 of 100 cases."""

    low: int = Field(examples=[6])
    likely: int = Field(examples=[7])
    high: int = Field(examples=[8])


class OriginView(BaseModel):
    """Where a thing came from; positions in pixels of the clip."""

    x: float
    y: float
    uncertainty_px: float = Field(
        description="radius that holds it in about 95 of 100 cases, if it was dropped at rest"
    )
    floor: Span | None = Field(
        description="from 1 at the ground; null where the camera's facade is not known"
    )
    column: Span | None = Field(description="of windows, from 1 at the left")


class FallView(BaseModel):
    """One thing that fell, as one clip shows it."""

    clip_id: str
    status: Literal["confirmed", "suspected"] = Field(
        description="by the detector: confirmed where an operator need not doubt it"
    )
    score: float = Field(ge=0, le=1)
    started_at: datetime
    ended_at: datetime
    same: bool = Field(description="another clip shows the same fall")
    width: int = Field(description="of the clip, in pixels")
    height: int = Field(description="of the clip, in pixels")
    track: list[tuple[float, float, float]] = Field(
        description="seconds after `started_at`, x, y", examples=[[[0.12, 804.5, 211.0]]]
    )
    origin: OriginView


class FallDetails(BaseModel):
    """What fell: the surest fall of the finding, and all of them."""

    inspection: Literal["falling_object"] = "falling_object"
    status: Literal["confirmed", "suspected"]
    score: float = Field(ge=0, le=1)
    started_at: datetime
    ended_at: datetime
    origin: OriginView
    things: int = Field(description="that fell within seconds from the same place")
    falls: list[FallView] = Field(description="in the order in which they began")
