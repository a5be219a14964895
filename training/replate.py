"""Mounts rendered plates on photos in place of the real ones: other colours, provinces, makes."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.synthesis.plates import random_plate, render_plate

Image = NDArray[np.uint8]

_TALL = 1.35
"""A plate of two rows is higher than the one it replaces by this factor, at the same width."""
_DARKEST, _BRIGHTEST = 0.12, 1.25


def mount_plate(
    image: Image, corners: NDArray[np.float32], rng: Generator
) -> tuple[Image, NDArray[np.float32]]:
    """Put a made-up plate over a real one, as bright and as blurred as that one was.

    Args:
        image: uint8 (H, W, 3), BGR.
        corners: float32 (4, 2), x, y of the real plate, clockwise from its top left.
        rng: Source of randomness.

    Returns:
        A new picture, and the corners of the new plate in the same order.
    """
    plate = render_plate(*random_plate(rng), rng)
    height, width = plate.shape[:2]
    if height * 2 > width * 0.8:  # two rows
        middle = (corners + corners[[3, 2, 1, 0]]) / 2
        corners = (middle + (corners - middle) * _TALL).astype(np.float32)
    low = np.floor(corners.min(axis=0)).astype(int)
    high = np.ceil(corners.max(axis=0)).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, image.shape[1::-1])
    if (high - low).min() < 4:
        return image.copy(), corners
    scene = image[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    wide = float(np.linalg.norm(corners[1] - corners[0]))
    shrink = min(1.0, 1.2 * wide / width)
    lit: NDArray[np.floating] = np.asarray(
        cv2.resize(plate, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.float32
    )
    height, width = lit.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(source, (corners - low).astype(np.float32))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    bright = float(np.percentile(scene.mean(axis=2), 92)) / max(
        float(np.percentile(plate.mean(axis=2), 92)), 1.0
    )
    lit = plate.astype(np.float32) * np.clip(bright * rng.uniform(0.75, 1.15), _DARKEST, _BRIGHTEST)
    mounted = cv2.warpPerspective(lit, turn, size, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), turn, size)
    blur = max(wide / 440 * rng.uniform(0.3, 2.5), 0.4)
    cover = cv2.GaussianBlur(cover, (0, 0), min(blur, 1.0))[..., None]
    mounted = cv2.GaussianBlur(mounted, (0, 0), blur)
    result = image.copy()
    result[low[1] : high[1], low[0] : high[0]] = np.clip(
        scene + (mounted - scene) * cover, 0, 255
    ).astype(np.uint8)
    return result, corners.astype(np.float32)
