"""What the watch over a camera keeps of a picture: how it is lit, where it is plain, a thumbnail.

A picture of a live camera is never quite the one before: the sensor's noise, the light and a
burnt-in clock change it. Of 42 real clips of nearly still scenes (one picture every two seconds,
JPEG), the least that two pictures in a row differed by was 0.6 % of the thumbnail's cells, the
fifth percentile 3.4 %; of the same clips frozen and sent through H.264, every tenth second a whole
picture, the median was 0.02 %. A burnt-in clock moves few cells, but those by far more than coding
does.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from inference.decode import Picture
from inference.quality import LookQuality
from inference.sites.registration import slopes

THUMBNAIL_WH = (160, 90)
BLOCKS_WH = (12, 8)
_LONG_SIDE = 480
_TEXTURED = 1.0  # standard deviation of a block's slopes, grey levels per pixel
_CHANGED = 2  # grey levels of a thumbnail's cell


@dataclass(frozen=True, slots=True)
class Sight:
    """What is kept of one picture.

    Attributes:
        sharpness: as `LookQuality` has it.
        brightness: as `LookQuality` has it.
        plain: which of 12x8 blocks show no edge, row by row, as a number with the first block in
            its lowest bit.
        thumbnail: luminance, uint8 (90, 160); nobody can be recognised in it.
    """

    sharpness: float
    brightness: float
    plain: int
    thumbnail: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a picture differs from another one of the camera.

    Attributes:
        share: of the thumbnail's cells that differ by 2 grey levels and more, 0 to 1.
        largest: difference of a cell, in grey levels.
    """

    share: float
    largest: int


def take_sight(picture: Picture, quality: LookQuality) -> Sight:
    """Measure a decoded picture.

    Args:
        picture: at its full or a reduced size.
        quality: of the same picture.
    """
    luma = _reduced(cv2.cvtColor(picture.image, cv2.COLOR_BGR2GRAY))
    steep = slopes(np.asarray(luma, np.uint8))
    columns, rows = BLOCKS_WH
    blocks = [
        block
        for row in np.array_split(steep, rows, axis=0)
        for block in np.array_split(row, columns, axis=1)
    ]
    plain = sum(1 << place for place, one in enumerate(blocks) if float(one.std()) < _TEXTURED)
    thumbnail = cv2.resize(luma, THUMBNAIL_WH, interpolation=cv2.INTER_AREA)
    return Sight(quality.sharpness, quality.brightness, plain, np.asarray(thumbnail, np.uint8))


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> Difference:
    """Compare two thumbnails."""
    apart = cv2.absdiff(one, other)
    return Difference(float(np.mean(apart >= _CHANGED)), int(apart.max()))


def plain_share(plain: int) -> float:
    """Return the share of blocks that show no edge, 0 to 1."""
    columns, rows = BLOCKS_WH
    return plain.bit_count() / (columns * rows)


def _reduced(luma: MatLike) -> MatLike:
    scale = min(1.0, _LONG_SIDE / max(luma.shape))
    return cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
