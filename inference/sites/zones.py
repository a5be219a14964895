"""Places of a picture where building is permitted, of no concern, or especially watched."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from inference.sites.regions import Region

ZoneKind = Literal["works", "excluded", "watched"]
_Share = Annotated[float, Field(ge=0, le=1)]

_RASTER = 512
_COVERED = 0.5
_SEVERITY_FROM = (0.004, 0.015, 0.05)
_MOST_SEVERE = 4


class Zone(BaseModel):
    """A polygon of the picture with a time.

    Attributes:
        name: Identifier, unique for the camera.
        kind: `works` (building is permitted), `excluded` (nothing there is of concern), or
            `watched` (what is built there weighs more: fire lanes, roofs of schools).
        polygon: At least three corners (x, y), shares of the picture's width and height.
        starts: From when on it holds; None for ever.
        ends: Until when it holds; None for ever.
        permit: Number of the permit.
        reason: Why it was registered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    kind: ZoneKind
    polygon: Annotated[tuple[tuple[_Share, _Share], ...], Field(min_length=3)]
    starts: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    permit: str | None = None
    reason: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it holds at a time; its end no longer does."""
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)


def zones_over(
    region: Region, zones: Iterable[Zone], at: datetime, size_wh: tuple[int, int]
) -> list[Zone]:
    """Zones that hold at a time and cover at least half of a region.

    Args:
        region: The region.
        zones: The camera's zones.
        at: When.
        size_wh: Width and height of the baseline in pixels.
    """
    place = _raster(np.array(region.outline) / np.array(size_wh))
    area = max(int(place.sum()), 1)
    return [
        zone
        for zone in zones
        if zone.holds(at)
        and int((place & _raster(np.array(zone.polygon))).sum()) >= _COVERED * area
    ]


def severity(area: float, over: Iterable[Zone]) -> int:
    """How grave a structure is, 1 (slight) to 4 (dangerous).

    Args:
        area: Share of the picture, 0 to 1; from 0.4, 1.5 and 5 % on it weighs more.
        over: Zones over it: a watched one adds a step.
    """
    step = 1 + sum(area >= limit for limit in _SEVERITY_FROM)
    return min(_MOST_SEVERE, step + any(zone.kind == "watched" for zone in over))


def _raster(corners: NDArray[np.float64]) -> NDArray[np.uint8]:
    mask = np.zeros((_RASTER, _RASTER), np.uint8)
    points = np.rint(corners * (_RASTER - 1)).astype(np.int32)
    cv2.fillPoly(mask, [points], (1,))
    return mask
