"""How green a field looks: the plain measure of growth (长势) that needs no model."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.decode import Picture

_MEASURED_LONG_SIDE = 640
"""Pixels; a share of the picture hardly depends on its resolution, and time does."""
_DARKEST = 0.06
"""Pixels whose mean channel (0 to 1) is lower are deep shadow: their colour is noise."""


@dataclass(frozen=True, slots=True)
class Greenness:
    """How green one picture is.

    Attributes:
        excess_green: Mean excess green index over the picture, -1 (no green at all) to 2 (pure
            green); grey gives 0.
        canopy_cover: Part of the picture that is green plant, 0 to 1.
    """

    excess_green: float
    canopy_cover: float


def greenness(picture: Picture) -> Greenness:
    """Measure how green a picture is.

    Excess green is ``2g - r - b`` of the chromatic coordinates ``r = R / (R + G + B)`` and so on
    (Woebbecke, Meyer, Von Bargen and Mortensen, "Color indices for weed identification under
    various soil, residue, and lighting conditions", Transactions of the ASAE 38(1), 1995).

    A pixel is plant where excess green exceeds excess red, ``1.4r - g`` (Meyer and Neto,
    "Verification of color vegetation indices for automated crop imaging applications", Computers
    and Electronics in Agriculture 63(2), 2008). That cut is fixed: Otsu's, which is drawn anew in
    every picture, halves a field of bare soil and one of closed canopy alike, and no two days
    could be compared.

    Deep shadow counts as grey and as no plant.

    Args:
        picture: The decoded picture.

    Returns:
        Its measures.
    """
    height, width = picture.image.shape[:2]
    scale = min(1.0, _MEASURED_LONG_SIDE / max(height, width))
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture.image, size_wh, interpolation=cv2.INTER_AREA)
    channels = small.astype(np.float32) / 255
    total = channels.sum(axis=2, keepdims=True)
    coordinates = channels / np.maximum(total, 1e-6)
    blue, green, red = (coordinates[..., index] for index in range(3))
    lit: NDArray[np.bool_] = total[..., 0] >= 3 * _DARKEST
    excess_green = np.where(lit, 2 * green - red - blue, 0)
    plant = lit & (excess_green > 1.4 * red - green)
    return Greenness(float(excess_green.mean()), float(plant.mean()))
