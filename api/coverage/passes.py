"""The ways that cameras on wheels went, as lines."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

import shapely
from pydantic import BaseModel, Field
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from api.areas import BoundingBox
from api.cameras.models import Camera, CameraKind
from api.findings.geodesy import distance_m
from api.findings.surroundings import PASS_GAP
from api.frames.models import Frame

MOST_FRAMES = 200_000
_FARTHEST_M = 300.0  # from one frame to the next of a pass
_STRAIGHT_DEG = 3e-5  # a line may lie so far from its frames: 3 m


class PassProperties(BaseModel):
    """One pass: frames of one camera with no long pause and no leap between them."""

    camera_id: str
    camera: str = Field(description="the camera's name", examples=["bus 17 front"])
    first_at: datetime
    last_at: datetime
    frames: int


class PassLine(BaseModel):
    """RFC 7946: longitude before latitude."""

    type: Literal["LineString"] = "LineString"
    coordinates: list[tuple[float, float]]


class PassFeature(BaseModel):
    """One pass on the map."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: PassLine
    properties: PassProperties


class PassCollection(BaseModel):
    """Passes as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[PassFeature]
    truncated: bool = Field(description="there are more than 200,000 frames: narrow it down")


def pass_collection(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    within: BoundingBox | None,
    visible: Collection[str] | None,
) -> dict[str, Any]:
    """Return the passes of buses whose frames have a position, by camera and time.

    Args:
        session: the open transaction.
        since: frames captured then or later.
        until: frames captured before then.
        within: only frames in this area.
        visible: the ids of the cameras that may be seen; None means every camera.

    Returns:
        The members of `PassCollection`.
    """
    query = (
        select(
            Frame.id,
            Frame.camera_id,
            Camera.name,
            Frame.captured_at,
            Frame.longitude,
            Frame.latitude,
        )
        .join(Camera, Camera.id == Frame.camera_id)
        .where(
            Camera.kind == CameraKind.BUS,
            Frame.captured_at >= since,
            Frame.captured_at < until,
            Frame.latitude.is_not(None),
            Frame.longitude.is_not(None),
            Frame.misplaced.is_(False),
        )
        .order_by(Frame.camera_id, Frame.captured_at, Frame.id)
        .limit(MOST_FRAMES + 1)
    )
    if within is not None:
        query = query.where(within.holds(Frame.latitude, Frame.longitude))
    if visible is not None:
        query = query.where(Frame.camera_id.in_(visible))
    rows = session.execute(query).all()
    return {
        "type": "FeatureCollection",
        "features": [_feature(frames) for frames in _passes(rows[:MOST_FRAMES]) if len(frames) > 1],
        "truncated": len(rows) > MOST_FRAMES,
    }


def _passes(rows: Iterable[Row[*tuple[Any, ...]]]) -> Iterator[list[Row[*tuple[Any, ...]]]]:
    current: list[Row[*tuple[Any, ...]]] = []
    for row in rows:
        if current and not _goes_on(current[-1], row):
            yield current
            current = []
        current.append(row)
    if current:
        yield current


def _goes_on(last: Row[*tuple[Any, ...]], row: Row[*tuple[Any, ...]]) -> bool:
    return (
        row.camera_id == last.camera_id
        and row.captured_at - last.captured_at <= PASS_GAP
        and distance_m((last.latitude, last.longitude), (row.latitude, row.longitude))
        <= _FARTHEST_M
    )


def _feature(frames: list[Row[*tuple[Any, ...]]]) -> dict[str, Any]:
    first, last = frames[0], frames[-1]
    line = shapely.LineString([(row.longitude, row.latitude) for row in frames])
    simple = line.simplify(_STRAIGHT_DEG, preserve_topology=False)
    return {
        "type": "Feature",
        "id": first.id,
        "geometry": {
            "type": "LineString",
            "coordinates": [(round(x, 6), round(y, 6)) for x, y in simple.coords],
        },
        "properties": {
            "camera_id": first.camera_id,
            "camera": first.name,
            "first_at": first.captured_at,
            "last_at": last.captured_at,
            "frames": len(frames),
        },
    }
