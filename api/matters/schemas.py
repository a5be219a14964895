"""Matters as they go over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class WeekCount(BaseModel):
    """How many began in a week."""

    week: str = Field(examples=["2026-W47"])
    findings: int


class MatterView(BaseModel):
    """The same class that came back in the same cell of the grid."""

    model_config = ConfigDict(populate_by_name=True)

    inspection: str = Field(examples=["road_damage"])
    class_name: str = Field(alias="class", examples=["pothole"])
    cell: str = Field(description="H3 index", examples=["8930e1d8c2bffff"])
    latitude: float = Field(description="of the cell's centre, degrees, WGS-84")
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
    resolution: int
    items: list[MatterView]


class Outline(BaseModel):
    """RFC 7946: a ring of longitude and latitude."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: list[list[tuple[float, float]]]


class MatterFeature(BaseModel):
    """A matter on a map."""

    type: Literal["Feature"] = "Feature"
    geometry: Outline
    properties: MatterView


class MatterCollection(BaseModel):
    """Matters as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[MatterFeature]
