"""What goes over the wire about frames."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.external_detections.schemas import ExternalDetectionView

_BOX = Field(
    description="x1, y1, x2, y2 in pixels of the picture as displayed",
    examples=[[412.0, 301.5, 498.2, 350.9]],
    min_length=4,
    max_length=4,
)
_ID = "0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"


class InspectingModelReply(BaseModel):
    """A model that looked at the frame."""

    inspection: str = Field(examples=["road_damage"])
    name: str = Field(examples=["road_damage"])
    version: str = Field(examples=["1.0.0"])
    digest: str = Field(description="SHA-256 of the ONNX file")
    variant: str = Field(examples=["int8"])


class DetectionReply(BaseModel):
    """What a model said of the frame."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(examples=[_ID])
    inspection: str = Field(examples=["road_damage"])
    class_name: str = Field(alias="class", examples=["pothole"])
    score: float = Field(ge=0, le=1, examples=[0.87])
    box: list[float] = _BOX
    finding_id: str | None = Field(description="the problem it belongs to", examples=[_ID])


class FindingReply(BaseModel):
    """A problem that the frame shows."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(examples=[_ID])
    class_name: str = Field(alias="class", examples=["pothole"])
    state: str = Field(examples=["candidate"])
    new: bool = Field(description="whether this frame is the first that shows it")


class FrameReply(BaseModel):
    """The receipt of a frame: it is durable, and this is what was found in it."""

    frame_id: str = Field(examples=[_ID])
    duplicate: bool = Field(description="whether the key was used before for the same frame")
    sha256: str = Field(description="of the picture's bytes")
    width: int = Field(description="pixels of the picture as displayed", examples=[1280])
    height: int = Field(examples=[720])
    models: list[InspectingModelReply]
    detections: list[DetectionReply]
    findings: list[FindingReply]
    warnings: list[str] = Field(
        description="What is doubtful about the frame, which is kept nevertheless; the contract "
        "lists the words. What is found in one with `no-position`, `position-outside`, "
        "`position-jumped` or `position-imprecise` has no place.",
        examples=[["no-position"]],
    )
    repeats: str | None = Field(
        default=None,
        description="the first frame of the camera with the very same picture, which this one was "
        "not looked at for: `duplicate-picture`",
    )


class FrameProblem(BaseModel):
    """Why one frame of several was not taken."""

    problem: dict[str, Any] = Field(description="problem details, as for a single frame")


class BatchReply(BaseModel):
    """One receipt or problem per frame, in the order of the metadata."""

    frames: list[FrameReply | FrameProblem]


class FrameDetection(BaseModel):
    """A detection and where it lies."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    id: str
    inspection: str
    class_name: str = Field(alias="class")
    score: float = Field(ge=0, le=1)
    box: list[float] = _BOX
    model_digest: str
    latitude: float | None = Field(description="on the ground, WGS-84, degrees")
    longitude: float | None
    accuracy_m: float | None = Field(description="1-sigma radius")


class FrameView(BaseModel):
    """One frame that was taken in."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(examples=[_ID])
    gateway_id: str
    camera_id: str
    sha256: str
    content_type: str = Field(examples=["image/jpeg"])
    width: int
    height: int
    captured_at: datetime = Field(description="by the gateway's clock")
    received_at: datetime = Field(description="by the service's clock")
    clock_offset_ms: float | None = Field(description="the gateway's clock minus the service's")
    latitude: float | None = Field(description="WGS-84, degrees")
    longitude: float | None
    gps_accuracy_m: float | None
    heading_deg: float | None
    speed_mps: float | None
    flags: dict[str, str] | None = Field(description="what other devices at the camera said")
    warnings: list[str] | None = Field(description="what was doubtful about it, as it was told")
    misplaced: bool = Field(description="whether its position is not relied on")
    repeats_id: str | None = Field(
        description="the first frame of the camera with the very same picture"
    )
    detections: list[FrameDetection]
    external: list[ExternalDetectionView] = Field(description="what the camera itself said")
