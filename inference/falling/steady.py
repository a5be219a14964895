"""Measures the small shake of a fixed camera."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LONG_SIDE = 480
_BLUR = 1.5
_ROUNDS = 8
_LARGEST_PX, _STILL_PX = 16.0, 0.15
_DONE = 0.02
_OUTLIER = 12.0
_KEEP, _RENEW_EVERY = 0.7, 8
_MARGIN, _LEAST_SIDE = 4, 24

_Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    """The camera at rest.

    Attributes:
        picture: (H, W).
        inner: (N,) its pixels without the margin.
        solve: (2, N): times the errors of the inner pixels it gives the shift.
    """

    picture: _Image
    inner: _Image
    solve: _Image


class Steadier:
    """Measures how far each frame is shifted against the camera at rest.

    Lucas and Kanade's alignment of the whole, reduced picture with the reference's slopes (inverse
    compositional: Baker and Matthews, "Lucas-Kanade 20 years on", IJCV 56, 2004); where something
    moves, errors count no more than twelve times the usual one.
    """

    def __init__(self) -> None:
        self._reference: _Reference | None = None
        self._still = 0

    def shift(self, luma: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Measure how far a frame lies to the right and below of the camera at rest.

        Args:
            luma: uint8 (H, W).

        Returns:
            (2,) x, y in pixels; 0 where it is still, or where nothing can be told.
        """
        scale = min(1.0, _LONG_SIDE / max(luma.shape))
        small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)
        if min(picture.shape) < _LEAST_SIDE:
            return np.zeros(2)
        if self._reference is None:
            self._reference = _prepare(picture)
            return np.zeros(2)
        shift = _align(picture, self._reference) / scale
        if np.abs(shift).max() > _LARGEST_PX:
            return np.zeros(2)
        if np.abs(shift).max() >= _STILL_PX:
            return np.asarray(shift, np.float64)
        self._still += 1
        if self._still % _RENEW_EVERY == 0:
            mixed = _KEEP * self._reference.picture + (1 - _KEEP) * picture
            self._reference = _prepare(np.asarray(mixed, np.float32))
        return np.zeros(2)


def _inner(picture: _Image) -> _Image:
    return picture[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN].ravel()


def _prepare(picture: _Image) -> _Reference:
    slopes = [
        np.asarray(cv2.Sobel(picture, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8), np.float32)
        for dx in (1, 0)
    ]
    x, y = (_inner(slope) for slope in slopes)
    normal = np.array([[x @ x, x @ y], [x @ y, y @ y]], np.float64)
    solve = np.zeros((2, len(x)), np.float32)
    if np.linalg.det(normal) > 1e-3 * np.trace(normal) ** 2 + 1e-6:
        solve = (np.linalg.inv(normal).astype(np.float32)) @ np.stack([x, y])
    return _Reference(picture, _inner(picture), solve)


def _align(picture: _Image, reference: _Reference) -> NDArray[np.float64]:
    """Shift (2,) of a picture against the reference, in its pixels."""
    shift = np.zeros(2)
    moved = picture
    for _ in range(_ROUNDS):
        error = _inner(moved) - reference.inner
        limit = _OUTLIER * (float(np.abs(error[::7]).mean()) + 0.25)
        np.clip(error, -limit, limit, out=error)
        step = (reference.solve @ error).astype(np.float64)
        shift -= step
        if np.abs(step).max() < _DONE:
            break
        matrix = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = picture.shape[1], picture.shape[0]
        warped = cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        moved = np.asarray(warped, np.float32)
    return shift
