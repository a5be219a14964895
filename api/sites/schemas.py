"""Sites as they go over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.baselines.schemas import BaselineView
from api.camera_health.schemas import TroubleView

Box = tuple[float, float, float, float]
_STAGES = ["construction_activity", "new_structure"]


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CameraOfSite(_View):
    """The camera that watches a site."""

    id: str
    name: str


class SiteView(BaseModel):
    """How it stands with a fixed camera that watches for illegal building."""

    camera: CameraOfSite
    state: Literal["learning", "proposed", "watching"] = Field(
        description="whether baselines are being learned, wait for approval, or are in force"
    )
    baselines: list[BaselineView] = Field(description="those that stand, one for each light")
    waiting: int = Field(description="frames that are not yet put together", examples=[5])
    newest_frame_at: datetime | None
    newest_composite_at: datetime | None
    troubles: list[TroubleView] = Field(description="of the camera, that last")
    warnings: list[str] = Field(description="what else keeps it from being watched")


class CompositeFrame(BaseModel):
    """One of the frames that a composite is the median of."""

    frame_id: str
    sha256: str
    captured_at: datetime


class CompositeView(BaseModel):
    """One picture of many frames of half a day, or of some days where they are few."""

    id: str
    camera_id: str
    baseline_id: str = Field(description="that it was compared with")
    light: str = Field(examples=["day"])
    end_at: datetime = Field(description="end of the half day that it is of")
    first_at: datetime
    last_at: datetime
    frames: list[CompositeFrame]
    picture_url: str
    width: int
    height: int
    model_digest: str = Field(description="SHA-256 of the model that compared it")


class RegionView(BaseModel):
    """A part of the picture that differs from the approved baseline."""

    id: str
    camera_id: str
    change: Literal["appeared", "removed"]
    stage: str = Field(examples=_STAGES)
    structure: str | None = Field(description="what it looks like", examples=["steel_shed"])
    severity: int = Field(ge=1, le=4)
    score: float = Field(ge=0, le=1)
    box: Box = Field(description="x1, y1, x2, y2 in pixels of the baseline's picture")
    area_share: float = Field(ge=0, le=1, description="of the picture")
    composites: int = Field(description="that showed it")
    first_at: datetime
    last_at: datetime
    confirmed_at: datetime | None
    gone_at: datetime | None = Field(description="when it was held to stand no longer")
    ended_at: datetime | None = Field(description="when it ceased to be followed")
    suppressed_by: str | None = Field(description="the zone that it lies in")
    baseline_id: str
    finding_id: str | None


class SiteDetails(_View):
    """What only a finding of illegal building has."""

    inspection: Literal["illegal_building"] = "illegal_building"
    region_id: str
    stage: str = Field(examples=_STAGES)
    structure: str | None = Field(description="what it looks like", examples=["steel_shed"])
    first_at: datetime = Field(description="of the first frame that shows it")
    confirmed_at: datetime | None
    gone_at: datetime | None = Field(description="when it was held to stand no longer")
    box: Box = Field(description="x1, y1, x2, y2 in pixels of the pictures kept of it")
    width: int = Field(description="of those pictures")
    height: int
    area_share: float = Field(description="of the picture, 0 to 1")
    baseline_id: str = Field(description="that it was compared with")
    approved_at: datetime | None = Field(description="when that baseline was approved")
