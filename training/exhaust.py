"""Paints exhaust smoke behind vehicles, from thin and grey to dense and black."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.samples import Image

_OCTAVES = 5
_UPRIGHT = 0.2
"""Part of the plumes that rise from a stack above the vehicle; the others lie behind it."""
_STRENGTHS = (0.6, 1.0)
"""Range of how much of what lies behind the densest part of a plume is hidden."""
_SIZES = (0.35, 1.5)
"""Range of a plume's length in widths of its vehicle."""
_LEAST_CHANGE = 28
"""Grey levels by which a plume must darken its box on average: less, a person would not see."""
_LEAST_SIDE = 12


def paint_exhaust(
    image: Image, vehicles: NDArray[np.float32], rng: Generator
) -> tuple[Image, NDArray[np.float32]] | None:
    """Let one of the vehicles smoke.

    Args:
        image: uint8 (H, W, 3), BGR.
        vehicles: float32 (N, 4), x1, y1, x2, y2 in pixels, at least one.
        rng: Source of randomness.

    Returns:
        A new picture and the box of the smoke, float32 (4,); None if it would hardly be seen.
    """
    height, width = image.shape[:2]
    left, top, right, bottom = vehicles[int(rng.integers(len(vehicles)))].tolist()
    wide, high = right - left, bottom - top
    upright = bool(rng.random() < _UPRIGHT)
    length = max(
        20.0, wide * float(np.exp(rng.uniform(*np.log(_SIZES)))) * (0.45 if upright else 1)
    )
    cover = _plume(length, rng, upright=upright)
    tall, long = cover.shape
    if upright:
        x = left + rng.uniform(0.1, 0.9) * wide - long / 2
        y = top + rng.uniform(-0.1, 0.3) * high - tall
    else:
        x = rng.choice([left, (left + right) / 2, right]) - long / 2 + rng.uniform(-0.3, 0.3) * wide
        y = bottom - rng.uniform(0.35, 0.9) * tall + rng.uniform(-0.05, 0.1) * high
    x1, y1, x2, y2 = (
        max(int(x), 0),
        max(int(y), 0),
        min(int(x) + long, width),
        min(int(y) + tall, height),
    )
    if min(x2 - x1, y2 - y1) < _LEAST_SIDE:
        return None
    strength = float(np.exp(rng.uniform(*np.log(_STRENGTHS))))
    cover = strength * cover[y1 - int(y) : y2 - int(y), x1 - int(x) : x2 - int(x)]
    box = _visible(cover, strength)
    if box is None:
        return None
    soot = rng.uniform(5, 65) * rng.uniform((0.9, 1.0, 0.85), (1.15, 1.0, 1.1))
    shade = 0.75 + 0.5 * _noise(cover.shape, rng)[..., None]
    result = image.copy()
    spot = image[y1:y2, x1:x2].astype(np.float32)
    smoky = np.clip(spot + (soot * shade - spot) * cover[..., None], 0, 255)
    result[y1:y2, x1:x2] = smoky.astype(np.uint8)
    inside = np.s_[box[1] : box[3], box[0] : box[2]]
    if float((spot - smoky)[inside].mean()) < _LEAST_CHANGE:
        return None
    return result, (box + np.array([x1, y1, x1, y1])).astype(np.float32)


def _plume(length: float, rng: Generator, *, upright: bool) -> NDArray[np.float32]:
    """How much a plume hides, float32 (H, W), 0 to 1: widening puffs along a path, with holes."""
    long = max(int(length), 16)
    tall = max(int(length * (rng.uniform(1.0, 2.2) if upright else rng.uniform(0.35, 0.9))), 16)
    size = np.array([long, tall])
    if upright:
        start, way = [rng.uniform(0.4, 0.6), 0.97], [rng.uniform(-0.3, 0.3), -0.8]
    else:
        start = [rng.uniform(0.08, 0.25), rng.uniform(0.45, 0.75)]
        way = [0.62, -rng.uniform(-0.05, 0.25)]
    first, last = rng.uniform(0.08, 0.2) * size.min(), rng.uniform(0.22, 0.4) * size.min()
    fade, widening = rng.uniform(0, 0.7), rng.uniform(0.5, 1)
    y, x = np.mgrid[0:tall, 0:long].astype(np.float32)
    cover = np.zeros((tall, long), np.float32)
    for part in np.linspace(0, 1, int(rng.integers(12, 26))):
        middle = (np.array(start) + np.array(way) * part + rng.normal(0, 0.06, 2)) * size
        radius = 0.75 * (first + (last - first) * part**widening)
        puff = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * radius**2))
        cover += puff * (1 - fade * part) * (1 - cover) * rng.uniform(0.3, 0.8)
    holes = rng.uniform(-0.6, 0.25)
    cover *= np.clip((_noise(cover.shape, rng) - holes) / (0.7 - holes), 0, 1)
    cover = np.asarray(
        cv2.GaussianBlur(cover, (0, 0), max(0.6, length * rng.uniform(0.004, 0.015)))
    )
    rim = np.minimum(np.minimum(x, long - 1 - x), np.minimum(y, tall - 1 - y))
    cover *= np.clip(rim / max(2, 0.1 * size.min()), 0, 1)
    cover = np.clip(cover / max(float(np.percentile(cover, 97)), 1e-6), 0, 1)
    if not upright and rng.random() < 0.5:
        cover = cover[:, ::-1]
    return np.asarray(cover, np.float32)


def _noise(shape: tuple[int, ...], rng: Generator) -> NDArray[np.float32]:
    """Fractal noise, float32 of that shape, from 0 to 1 (Perlin, "An Image Synthesizer", 1985)."""
    total = np.zeros(shape, np.float32)
    for octave in range(_OCTAVES):
        cells = [2 + 2 ** (octave + 1) * side // max(shape) for side in shape]
        grid = rng.random(cells, np.float32)
        total += 0.6**octave * cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC)
    total -= total.min()
    return np.asarray(total / max(float(total.max()), 1e-6), np.float32)


def _visible(cover: NDArray[np.float32], strength: float) -> NDArray[np.int64] | None:
    """Bounds of what is seen of a plume, (4,), x1, y1, x2, y2; None if that is next to nothing."""
    seen = cover > max(0.12, 0.3 * strength)
    if seen.mean() < 0.1 or seen.sum() < 100:
        return None
    rows, columns = np.nonzero(seen)
    x1, x2 = np.percentile(columns, [1.5, 98.5])
    y1, y2 = np.percentile(rows, [1.5, 98.5])
    if min(x2 - x1, y2 - y1) < _LEAST_SIDE:
        return None
    return np.array([x1, y1, x2, y2]).astype(np.int64)
