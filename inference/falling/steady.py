"""Measures the small shake of a fixed camera."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LONG_SIDE = 480
_BLUR = 1.5
_ROUNDS = 8
_LARGEST_PX, _STILL_PX = 16.0, 0.15
_DONE = 0.01
_OUTLIER = 12.0
_KEEP = 0.95
_LEAST_SIDE = 24

_Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    picture: _Image
    slope_x: _Image
    slope_y: _Image


class Steadier:
    """Measures how far each frame is shifted against the camera at rest.

    Lucas and Kanade's alignment of the whole, reduced picture with the reference's slopes (inverse
    compositional: Baker and Matthews, "Lucas-Kanade 20 years on", IJCV 56, 2004); pixels that do
    not fit, since something moves there, are left out.
    """

    def __init__(self) -> None:
        self._reference: _Reference | None = None

    def shift(self, luma: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Measure how far a frame lies to the right and below of the camera at rest.

        Args:
            luma: uint8 (H, W).

        Returns:
            (2,) x, y in pixels; 0 where it is still, or where nothing can be told.
        """
        scale = min(1.0, _LONG_SIDE / max(luma.shape))
        small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        picture = cv2.GaussianBlur(small.astype(np.float32), (0, 0), _BLUR)
        if self._reference is None:
            self._reference = _prepare(picture)
            return np.zeros(2)
        shift = _align(picture, self._reference) / scale
        if np.abs(shift).max() > _LARGEST_PX:
            return np.zeros(2)
        if np.abs(shift).max() >= _STILL_PX:
            return np.asarray(shift, np.float64)
        mixed = _KEEP * self._reference.picture + (1 - _KEEP) * picture
        self._reference = _prepare(np.asarray(mixed, np.float32))
        return np.zeros(2)


def _prepare(picture: NDArray[np.generic]) -> _Reference:
    image = np.asarray(picture, np.float32)
    slope_x = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope_y = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    return _Reference(image, np.asarray(slope_x, np.float32), np.asarray(slope_y, np.float32))


def _align(picture: NDArray[np.generic], reference: _Reference) -> NDArray[np.float64]:
    """Shift (2,) of a picture against the reference, in its pixels."""
    height, width = reference.picture.shape
    if min(height, width) < _LEAST_SIDE:
        return np.zeros(2)
    margin = np.s_[4 : height - 4, 4 : width - 4]
    x, y = reference.slope_x[margin].ravel(), reference.slope_y[margin].ravel()
    target = reference.picture[margin].ravel()
    shift = np.zeros(2)
    for _ in range(_ROUNDS):
        matrix = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
        moved = cv2.warpAffine(
            np.asarray(picture, np.float32),
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        error = np.asarray(moved, np.float32)[margin].ravel() - target
        typical = float(np.abs(error[::7]).mean()) + 0.25
        error[np.abs(error) > _OUTLIER * typical] = 0
        normal = np.array([[x @ x, x @ y], [x @ y, y @ y]], np.float64)
        if np.linalg.det(normal) < 1e-3 * np.trace(normal) ** 2 + 1e-6:
            return np.zeros(2)
        step = np.linalg.solve(normal, np.array([x @ error, y @ error], np.float64))
        shift -= step
        if np.abs(step).max() < _DONE:
            break
    return shift
