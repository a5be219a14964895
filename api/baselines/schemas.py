"""Baselines as they go over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.baselines.states import BaselineState

Reason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        pattern=r"^[^\x00]*\S[^\x00]*$",
        description="kept in the audit record",
        examples=["looked at every roof and yard: all of it has a permit"],
    ),
]


class BaselineFrame(BaseModel):
    """One of the frames that a baseline is the median of."""

    frame_id: str
    sha256: str
    captured_at: datetime


class BaselineView(BaseModel):
    """What a camera's later pictures are compared with, of one light."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    camera_id: str
    light: str = Field(description="day or night", examples=["day"])
    state: BaselineState
    picture_url: str
    width: int
    height: int
    frames: list[BaselineFrame] = Field(description="that it is the median of, oldest first")
    warnings: list[str] = Field(
        description="what is less than it should be", examples=[["5 frames instead of 8"]]
    )
    proposed_at: datetime
    approved_at: datetime | None
    approved_by: str | None
    ended_at: datetime | None = Field(description="when another one took its place")


class ReasonGiven(BaseModel):
    """Why it is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
