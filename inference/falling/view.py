"""What a camera sees of a building: where to look for falls, and which floor is where."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.falling.origin import Grid


@dataclass(frozen=True, slots=True)
class View:
    """A building as a fixed camera sees it, measured once in one of its pictures.

    Attributes:
        width: Width in pixels of the picture that was measured.
        height: Height in pixels of that picture.
        region: Corners x, y of a polygon around the building; nothing is looked for outside it.
            None looks everywhere.
        grid: Floors and columns of its facade, if they are known.

    Raises:
        ValueError: The size is not positive, or the region is no polygon with an area in the
            picture.
    """

    width: int
    height: int
    region: tuple[tuple[float, float], ...] | None = None
    grid: Grid | None = None

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1:
            raise ValueError("the measured picture needs a width and a height")
        mask = self.mask()
        if mask is not None and not mask.any():
            raise ValueError("the region needs three corners or more and an area in the picture")

    def at_size(self, width: int, height: int) -> "View":
        """The same view in pixels of another size: a camera's second stream is scaled."""
        scale = np.array([width / self.width, height / self.height])
        return replace(
            self,
            width=width,
            height=height,
            region=None if self.region is None else _scaled(self.region, scale),
            grid=None
            if self.grid is None
            else replace(self.grid, corners=_scaled(self.grid.corners, scale)),
        )

    def mask(self) -> NDArray[np.uint8] | None:
        """The region as uint8 (H, W), 0 outside and 1 within; None if there is no region."""
        if self.region is None:
            return None
        mask = np.zeros((self.height, self.width), np.uint8)
        corners = np.array(self.region, np.float64)
        if corners.ndim == 2 and corners.shape[0] > 2 and np.isfinite(corners).all():
            cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
        return mask


def _scaled(points: tuple[tuple[float, float], ...], scale: NDArray[np.float64]) -> tuple[Any, ...]:
    return tuple((float(x), float(y)) for x, y in np.array(points, np.float64) * scale)
