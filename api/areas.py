"""Areas that lists can be narrowed to."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

from fastapi import Query
from sqlalchemy import ColumnElement, and_, or_

from api.errors import Unprocessable

BoundingBoxQuery = Annotated[
    str | None,
    Query(
        description="west,south,east,north in degrees, WGS-84 (RFC 7946, section 5)",
        examples=["120.10,30.20,120.20,30.30"],
        max_length=120,
    ),
]


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """Degrees, WGS-84; `west` may lie east of `east`: the box then crosses the date line."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Return the box that a query names, None where it names none.

        Raises:
            Unprocessable: it is not four numbers in their ranges.
        """
        if text is None:
            return None
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            pass
        else:
            if -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90:
                return cls(west, south, east, north)
        raise Unprocessable(
            "bbox must be west,south,east,north in degrees, for example 120.10,30.20,120.20,30.30.",
            code="bbox-invalid",
        )

    def holds(self, latitude: Any, longitude: Any) -> ColumnElement[bool]:
        """Return the condition that two columns lie in the box."""
        east_west = (
            longitude.between(self.west, self.east)
            if self.west <= self.east
            else or_(longitude >= self.west, longitude <= self.east)
        )
        return and_(latitude.between(self.south, self.north), east_west)
