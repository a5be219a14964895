"""Addresses for snapshots as they go over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class UploadCreate(BaseModel):
    """For how long, and for which snapshots, an address is made."""

    model_config = ConfigDict(extra="forbid")

    hours: float = Field(24.0, gt=0, le=720, examples=[24], description="until the address ends")
    pictures: int = Field(1, ge=1, le=10, description="snapshots that the command asks for")
    interval_s: int = Field(1, ge=1, le=3600, description="seconds between two of them")


class UploadView(BaseModel):
    """Where a device may send snapshots, and the command that tells it so."""

    url: str = Field(description="the `UploadURL`; whoever has it can send pictures")
    session_id: str = Field(description="the `SessionID`")
    expires_at: datetime
    command: str = Field(
        description="the `SnapShotConfig` element, for the platform that speaks SIP to the device"
    )
