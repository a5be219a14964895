"""Cameras as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.camera_health.models import AnyTrouble, Trouble
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

Score = Annotated[float, Field(ge=0, le=1)]
Thresholds = Annotated[
    dict[str, Score],
    Field(
        max_length=50,
        description="by class: the score that one look must reach before a person is asked",
        examples=[{"pothole": 0.45}],
    ),
]


Quiet = Annotated[int, Field(ge=1, le=60 * 24 * 30, description="minutes", examples=[60])]


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


class Newest(BaseModel):
    """The newest picture of a camera."""

    url: str
    captured_at: datetime
    width: int = Field(description="of the frame that it was made of; it may be smaller itself")
    height: int


class Golden(BaseModel):
    """What a fixed camera ought to show, and what came of comparing its newest picture with it."""

    model_config = ConfigDict(from_attributes=True)

    captured_at: datetime
    marked_by: str
    marked_at: datetime
    compared_at: datetime | None = Field(description="when the compared picture was captured")
    other_light: bool = Field(description="it was night instead of day, and could not be compared")
    trouble: Trouble | None = Field(description="None where it showed the same")
    shift_px: float | None = Field(description="by how much a moved camera moved")


HealthState = Literal["well", "disabled", "new"] | AnyTrouble


class CameraHealth(BaseModel):
    """How a camera is: well, disabled, new (never heard of), or what is wrong with it.

    `losing`: its gateway gives up pictures that it could not send.
    """

    state: HealthState
    since: datetime | None = Field(description="None while it is well")
    detail: str | None = Field(default=None, description="in the gateway's words")
    finding_id: str | None = Field(
        default=None, description="what the maintenance crew is told of it"
    )


class CameraView(_Place):
    """A camera."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: CameraName
    kind: CameraKind
    gateway_id: str
    gateway_name: str
    inspections: list[str]
    calibration: Calibration
    thresholds: dict[str, float] = Field(
        description="by class, where they differ from the model's own"
    )
    created_at: datetime
    disabled_at: datetime | None
    last_heard_at: datetime | None = Field(description="when its newest frame or clip came")
    picture: Newest | None = Field(description="None until it has sent one")
    golden: Golden | None
    health: CameraHealth
    quiet_floor_minutes: int | None = Field(description="so long it may be quiet; null is usual")
    quiet_ceiling_minutes: int | None = Field(
        description="so long it may be quiet at most; null is usual"
    )


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
    thresholds: Thresholds | None = None
    quiet_floor_minutes: Quiet | None = Field(default=None, description="null is what is usual")
    quiet_ceiling_minutes: Quiet | None = Field(default=None, description="null is what is usual")
    disabled: bool | None = None


class ClassThreshold(BaseModel):
    """A class of a camera, and how sure a look must be before a person is asked."""

    class_name: str = Field(alias="class", examples=["pothole"])
    inspection: str = Field(examples=["road_damage"])
    model_threshold: Score = Field(description="the model reports nothing less sure")
    threshold: Score | None = Field(description="this camera's; None where it is the model's")


class ThresholdsWanted(BaseModel):
    """Thresholds to be tried on what was found last week."""

    model_config = ConfigDict(extra="forbid")

    thresholds: Annotated[Thresholds, Field(min_length=1)]


class Tally(BaseModel):
    """Findings, by what people said of them."""

    confirmed: int = 0
    rejected: int = 0
    duplicate: int = 0
    unreviewed: int = 0


class ClassPreview(BaseModel):
    """What a threshold would have made of last week's findings of a class."""

    class_name: str = Field(alias="class", examples=["pothole"])
    threshold: Score
    since: datetime = Field(description="findings that the camera saw then or later")
    kept: Tally = Field(description="operators would have been asked all the same")
    lost: Tally = Field(description="operators would not have been asked")
    gained: Tally = Field(description="operators would have been asked, and were not")


class ThresholdPreview(BaseModel):
    """What thresholds would have made of last week's findings; nothing is changed."""

    items: list[ClassPreview]
