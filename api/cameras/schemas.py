"""Cameras as they go over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.cameras.models import CameraKind

CameraName = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["bus 17 front"]),
]
Inspections = Annotated[list[str], Field(min_length=1, max_length=10, examples=[["road_damage"]])]
Latitude = Annotated[
    float | None, Field(ge=-90, le=90, description="of a fixed camera; degrees, WGS-84")
]
Longitude = Annotated[
    float | None, Field(ge=-180, le=180, description="of a fixed camera; degrees, WGS-84")
]
HeadingDeg = Annotated[
    float | None,
    Field(ge=0, le=360, description="of a fixed camera; degrees clockwise from true north"),
]


class Calibration(BaseModel):
    """How a camera is mounted; what is absent takes the default of the camera's kind.

    The `…_sd` are 1-sigma uncertainties of the values they are named for.
    """

    model_config = ConfigDict(extra="forbid")

    height_m: float | None = Field(None, gt=0, le=100, description="of the lens above the ground")
    height_sd_m: float | None = Field(None, gt=0, le=10)
    pitch_deg: float | None = Field(None, ge=-90, le=90, description="of the axis, down positive")
    pitch_sd_deg: float | None = Field(None, gt=0, le=20)
    hfov_deg: float | None = Field(None, gt=5, lt=170, description="horizontal field of view")
    hfov_sd_deg: float | None = Field(None, gt=0, le=20)


class _Place(BaseModel):
    latitude: Latitude = None
    longitude: Longitude = None
    heading_deg: HeadingDeg = None

    @model_validator(mode="after")
    def _both_or_none(self) -> "_Place":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude are given together or not at all")
        return self


class CameraView(_Place):
    """A camera."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: CameraName
    kind: CameraKind
    gateway_id: str
    inspections: list[str]
    calibration: Calibration
    created_at: datetime
    disabled_at: datetime | None


class CameraCreate(_Place):
    """A new camera."""

    model_config = ConfigDict(extra="forbid")

    name: CameraName
    kind: CameraKind
    gateway_id: str
    inspections: Inspections
    calibration: Calibration = Calibration()


class CameraUpdate(_Place):
    """What of a camera is to change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: CameraName | None = None
    inspections: Inspections | None = None
    calibration: Calibration | None = None
    disabled: bool | None = None
