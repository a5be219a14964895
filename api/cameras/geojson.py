"""Cameras as GeoJSON (RFC 7946), for maps: where they stand or were last, and how they are."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api.camera_health.models import CameraTrouble
from api.cameras.models import Camera, CameraKind
from api.frames.models import Frame
from api.maps import Point, point

SILENT_AFTER = timedelta(hours=24)
"""A camera that sent no frame for so long is silent: a bus rests at night, and no whole day."""


class Health(StrEnum):
    """How a camera is."""

    WELL = "well"
    TROUBLED = "troubled"
    SILENT = "silent"
    DISABLED = "disabled"


class CameraProperties(BaseModel):
    """What the map tells of a camera."""

    name: str = Field(examples=["bus 17 front"])
    kind: CameraKind
    health: Health
    trouble: str | None = Field(examples=["blurred"], description="what hinders it now")
    heading_deg: float | None = Field(description="of a fixed camera; clockwise from true north")
    last_frame_at: datetime | None


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


def camera_collection(
    session: Session, *, visible: Collection[str] | None, at: datetime
) -> dict[str, Any]:
    """Return cameras whose place is known.

    Args:
        session: the open transaction.
        visible: the ids of the cameras that may be seen; None means every camera.
        at: the present time.

    Returns:
        The members of `CameraCollection`.
    """
    last, placed = aliased(Frame), aliased(Frame)
    last_at = (
        select(func.max(last.captured_at)).where(last.camera_id == Camera.id).scalar_subquery()
    )
    last_place = (
        select(placed.id)
        .where(placed.camera_id == Camera.id, placed.latitude.is_not(None))
        .order_by(placed.captured_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            Camera,
            func.coalesce(Camera.latitude, Frame.latitude).label("latitude"),
            func.coalesce(Camera.longitude, Frame.longitude).label("longitude"),
            last_at.label("last_at"),
        )
        .outerjoin(Frame, Frame.id == last_place)
        .order_by(Camera.id)
    )
    if visible is not None:
        query = query.where(Camera.id.in_(visible))
    troubles = {
        row.camera_id: row.trouble
        for row in session.scalars(select(CameraTrouble).where(CameraTrouble.lasting))
    }
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row.Camera.id,
                "geometry": point(row.longitude, row.latitude),
                "properties": {
                    "name": row.Camera.name,
                    "kind": row.Camera.kind,
                    "health": _health(row.Camera, troubles, row.last_at, at),
                    "trouble": troubles.get(row.Camera.id),
                    "heading_deg": row.Camera.heading_deg,
                    "last_frame_at": row.last_at and row.last_at.replace(microsecond=0),
                },
            }
            for row in session.execute(query)
            if row.latitude is not None and row.longitude is not None
        ],
    }


def _health(
    camera: Camera, troubles: Mapping[str, str], last_at: datetime | None, at: datetime
) -> Health:
    if camera.disabled_at is not None:
        return Health.DISABLED
    if last_at is None or at - last_at > SILENT_AFTER:
        return Health.SILENT
    return Health.TROUBLED if camera.id in troubles else Health.WELL
