"""Camera health as it goes over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.camera_health.models import AnyTrouble


class TroubleView(BaseModel):
    """A time in which a camera could not do its work."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    camera_id: str | None = Field(description="null for a trouble of a gateway and all its cameras")
    gateway_id: str | None = Field(description="null for a trouble of one camera")
    trouble: AnyTrouble
    message: str = Field(description="what it means and how to mend it")
    first_at: datetime = Field(description="when the first such frame was captured")
    last_at: datetime
    frames: int = Field(description="in a row that could not be used")
    shift_px: float | None = Field(description="by how much a moved camera moved")
    detail: str | None = Field(description="in the gateway's words")
    lasting: bool
    finding_id: str | None = Field(description="what the maintenance crew is told of it")


class GatewayName(BaseModel):
    """A gateway that is itself in trouble."""

    id: str
    name: str


class DeviceDetails(BaseModel):
    """What a finding of camera health says: what is wrong, since when, and whether it still is."""

    inspection: Literal["camera_health"] = "camera_health"
    trouble: AnyTrouble
    message: str = Field(description="what it means and how to mend it")
    first_at: datetime
    last_at: datetime
    lasting: bool
    frames: int = Field(description="in a row that show it; 0 where none came")
    shift_px: float | None = Field(description="by how much a moved camera moved")
    detail: str | None = Field(description="in the gateway's words")
    gateway: GatewayName | None = Field(description="null where one camera is in trouble")
    cameras: list[str] = Field(description="names of the cameras that see nothing meanwhile")
    earlier: int = Field(description="times that it had the same trouble in the 90 days before")
