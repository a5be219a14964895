"""Action thresholds as they go over the wire."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from api.plots.stages import Stage
from api.thresholds.document import Threshold, Thresholds


class ThresholdSetView(BaseModel):
    """One imported version."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    version: str = Field(examples=["hangzhou-2026.2"])
    crop: str
    valid_from: date
    sha256: str = Field(description="of the document")
    imported_by: str
    imported_at: datetime


class ThresholdsView(BaseModel):
    """A version with all that it says."""

    content: Thresholds
    document: str = Field(description="YAML, as it was imported")
    sha256: str


class ChangeView(BaseModel):
    """A threshold that differs; null where a version has none for the pest and stage."""

    model_config = ConfigDict(from_attributes=True)

    pest: str
    stage: Stage
    before: Threshold | None
    after: Threshold | None


class DifferenceView(BaseModel):
    """What changed from one version to another."""

    before: str = Field(description="version", examples=["rice-example-2026.1"])
    after: str = Field(description="version", examples=["hangzhou-2026.2"])
    changes: list[ChangeView]
    settings: dict[str, tuple[object, object]] = Field(
        description="period, min_frames and severity where they differ: before, after"
    )


class ThresholdsChecked(BaseModel):
    """What a document that was checked holds, and what importing it would change."""

    content: Thresholds
    before: str | None = Field(description="the version whose place it would take, null for none")
    known: bool = Field(description="this very document was imported already")
    changes: list[ChangeView]
