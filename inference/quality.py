"""How well a picture could show anything: cheap measures, for Coverage."""

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike

from inference.decode import Picture

# Sharpness depends on the size at which it is measured.
_LONG_SIDE = 416
_DARK, _BRIGHT = 16, 240


@dataclass(frozen=True, slots=True)
class LookQuality:
    """Measures of one picture, each on a copy with a long side of 416 pixels.

    Attributes:
        sharpness: Variance of the Laplacian of the luminance, in squared grey levels (Pech-Pacheco
            et al., "Diatom autofocusing in brightfield microscopy", 2000). Real road pictures were
            measured at 138 to 800, the same blurred by 1 pixel of 416 at 6 to 34.
        brightness: Mean luminance, 0 (black) to 1 (white).
        dark_fraction: Share of pixels darker than 16 of 255, 0 to 1.
        bright_fraction: Share of pixels brighter than 240 of 255, 0 to 1.
    """

    sharpness: float
    brightness: float
    dark_fraction: float
    bright_fraction: float


def look_quality(picture: Picture) -> LookQuality:
    """Measure a decoded picture.

    Args:
        picture: The picture, at its full or a reduced size.

    Returns:
        The measures; they hardly depend on the size at which the picture was decoded.
    """
    grey = _shrink(cv2.cvtColor(picture.image, cv2.COLOR_BGR2GRAY))
    edges = cv2.Laplacian(grey, cv2.CV_16S)
    return LookQuality(
        sharpness=cv2.norm(edges, cv2.NORM_L2SQR) / grey.size - cv2.mean(edges)[0] ** 2,
        brightness=cv2.mean(grey)[0] / 255,
        dark_fraction=np.count_nonzero(grey < _DARK) / grey.size,
        bright_fraction=np.count_nonzero(grey > _BRIGHT) / grey.size,
    )


def _shrink(grey: MatLike) -> MatLike:
    """Scale to the long side that is measured, in halves: ten times quicker than INTER_AREA."""
    height, width = grey.shape
    while max(height, width) >= 2 * _LONG_SIDE:
        height, width = max(1, height // 2), max(1, width // 2)
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR)
    scale = _LONG_SIDE / max(height, width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(grey, size_wh, interpolation=cv2.INTER_LINEAR)
