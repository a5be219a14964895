"""Where the installation is: roughly, from its grids."""

import time
from math import cos, radians

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.areas import BoundingBox
from api.grids.models import Grid

BEYOND_M = 20_000.0
"""How far outside of every grid a camera may be before its position is doubted."""

_DEGREE_M = 111_320.0
_READ_EVERY_S = 60.0
_NOWHERE_DEG = 0.01


class Extent:
    """The box around all grids in force, read anew every minute; shared by threads."""

    def __init__(self) -> None:
        self._known: tuple[float, BoundingBox | None] | None = None

    def excludes(self, session: Session, latitude: float | None, longitude: float | None) -> bool:
        """Say whether a position cannot be of this installation.

        It lies more than 20 km beyond every grid in force, or it is 0, 0, which receivers say that
        do not know their position. Without grids every other position may be right.

        Args:
            session: an open transaction.
            latitude: degrees, WGS-84; None without a position.
            longitude: degrees, WGS-84.
        """
        if latitude is None or longitude is None:
            return False
        if abs(latitude) < _NOWHERE_DEG and abs(longitude) < _NOWHERE_DEG:
            return True
        box = self._box(session)
        if box is None:
            return False
        north_deg = BEYOND_M / _DEGREE_M
        east_deg = north_deg / max(0.01, cos(radians(latitude)))
        return not (
            box.south - north_deg <= latitude <= box.north + north_deg
            and box.west - east_deg <= longitude <= box.east + east_deg
        )

    def _box(self, session: Session) -> BoundingBox | None:
        known = self._known
        if known is None or time.monotonic() - known[0] > _READ_EVERY_S:
            west, south, east, north = session.execute(
                select(
                    func.min(Grid.west),
                    func.min(Grid.south),
                    func.max(Grid.east),
                    func.max(Grid.north),
                ).where(Grid.ended_at.is_(None))
            ).one()
            box = None if west is None else BoundingBox(west, south, east, north)
            known = self._known = (time.monotonic(), box)
        return known[1]
