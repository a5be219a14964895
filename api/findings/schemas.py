"""Findings as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.advisories.schemas import PestDetails
from api.camera_health.schemas import DeviceDetails
from api.external_detections.schemas import ExternalDetectionView
from api.falls.schemas import FallDetails
from api.findings.states import FindingState
from api.maps import Point
from api.passages.schemas import ViolationDetails
from api.reviews.schemas import ReviewView
from api.sites.schemas import SiteDetails
from inference.inspections import Kind

_ID = "0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"
Box = tuple[float, float, float, float]


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True, populate_by_name=True)


class CameraName(_View):
    """What saw a finding first."""

    id: str = Field(examples=[_ID])
    name: str = Field(examples=["bus 17 front"])


class PictureBox(_View):
    """A detection in a picture: x1, y1, x2, y2 in pixels."""

    class_name: str = Field(alias="class", examples=["pothole"])
    score: float | None = Field(description="null where it is hidden from a second reviewer")
    box: Box


class Picture(_View):
    """The picture that shows a finding best, with the boxes of that finding."""

    evidence_id: str
    plain_url: str
    annotated_url: str
    width: int
    height: int
    boxes: list[PictureBox]


class FindingSummary(_View):
    """A finding as a list shows it. Position: degrees, WGS-84."""

    id: str = Field(examples=[_ID])
    inspection: str = Field(examples=["road_damage"])
    kind: Kind
    class_name: str = Field(alias="class", examples=["pothole"])
    class_group: str = Field(examples=["pothole"])
    state: FindingState
    severity: int = Field(ge=1, le=4, description="1 slight to 4 dangerous")
    confidence: float | None = Field(
        ge=0,
        le=1,
        description="grows with independent looks; null where it is hidden from a second reviewer",
    )
    looks: int = Field(description="passes of cameras that saw it")
    camera: CameraName
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None = Field(description="radius that holds the true place with 68 %")
    size_m: float | None = Field(description="width on the ground, metres")
    first_seen_at: datetime
    last_seen_at: datetime
    duplicate_of: str | None
    case_id: str | None = Field(description="its last case")
    picture: Picture | None = Field(description="null where the caller may see none")


class ModelName(_View):
    """The model that a detection is of."""

    name: str
    version: str
    digest: str = Field(description="SHA-256 of the model's file")


class DetectionView(_View):
    """One detection of a finding."""

    id: str
    frame_id: str
    captured_at: datetime
    camera_id: str
    class_name: str = Field(alias="class")
    score: float | None = Field(description="null where it is hidden from a second reviewer")
    box: Box
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    model: ModelName | None = Field(description="null where it is hidden from a second reviewer")


class LookView(_View):
    """What one pass of one camera saw of a place."""

    id: str
    pass_key: str = Field(description="what all looks of one pass share")
    camera: CameraName
    first_at: datetime
    last_at: datetime
    frames: int = Field(description="that saw it")
    score: float | None = Field(
        description="of its best detection; null where it is hidden from a second reviewer"
    )
    size_m: float = Field(description="width on the ground, metres")
    heading_deg: float | None = Field(description="of the camera, clockwise from north")
    evidence_id: str | None = Field(description="the picture kept of it")


class ClipLinks(_View):
    """The video beside a picture."""

    content_type: str = Field(examples=["video/mp4"])
    starts_at: datetime = Field(description="when its first second begins")
    plain_url: str
    annotated_url: str = Field(description="with what was found drawn in")


class EvidenceView(_View):
    """One picture of a finding."""

    id: str
    frame_id: str | None = Field(description="null for a picture that was made of several frames")
    shows: str | None = Field(
        description="its part in a comparison: before, after, overlay, cleared, or look"
    )
    captured_at: datetime
    redacted: bool = Field(
        description="something is hidden: `POST /v1/evidence/{id}/original` shows it to few"
    )
    plain_url: str
    annotated_url: str
    clip: ClipLinks | None = Field(description="null where there is only the picture")


class FindingDetail(FindingSummary):
    """A finding with everything that is known of it."""

    detections: list[DetectionView] = Field(description="the newest 200, newest first")
    external: list[ExternalDetectionView] = Field(
        description="what the cameras themselves said of the frames that show it"
    )
    passes: list[LookView] = Field(
        description="the newest 50 looks at a place from the road, newest first"
    )
    details: (
        Annotated[
            DeviceDetails | FallDetails | PestDetails | SiteDetails | ViolationDetails,
            Field(discriminator="inspection"),
        ]
        | None
    ) = Field(description="what only its inspection knows")
    reviews: list[ReviewView]
    nearby: list[FindingSummary] = Field(description="others within 50 m, nearest first")
    evidence: list[EvidenceView]
    events: list[str] = Field(description="what can happen to it now", examples=[["confirm"]])


class FeatureProperties(BaseModel):
    """What the map tells of a finding; `GET /v1/findings/{id}` tells the rest."""

    model_config = ConfigDict(populate_by_name=True)

    class_name: str = Field(alias="class", examples=["pothole"])
    inspection: str
    state: FindingState
    severity: int
    last_seen_at: datetime


class Feature(BaseModel):
    """One finding on the map."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Point
    properties: FeatureProperties


class FeatureCollection(BaseModel):
    """Findings as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]
    truncated: bool = Field(description="there are more than 50,000: narrow the area")
    as_of: datetime | None = Field(
        description="give it as `changed_since` to be told only what has changed; a few come twice"
    )
