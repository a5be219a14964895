"""Whether something moves: a small picture against what is usually there.

The usual picture is a running mean that takes in a sixteenth of each new one (Wren et al.,
"Pfinder", IEEE PAMI 19(7), 1997, section 2), a quarter of that where something moves, so that what
comes to rest becomes part of it. The change of the whole picture's brightness (a cloud, the
camera's exposure) is taken off first.
"""

import numpy as np
from numpy.typing import NDArray

from gateway.masks import covered
from gateway.sources.config import MotionConfig

WIDTH = 320
"""Pixels of the longer side of what is looked at."""

_LEARNS = 1 / 16
_LEARNS_WHERE_MOVING = _LEARNS / 4
# What changes as much at once is light, not motion: a lamp, the infrared filter.
_MOST_AREA = 0.7


class MotionDetector:
    """Looks for motion in the pictures of one camera.

    Args:
        config: how much is motion, and where.
    """

    def __init__(self, config: MotionConfig) -> None:
        self._config = config
        self._usual: NDArray[np.float32] | None = None
        self._zone: NDArray[np.bool_] | None = None

    def sees(self, luma: NDArray[np.uint8]) -> bool:
        """Look at the next picture's brightness (H, W), its longer side `WIDTH` pixels."""
        picture = luma.astype(np.float32)
        if self._usual is None or self._usual.shape != picture.shape:
            self._usual = picture
            self._zone = self._zones(*picture.shape)
            return False
        change = picture - self._usual
        shift = float(np.median(change))
        moving = np.abs(change - shift) > self._config.difference
        self._usual += np.where(moving, _LEARNS_WHERE_MOVING, _LEARNS) * change
        area = float(moving.mean() if self._zone is None else moving[self._zone].mean())
        if area > _MOST_AREA:
            self._usual = picture
            return False
        return area >= self._config.area

    def _zones(self, height: int, width: int) -> NDArray[np.bool_] | None:
        return covered(self._config.zones, height, width) if self._config.zones else None
