"""Reports of gateways as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0, lt=2**63)]
Text = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*$")]
CameraStatus = Literal["connecting", "live", "frozen", "unreachable", "ended"]


class QueueReport(BaseModel):
    """What waits on a gateway's disk, and what it could not send."""

    waiting_alerts: Count
    waiting_backfill: Count
    bytes: Count
    oldest_captured_at: AwareDatetime | None = None
    dropped: Count = Field(description="given up because the queue was full, ever")
    refused: Count = Field(description="refused by the service for good, ever")
    damaged: Count = Field(description="found damaged on the disk, ever")


class CameraReport(BaseModel):
    """How a camera looks from its gateway."""

    camera: Text = Field(description="id or name; one that is not the gateway's is left out")
    status: CameraStatus
    since: AwareDatetime
    last_frame_at: AwareDatetime | None = None
    detail: str = Field(default="", max_length=200, pattern=r"^[^\x00]*$")


class ReportPost(BaseModel):
    """What a gateway says of itself, every minute or so."""

    at: AwareDatetime = Field(description="the gateway's clock")
    version: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""
    clock_offset_ms: float | None = Field(
        default=None, allow_inf_nan=False, description="gateway's clock minus the service's"
    )
    queue: QueueReport
    cameras: list[CameraReport] = Field(default=[], max_length=1000)


class QueueView(BaseModel):
    """What waits at a gateway, and what it could not send."""

    model_config = ConfigDict(from_attributes=True)

    waiting_alerts: int
    waiting_backfill: int
    bytes: int
    oldest_captured_at: datetime | None
    dropped: int
    refused: int
    damaged: int


class ReportedCamera(BaseModel):
    """How a camera looks from its gateway."""

    camera_id: str
    name: str
    status: CameraStatus
    since: datetime
    last_frame_at: datetime | None
    detail: str


class ReportView(BaseModel):
    """The newest report of a gateway, and whether it still reports."""

    gateway_id: str
    gateway_name: str
    at: datetime = Field(description="by the gateway's clock")
    received_at: datetime
    version: str
    clock_offset_ms: float | None = Field(description="gateway's clock minus the service's")
    queue: QueueView
    lost_since: datetime | None = Field(
        description="since when it loses pictures; null where it has lost none in the last hour"
    )
    overdue: bool = Field(description="it has not reported for ten minutes")
    cameras: list[ReportedCamera] = Field(description="those that the caller may see")
