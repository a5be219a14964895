"""Routing tables as they go over the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.cases.schemas import DestinationName
from api.routing.labels import GridView


class RoutingTableView(BaseModel):
    """A version of the routing table, without its text."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: int = Field(description="versions count from 1", examples=[3])
    name: str = Field(examples=["Example county, routing"])
    loaded_by: str
    loaded_at: datetime
    ended_at: datetime | None = Field(description="null while it is in force")


class RoutingTableText(RoutingTableView):
    """A version of the routing table with its text."""

    text: str = Field(description="YAML")


class ChangeView(BaseModel):
    """One difference between two versions; null where the entry is not in one."""

    model_config = ConfigDict(from_attributes=True)

    part: Literal["table", "calendar", "classes", "routes", "order", "escalation"]
    key: str = Field(examples=["pothole_danger"])
    before: Any
    after: Any


class RoutingDifferences(BaseModel):
    """What changed between two versions."""

    before: int | None = Field(description="the version; null compares with nothing")
    after: int | None = Field(description="the version; null for a text that was only checked")
    changes: list[ChangeView]


class RoutingChecked(BaseModel):
    """What a routing table that was checked holds, and what loading it would change."""

    name: str
    routes: list[str] = Field(description="their names", examples=[["pothole_danger"]])
    warnings: list[str] = Field(description="what is allowed and probably not meant")
    changes: list[ChangeView] = Field(description="to the table in force")


class RouteView(BaseModel):
    """What the routing table in force says of a finding."""

    table: int | None = Field(description="number of the version in force, null without one")
    route: str | None = Field(description="the route that is taken", examples=["pothole_danger"])
    fitting: list[str] = Field(description="every route that it fits, in order")
    destination: DestinationName | None = Field(description="null where nobody receives it")
    term: str | None = Field(examples=["3 working days"])
    review: Literal["policy", "always"]
    class_code: str | None = Field(description="11 digits", examples=["33010602080"])
    label_zh: str | None
    label_en: str | None
    grids: list[GridView] = Field(description="areas that hold the place, the smallest first")
