"""Cameras as GeoJSON (RFC 7946), for maps: where they stand or were last, and how they are."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api.cameras.models import Camera, CameraKind
from api.cameras.schemas import HealthState
from api.cameras.views import views
from api.frames.models import Frame
from api.maps import Point, point


class CameraProperties(BaseModel):
    """What the map tells of a camera; `GET /v1/cameras/{id}` tells the rest."""

    name: str = Field(examples=["bus 17 front"])
    kind: CameraKind
    health: HealthState
    heading_deg: float | None = Field(description="of a fixed camera; clockwise from true north")
    last_heard_at: datetime | None = Field(description="when its newest frame or clip came")


class CameraFeature(BaseModel):
    """One camera on the map: a fixed one where it stands, another where its last frame was."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Point
    properties: CameraProperties


class CameraCollection(BaseModel):
    """Cameras as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CameraFeature]


def camera_collection(session: Session, *, visible: Collection[str] | None) -> dict[str, Any]:
    """Return cameras whose place is known.

    Args:
        session: the open transaction.
        visible: the ids of the cameras that may be seen; None means every camera.

    Returns:
        The members of `CameraCollection`.
    """
    placed = aliased(Frame)
    last_place = (
        select(placed.id)
        .where(
            placed.camera_id == Camera.id,
            placed.latitude.is_not(None),
            placed.misplaced.is_(False),
        )
        .order_by(placed.captured_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            Camera,
            func.coalesce(Camera.latitude, Frame.latitude).label("latitude"),
            func.coalesce(Camera.longitude, Frame.longitude).label("longitude"),
        )
        .outerjoin(Frame, Frame.id == last_place)
        .order_by(Camera.id)
    )
    if visible is not None:
        query = query.where(Camera.id.in_(visible))
    rows = [row for row in session.execute(query) if row.latitude is not None]
    shown = views(session, [row.Camera for row in rows])
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": camera.id,
                "geometry": point(row.longitude, row.latitude),
                "properties": {
                    "name": camera.name,
                    "kind": camera.kind,
                    "health": camera.health.state,
                    "heading_deg": camera.heading_deg,
                    "last_heard_at": camera.last_heard_at,
                },
            }
            for row, camera in zip(rows, shown, strict=True)
        ],
    }
