"""Matters as they go over the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.routing.labels import GridView


class WeekCount(BaseModel):
    """How many began in a week."""

    week: str = Field(examples=["2026-W47"])
    findings: int


class MatterView(BaseModel):
    """The same class that came back in the same cell of the H3 grid, or in the same area."""

    model_config = ConfigDict(populate_by_name=True)

    inspection: str = Field(examples=["road_damage"])
    class_name: str = Field(alias="class", examples=["pothole"])
    cell: str | None = Field(description="H3 index, by cell", examples=["8930e1d8c2bffff"])
    area: GridView | None = Field(description="by area")
    latitude: float = Field(description="of a cell's centre, or within an area; degrees, WGS-84")
    longitude: float
    findings: int = Field(description="confirmed ones that were first seen in these weeks")
    open: int = Field(description="of them, those that are not done")
    reopened: int = Field(description="repairs of them that did not hold")
    first_seen_at: datetime = Field(description="of the oldest of them")
    last_seen_at: datetime = Field(description="when the newest of them was first seen")
    weeks: list[WeekCount] = Field(description="weeks with at least one, oldest first")
    newest: list[str] = Field(description="ids of the newest 20 findings")


class MattersView(BaseModel):
    """What comes back."""

    weeks: int
    resolution: int = Field(description="of the H3 grid, by cell")
    items: list[MatterView]


class MatterFeature(BaseModel):
    """A matter on a map."""

    type: Literal["Feature"] = "Feature"
    geometry: Mapping[str, Any] = Field(description="Polygon or MultiPolygon")
    properties: MatterView


class MatterCollection(BaseModel):
    """Matters as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[MatterFeature]
