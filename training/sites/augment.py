"""Makes a training crop of a pair: another view, another light, and what passes by."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inference.sites.photometry import match_light
from training.photometric import degrade
from training.sites.passing import Cutout, pass_by
from training.sites.pool import Image, Pair

Matrix = NDArray[np.float64]

_SCALE = (0.55, 1.6)
_SHIFT_PX, _TURN, _ZOOM = 3.5, 0.004, 0.004
_DEGRADED = 0.45
_GREY, _MATCHED, _SWAPPED = 0.1, 0.6, 0.5


class Augmenter:
    """Turns a pair into a training crop.

    Args:
        size: Side of the crop in pixels, a multiple of 32.
        cutouts: Vehicles that stand on one side only and are no change.
    """

    def __init__(self, size: int, cutouts: Sequence[Cutout]) -> None:
        self._size = size
        self._cutouts = cutouts

    def __call__(self, pair: Pair, rng: Generator) -> Pair:
        """Crop, mirror, scale and turn both sides alike; then change how each of them looks.

        Args:
            pair: Of any size.
            rng: Where the randomness comes from.
        """
        view = self._view(pair, rng)
        truth = self._seen(pair.truth, view, cv2.INTER_NEAREST)
        sides = [
            self._seen(one, self._shaken(view, rng), cv2.INTER_LINEAR)
            for one in (pair.before, pair.after)
        ]
        sides = [pass_by(one, self._cutouts, rng) for one in sides]
        sides = [degrade(one, rng) if rng.random() < _DEGRADED else one for one in sides]
        if rng.random() < _GREY:
            sides = [_grey(one) for one in sides]
        if rng.random() < _MATCHED:
            sides[1] = match_light(sides[1], sides[0])
        if rng.random() < _SWAPPED:
            truth = truth.copy()
            truth[..., 0] = np.array([0, 2, 1], np.uint8)[truth[..., 0]]
            sides = sides[::-1]
        return replace(pair, before=sides[0], after=sides[1], truth=truth)

    def _view(self, pair: Pair, rng: Generator) -> Matrix:
        """3x3 matrix from the pair's pixels to the crop's, mostly with some of the change in it."""
        height, width = pair.before.shape[:2]
        scale = float(np.exp(rng.uniform(*np.log(_SCALE))))
        scale = max(scale, self._size / min(height, width))
        reach = min(self._size / scale, height, width) / 2
        at = np.array([rng.uniform(reach, width - reach), rng.uniform(reach, height - reach)])
        changed = np.argwhere(pair.truth[::8, ::8, 0])
        if len(changed) and rng.random() < 0.8:
            near = changed[int(rng.integers(len(changed)))][::-1] * 8.0
            near += rng.uniform(-0.8, 0.8, 2) * reach
            at = np.clip(near, reach, [width - reach, height - reach])
        turn = float(rng.normal(0, 0.04))
        cos, sin = scale * np.cos(turn), scale * np.sin(turn)
        mirror = float(rng.choice([-1.0, 1.0]))
        linear = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
        middle = np.array([self._size / 2, self._size / 2])
        return np.vstack([np.column_stack([linear, middle - linear @ at]), [0, 0, 1]])

    def _shaken(self, view: Matrix, rng: Generator) -> Matrix:
        if rng.random() < 0.4:
            return view
        half = self._size / 2
        zoom, turn = 1 + float(rng.normal(0, _ZOOM)), float(rng.normal(0, _TURN))
        linear = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        middle = np.array([half, half])
        shift = np.clip(rng.normal(0, 1.2, 2), -_SHIFT_PX, _SHIFT_PX)
        shake = np.vstack([np.column_stack([linear, middle - linear @ middle + shift]), [0, 0, 1]])
        return np.asarray(shake @ view)

    def _seen(self, image: Image, view: Matrix, how: int) -> Image:
        return np.asarray(
            cv2.warpAffine(
                image, view[:2], (self._size, self._size), flags=how, borderMode=cv2.BORDER_REFLECT
            ),
            np.uint8,
        )


def _grey(image: Image) -> Image:
    """As an infrared camera gives it."""
    return np.asarray(
        cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8
    )
