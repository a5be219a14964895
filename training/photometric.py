"""Changes to how a picture looks that leave its objects where they are."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def degrade(image: Image, rng: Generator) -> Image:
    """Make a picture look as another camera, light or compression would have made it.

    Colour, contrast and gamma nearly always change; then, each with its own probability, blur by
    motion or focus, sensor noise, a low resolution, and JPEG compression.

    Args:
        image: uint8 (H, W, 3), BGR.
        rng: Source of randomness.

    Returns:
        A new picture of the same size.
    """
    image = _colour(image, rng)
    steps: tuple[tuple[float, Callable[[Image, Generator], Image]], ...] = (
        (0.15, _blur),
        (0.25, _noise),
        (0.10, _low_resolution),
        (0.35, _jpeg),
    )
    for probability, step in steps:
        if rng.random() < probability:
            image = step(image, rng)
    return image


def _colour(image: Image, rng: Generator) -> Image:
    if rng.random() < 0.08:
        image = np.repeat(_bytes(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))[..., None], 3, axis=2)
    levels = np.linspace(0, 1, 256)
    contrast, brightness = rng.uniform(0.65, 1.4), rng.uniform(-0.15, 0.15)
    levels = np.clip(levels ** rng.uniform(0.6, 1.6), 0, 1)
    levels = np.clip((levels - 0.5) * contrast + 0.5 + brightness, 0, 1)
    balance = rng.uniform(0.88, 1.12, size=3)
    table = np.clip(levels[:, None] * balance * 255, 0, 255).astype(np.uint8)
    image = _bytes(cv2.LUT(image, table[None]))
    if rng.random() < 0.6:
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        saturation = np.clip(np.arange(256) * rng.uniform(0.3, 1.7), 0, 255).astype(np.uint8)
        hue = ((np.arange(256) + rng.integers(-5, 6)) % 180).astype(np.uint8)
        same = np.arange(256, dtype=np.uint8)
        hsv = cv2.LUT(hsv, np.stack([hue, saturation, same], axis=1)[None])
        image = _bytes(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR))
    return image


def _blur(image: Image, rng: Generator) -> Image:
    if rng.random() < 0.5:
        return _bytes(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.8)))
    length = int(rng.integers(3, 9))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length)).astype(np.float32)
    return _bytes(cv2.filter2D(image, -1, kernel / max(kernel.sum(), 1e-6)))


def _noise(image: Image, rng: Generator) -> Image:
    grain = rng.standard_normal((*image.shape[:2], 1), np.float32) * rng.uniform(2, 12)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def _low_resolution(image: Image, rng: Generator) -> Image:
    height, width = image.shape[:2]
    factor = rng.uniform(0.4, 0.8)
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return _bytes(cv2.resize(small, (width, height)))


def _jpeg(image: Image, rng: Generator) -> Image:
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])[1]
    return _bytes(cv2.imdecode(data, cv2.IMREAD_COLOR))


def _bytes(array: object) -> Image:
    """What OpenCV gave back, which its stubs say could be of any number type."""
    return np.asarray(array, np.uint8)
