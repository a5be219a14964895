"""Where a falling thing came from: back along its track to the facade."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_DEPTH_FLOORS = 0.5
"""A thing falls a metre before the wall, which shifts it by about half a floor in a view from
below."""
SIGMAS = 2.0
"""Standard deviations in an origin's radius."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Floors and columns of a facade as a camera sees it.

    Attributes:
        corners: Top left, top right, bottom right and bottom left corner of the facade, x, y in
            pixels of the clip; they may lie outside the picture.
        floors: Number of floors between them.
        columns: Number of window columns between them.

    Raises:
        ValueError: The corners are no convex quadrilateral in this order, or a number is below 1.
    """

    corners: tuple[
        tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]
    ]
    floors: int
    columns: int

    def __post_init__(self) -> None:
        if min(self.floors, self.columns) < 1:
            raise ValueError("a grid needs at least one floor and one column")
        points = np.array(self.corners, np.float64)
        sides = np.roll(points, -1, axis=0) - points
        following = np.roll(sides, -1, axis=0)
        turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
        if not (np.isfinite(points).all() and (turns > 0).all()):
            raise ValueError("corners must go clockwise from the top left around a convex facade")

    def cell(self, x: float, y: float) -> tuple[float, float]:
        """Floors above the ground and columns from the left at a pixel, as real numbers."""
        square = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
        matrix = cv2.getPerspectiveTransform(np.array(self.corners, np.float32), square)
        place = matrix @ [x, y, 1.0]
        return float(place[1] / place[2]) * self.floors, float(place[0] / place[2]) * self.columns


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a thing was let go.

    Attributes:
        x: In pixels of the clip.
        y: In pixels of the clip.
        uncertainty_px: Radius that holds it in about 95 of 100 cases, if it was dropped at rest.
        floors: Lowest, likeliest and highest floor, 1 at the ground; None without a grid.
        columns: Leftmost, likeliest and rightmost column, 1 at the left; None without a grid.
    """

    x: float
    y: float
    uncertainty_px: float
    floors: tuple[int, int, int] | None = None
    columns: tuple[int, int, int] | None = None


def locate(point: NDArray[np.float64], uncertainty_px: float, grid: Grid | None) -> Origin:
    """Name the origin of a fall.

    Args:
        point: (2,) x, y where it began, pixels.
        uncertainty_px: Standard deviation of that.
        grid: The facade, if it is known.
    """
    x, y = float(point[0]), float(point[1])
    radius = SIGMAS * uncertainty_px
    if grid is None:
        return Origin(x, y, radius)
    floor, column = grid.cell(x, y)
    around = np.array(
        [
            grid.cell(x + dx, y + dy)
            for dx, dy in ((radius, 0), (-radius, 0), (0, radius), (0, -radius))
        ]
    )
    return Origin(
        x,
        y,
        radius,
        _span(
            float(around[:, 0].min()) - _DEPTH_FLOORS, floor, float(around[:, 0].max()), grid.floors
        ),
        _span(float(around[:, 1].min()), column, float(around[:, 1].max()), grid.columns),
    )


def _span(low: float, middle: float, high: float, most: int) -> tuple[int, int, int]:
    first, likely, last = (int(np.clip(np.floor(v) + 1, 1, most)) for v in (low, middle, high))
    return first, likely, last
