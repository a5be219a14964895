"""What is painted over in a picture before it leaves its camera's thread."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Polygon = Sequence[tuple[float, float]]


class Masks:
    """Polygons that are painted black.

    Args:
        polygons: corners right and down as shares (0 to 1) of the picture as displayed.
    """

    def __init__(self, polygons: Sequence[Polygon]) -> None:
        self._polygons = polygons
        self._covered: dict[tuple[int, int], NDArray[np.bool_]] = {}

    def __bool__(self) -> bool:
        return bool(self._polygons)

    def paint(self, luma: Plane, blue: Plane, red: Plane) -> None:
        """Paint over what is covered; what a colour's pixel shares with it is covered, too.

        Args:
            luma: (H, W), full range.
            blue: (H/2, W/2), rounded up.
            red: like `blue`.
        """
        covered = self._of(luma.shape[0], luma.shape[1])
        luma[covered] = 0
        even = np.pad(covered, ((0, covered.shape[0] % 2), (0, covered.shape[1] % 2)))
        colours = even.reshape(blue.shape[0], 2, blue.shape[1], 2).any(axis=(1, 3))
        blue[colours] = red[colours] = 128

    def paint_colours(self, picture: Plane) -> None:
        """Paint over what is covered in a picture of colours (H, W, 3)."""
        picture[self._of(picture.shape[0], picture.shape[1])] = 0

    def _of(self, height: int, width: int) -> NDArray[np.bool_]:
        if (height, width) not in self._covered:
            self._covered = {(height, width): covered(self._polygons, height, width)}
        return self._covered[height, width]


def covered(polygons: Sequence[Polygon], height: int, width: int) -> NDArray[np.bool_]:
    """Return which pixels (H, W) lie in any of the polygons, by the even-odd rule.

    A pixel that an edge crosses counts as covered.
    """
    mask = np.zeros((height, width), np.bool_)
    for polygon in polygons:
        corners = np.asarray(polygon, np.float64) * (width, height)
        for row in range(height):
            for share in (0.0, 0.5, 1.0):
                _fill(mask[row], _crossings(corners, row + share))
        _edges(mask, corners)
    return mask


def _crossings(corners: NDArray[np.float64], y: float) -> NDArray[np.float64]:
    """Return where a polygon's edges cross a line, from left to right."""
    following = np.roll(corners, -1, axis=0)
    crosses = (corners[:, 1] <= y) != (following[:, 1] <= y)
    begin, end = corners[crosses], following[crosses]
    along = (y - begin[:, 1]) / (end[:, 1] - begin[:, 1])
    return np.sort(begin[:, 0] + along * (end[:, 0] - begin[:, 0]))


def _fill(row: NDArray[np.bool_], crossings: NDArray[np.float64]) -> None:
    for left, right in crossings.reshape(-1, 2):
        row[max(0, int(np.floor(left))) : max(0, int(np.ceil(right)))] = True


def _edges(mask: NDArray[np.bool_], corners: NDArray[np.float64]) -> None:
    """Cover the pixels along a polygon's edges, which thin corners pass between two lines."""
    height, width = mask.shape
    for begin, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        steps = int(2 * np.abs(end - begin).max()) + 2
        points = np.linspace(begin, end, steps)
        mask[
            np.clip(points[:, 1].astype(int), 0, height - 1),
            np.clip(points[:, 0].astype(int), 0, width - 1),
        ] = True
