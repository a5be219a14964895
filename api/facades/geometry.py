"""What makes a measured facade unusable, said so that it can be mended."""

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np

from api.facades.schemas import FacadeBody, FacadeGrid, PictureSize
from inference.falling.origin import Grid
from inference.falling.view import View

FARTHEST = 10
"""How many pictures away from the picture a corner may lie: a camera sees part of a facade."""

_LEAST_SHARE = 0.001  # of the picture

_Point = tuple[float, float]


def view_from(body: FacadeBody) -> View:
    """Return what a camera sees of a building.

    Raises:
        ValueError: region or grid cannot be right; the message says why.
    """
    if body.region is None and body.grid is None:
        raise ValueError("give a region, a grid, or both")
    if body.region is not None:
        _check_region(body.region, body.picture)
    return View(
        width=body.picture.width,
        height=body.picture.height,
        region=tuple(body.region) if body.region is not None else None,
        grid=_grid(body.grid, body.picture) if body.grid is not None else None,
    )


def _check_region(region: Sequence[_Point], picture: PictureSize) -> None:
    for x, y in region:
        if not (0 <= x <= picture.width and 0 <= y <= picture.height):
            raise ValueError(
                f"the region's corner ({x:g}, {y:g}) lies outside the picture of "
                f"{picture.width}x{picture.height} pixels"
            )
    sides = list(zip(region, [*region[1:], region[0]], strict=True))
    if any(_cross(*one, *other) for one, other in combinations(sides, 2)):
        raise ValueError("the region's sides cross: give its corners in order around the building")
    if (
        cv2.contourArea(np.array(region, np.float32))
        < _LEAST_SHARE * picture.width * picture.height
    ):
        raise ValueError("the region has hardly any area")


def _grid(grid: FacadeGrid, picture: PictureSize) -> Grid:
    for x, y in grid.corners:
        if max(abs(x) / picture.width, abs(y) / picture.height) > FARTHEST:
            raise ValueError(
                f"the grid's corner ({x:g}, {y:g}) lies more than {FARTHEST} pictures away from "
                f"the picture of {picture.width}x{picture.height} pixels"
            )
    top_left, top_right, bottom_right, bottom_left = grid.corners
    upright = top_left[1] + top_right[1] < bottom_left[1] + bottom_right[1]
    unmirrored = top_left[0] + bottom_left[0] < top_right[0] + bottom_right[0]
    if not (upright and unmirrored):
        raise ValueError(
            "the grid's corners go top left, top right, bottom right, bottom left of the facade"
        )
    facade = Grid(corners=grid.corners, floors=grid.floors, columns=grid.columns)
    seen = np.zeros((picture.height, picture.width), np.uint8)
    cv2.fillConvexPoly(seen, np.rint(grid.corners).astype(np.int32), 1)
    if not seen.any():
        raise ValueError("the grid's facade lies outside the picture")
    return facade


def _cross(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    """Say whether the segments ab and cd cross within both."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: _Point, b: _Point, c: _Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
