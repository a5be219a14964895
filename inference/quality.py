"""How well a picture could show anything: cheap measures, for Coverage."""

from dataclasses import dataclass

import cv2
import numpy as np

from inference.decode import Picture

# Sharpness depends on the size at which it is measured; at this one it costs half a millisecond.
_LONG_SIDE = 416
_DARK, _BRIGHT = 16, 240


@dataclass(frozen=True, slots=True)
class LookQuality:
    """Measures of one picture, each on a copy with a long side of 416 pixels.

    Attributes:
        sharpness: Variance of the Laplacian of the luminance, in squared grey levels (Pech-Pacheco
            et al., "Diatom autofocusing in brightfield microscopy", 2000); below about 50 a road
            picture is visibly blurred, foggy or empty.
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
    height, width = picture.image.shape[:2]
    scale = _LONG_SIDE / max(height, width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    shrunk = cv2.resize(picture.image, size_wh, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(shrunk, cv2.COLOR_BGR2GRAY)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    counts = np.bincount(grey.ravel(), minlength=256)
    return LookQuality(
        sharpness=float(deviation[0, 0] ** 2),
        brightness=float(counts @ np.arange(256) / grey.size / 255),
        dark_fraction=float(counts[:_DARK].sum() / grey.size),
        bright_fraction=float(counts[_BRIGHT + 1 :].sum() / grey.size),
    )
