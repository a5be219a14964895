"""Cases as GeoJSON (RFC 7946), for maps."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.areas import BoundingBox
from api.cases.models import Case
from api.cases.states import CaseState
from api.deadlines.lights import Light, light
from api.deadlines.models import CaseClock
from api.findings.models import Finding
from api.maps import Point, point

MOST_CASES = 50_000


class CaseProperties(BaseModel):
    """What the map tells of a case; `GET /v1/cases/{id}` tells the rest."""

    model_config = ConfigDict(populate_by_name=True)

    number: str = Field(examples=["XJ-20261121-000123"])
    state: CaseState
    light: Light
    finding_id: str
    class_name: str = Field(alias="class", examples=["pothole"])
    updated_at: datetime


class CaseFeature(BaseModel):
    """One case on the map, where its finding is."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Point
    properties: CaseProperties


class CaseCollection(BaseModel):
    """Cases as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CaseFeature]
    truncated: bool = Field(description="there are more than 50,000: narrow the area")


def case_collection(
    session: Session,
    *,
    states: Collection[CaseState] | None,
    within: BoundingBox | None,
    visible: Collection[str] | None,
    at: datetime,
) -> dict[str, Any]:
    """Return cases that have a place, the newest first, at most 50,000.

    Args:
        session: the open transaction.
        states: only cases that stand in one of these; None means any.
        within: in this area.
        visible: the ids of the cameras that may be seen; None means every camera.
        at: the present time, which says what is late.

    Returns:
        The members of `CaseCollection`.
    """
    query = (
        select(
            Case.id,
            Case.number,
            Case.state,
            Case.finding_id,
            Case.updated_at,
            Finding.longitude,
            Finding.latitude,
            Finding.class_name,
            light(at).label("light"),
        )
        .join(Finding, Finding.id == Case.finding_id)
        .outerjoin(CaseClock, CaseClock.current_case_id == Case.id)
        .where(Finding.latitude.is_not(None))
        .order_by(Case.id.desc())
        .limit(MOST_CASES + 1)
    )
    if states:
        query = query.where(Case.state.in_(states))
    if within is not None:
        query = query.where(within.holds(Finding.latitude, Finding.longitude))
    if visible is not None:
        query = query.where(Finding.camera_id.in_(visible))
    rows = session.execute(query).all()
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row.id,
                "geometry": point(row.longitude, row.latitude),
                "properties": {
                    "number": row.number,
                    "state": row.state,
                    "light": row.light,
                    "finding_id": row.finding_id,
                    "class": row.class_name,
                    "updated_at": row.updated_at.replace(microsecond=0),
                },
            }
            for row in rows[:MOST_CASES]
        ],
        "truncated": len(rows) > MOST_CASES,
    }
