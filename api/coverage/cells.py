"""Where the ground was looked at in a time, and where it was not though it usually is."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import h3
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, case, extract, func, or_, select
from sqlalchemy.orm import Session

from api.areas import BoundingBox
from api.cameras.models import Camera
from api.coverage.models import Coverage
from api.findings.surroundings import PASS_GAP

MOST_CELLS = 50_000


class Look(StrEnum):
    """Whether a cell was looked at."""

    CLEAR = "clear"
    POOR = "poor"  # frames of it were too dark, too blurred, or not surely there
    MISSED = "missed"  # not in this time, and before it was


class CellProperties(BaseModel):
    """What the map tells of a cell."""

    look: Look
    passes: int = Field(description="of cameras that saw it clearly, in the time asked for")
    usable: float = Field(ge=0, le=1, description="share of its frames that saw it clearly")
    last_looked_at: datetime | None = Field(description="when it was seen clearly last")


class CellPolygon(BaseModel):
    """RFC 7946: longitude before latitude."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: list[list[tuple[float, float]]]


class CellFeature(BaseModel):
    """One cell of the H3 grid (resolution 10, a side of about 75 m)."""

    type: Literal["Feature"] = "Feature"
    id: str = Field(examples=["8a309c9a2c77fff"])
    geometry: CellPolygon
    properties: CellProperties


class CellCollection(BaseModel):
    """Coverage as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CellFeature]
    truncated: bool = Field(description="there are more than 50,000: narrow the area")


def cell_collection(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    usual_since: datetime,
    within: BoundingBox | None,
    visible: Collection[str] | None,
) -> dict[str, Any]:
    """Return the cells that were looked at, and those missed; at most 50,000.

    Args:
        session: the open transaction.
        since: frames captured then or later count.
        until: frames captured before then count.
        usual_since: a cell that was seen clearly between then and `since` is usual, and missed
            where no frame showed it since.
        within: in this area.
        visible: the ids of the cameras that may be seen; None means every camera.

    Returns:
        The members of `CellCollection`.
    """
    looked = _looked(session, _narrowed(since, until, within, visible))
    known = {feature["id"] for feature in looked}
    missed = [
        _feature(row.cell, Look.MISSED, 0, 0.0, row.last)
        for row in session.execute(
            _narrowed(usual_since, since, within, visible)
            .with_only_columns(Coverage.cell, func.max(Coverage.captured_at).label("last"))
            .where(Coverage.usable)
            .group_by(Coverage.cell)
            .order_by(Coverage.cell)
        )
        if row.cell not in known
    ]
    features = looked + missed
    return {
        "type": "FeatureCollection",
        "features": features[:MOST_CELLS],
        "truncated": len(features) > MOST_CELLS,
    }


def _looked(session: Session, narrowed: Select[Any]) -> list[dict[str, Any]]:
    at = extract("epoch", Coverage.captured_at)
    before = func.lag(at).over(
        partition_by=(Coverage.cell, Coverage.camera_id, Coverage.usable),
        order_by=Coverage.captured_at,
    )
    frames = narrowed.with_only_columns(
        Coverage.cell, Coverage.usable, Coverage.captured_at, (at - before).label("gap")
    ).subquery()
    begins = or_(frames.c.gap.is_(None), frames.c.gap > PASS_GAP.total_seconds())
    rows = session.execute(
        select(
            frames.c.cell,
            func.sum(case((and_(frames.c.usable, begins), 1), else_=0)).label("passes"),
            func.sum(case((frames.c.usable, 1), else_=0)).label("usable"),
            func.count().label("frames"),
            func.max(case((frames.c.usable, frames.c.captured_at))).label("last"),
        )
        .group_by(frames.c.cell)
        .order_by(frames.c.cell)
    )
    return [
        _feature(
            row.cell,
            Look.CLEAR if row.passes else Look.POOR,
            row.passes,
            row.usable / row.frames,
            row.last,
        )
        for row in rows
    ]


def _narrowed(
    since: datetime,
    until: datetime,
    within: BoundingBox | None,
    visible: Collection[str] | None,
) -> Select[Any]:
    # By camera, for that is what the index begins with.
    cameras = select(Camera.id) if visible is None else visible
    query = select(Coverage).where(
        Coverage.camera_id.in_(cameras),
        Coverage.captured_at >= since,
        Coverage.captured_at < until,
        Coverage.cell.is_not(None),
    )
    if within is not None:
        query = query.where(within.holds(Coverage.latitude, Coverage.longitude))
    return query


def _feature(
    cell: str, look: Look, passes: int, usable: float, last: datetime | None
) -> dict[str, Any]:
    corners = [
        (round(longitude, 6), round(latitude, 6))
        for latitude, longitude in h3.cell_to_boundary(cell)
    ]
    return {
        "type": "Feature",
        "id": cell,
        "geometry": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]},
        "properties": {
            "look": look,
            "passes": passes,
            "usable": round(usable, 2),
            "last_looked_at": last and last.replace(microsecond=0),
        },
    }
