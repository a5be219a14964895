"""One gatherer or reviewer at a time in one place, whatever process it runs in."""

from collections.abc import Iterable

import h3
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.findings.geodesy import cells_around

MAP_RESOLUTION = 11
"""H3 resolution of the map's cells: edges of 29 m."""

MAP_RINGS = 2
"""Rings of cells that a gatherer reads: everything within 80 m."""

_LOCK_RESOLUTION = 8


def map_cell(latitude: float, longitude: float) -> str:
    """Return the map's cell that holds a WGS-84 position in degrees."""
    return cells_around(latitude, longitude, MAP_RESOLUTION, 0)[0]


def lock_places(session: Session, places: Iterable[tuple[float, float]]) -> None:
    """Wait until nobody else gathers or reviews around these places; until the commit.

    The locks are those of coarse cells, taken in one order, so that two callers never wait for
    each other. SQLite has one writer at a time anyway.

    Args:
        session: the open transaction.
        places: latitude, longitude in degrees, WGS-84.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    coarse = {
        h3.cell_to_parent(cell, _LOCK_RESOLUTION)
        for place in places
        for cell in cells_around(*place, MAP_RESOLUTION, MAP_RINGS)
    }
    for key in sorted(h3.str_to_int(cell) for cell in coarse):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
