"""Areas as they go over the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class AreaView(BaseModel):
    """An area of the county, without its shape."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["330106001002"])
    name: str = Field(examples=["文三路社区第二网格"])
    area_m2: float
    imported_by: str
    imported_at: datetime


class AreasImported(BaseModel):
    """What an import changed, or would change: codes of areas."""

    model_config = ConfigDict(from_attributes=True)

    added: list[str]
    changed: list[str] = Field(description="with another shape or name")
    removed: list[str]
    unchanged: int = Field(description="how many stay as they were")
    warnings: list[str] = Field(description="what is allowed and probably not meant")


class AreaFeatures(BaseModel):
    """Areas in force as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]
