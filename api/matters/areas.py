"""The areas of the county, as places in which something comes back."""

from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from sqlalchemy.orm import Session

from api.grids.service import in_force
from api.matters.gathering import Occurrence, Place, PlaceOf


def in_areas(session: Session) -> PlaceOf:
    """Return what tells the smallest area in force that holds an occurrence, None where none does.

    Args:
        session: the open transaction; it is read once.
    """
    grids = sorted(in_force(session), key=lambda grid: (grid.area_m2, grid.code))
    shapes = shapely.from_wkb(np.array([grid.shape for grid in grids], dtype=object))
    tree = shapely.STRtree(shapes)
    known: dict[int, Place] = {}

    def place_of(each: Occurrence) -> Place | None:
        point = shapely.Point(each.longitude, each.latitude)
        holding = tree.query(point, predicate="covered_by")
        if not len(holding):
            return None
        number = int(holding.min())
        if number not in known:
            known[number] = _place(grids[number].code, grids[number].name, shapes[number])
        return known[number]

    return place_of


def _place(code: str, name: str, shape: Any) -> Place:
    within = shape.representative_point()
    return Place(
        code=code, name=name, latitude=within.y, longitude=within.x, outline=mapping(shape)
    )
