"""Fronts of buildings as materials: bays and floors that repeat."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from datasets.synthesis.falls.facade import photographed_facade
from datasets.synthesis.sites.material import Material
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array

FLOOR_M, BAY_M = 3.0, 3.3
_PER_M, _ACROSS, _UP = 30, 4, 4
_VARIANTS = 24


def facade(variant: int, photos: tuple[Path, ...] = ()) -> Material:
    """A front, four bays wide and four floors high, then again.

    Args:
        variant: Which one; taken modulo the number there is.
        photos: Labelled photographs of facades; some variants are laid from them.
    """
    return _facade(variant % _VARIANTS, photos)


@lru_cache(maxsize=64)
def _facade(variant: int, photos: tuple[Path, ...]) -> Material:
    rng = np.random.default_rng([variant, 0xFACADE])
    if photos and rng.random() < 0.5:
        laid = photographed_facade(rng, _UP, photos[int(rng.integers(len(photos)))])
        if laid is not None:
            size = (round(_ACROSS * BAY_M * _PER_M * 2), round(_UP * FLOOR_M * _PER_M))
            return Material(
                np.asarray(cv2.resize(laid.wall, size, interpolation=cv2.INTER_AREA)), _PER_M
            )
    return _drawn(rng)


def _drawn(rng: np.random.Generator) -> Material:
    tall, wide = round(_UP * FLOOR_M * _PER_M), round(_ACROSS * BAY_M * _PER_M)
    paints = np.array([[0.74, 0.78, 0.8], [0.55, 0.66, 0.75], [0.6, 0.62, 0.62], [0.36, 0.42, 0.6],
                       [0.68, 0.7, 0.66], [0.82, 0.84, 0.85]])  # fmt: skip
    paint = paints[int(rng.integers(len(paints)))] * rng.uniform(0.8, 1.1)
    wall = np.empty((tall, wide, 3), np.float32)
    wall[:] = paint
    wall *= 1 + 0.03 * noise(rng, (tall, wide), (2, 2))[..., None]
    wall *= 1 + 0.06 * noise(rng, (tall, wide), (90, 30))[..., None]
    if rng.random() < 0.5:  # small tiles
        wall[::6] *= 0.92
        wall[:, ::6] *= 0.94
    balconies = rng.random(_ACROSS) < rng.choice([0.0, 0.35, 0.7])
    share, high = rng.uniform(0.35, 0.7), rng.uniform(0.4, 0.6)
    frame = float(rng.choice([0.3, 0.75, 0.9]))
    for floor in range(_UP):
        for bay in range(_ACROSS):
            middle = (bay + 0.5) * BAY_M * _PER_M
            half = share * BAY_M * _PER_M / 2
            bottom = ((floor + 1) * FLOOR_M - 0.28 * FLOOR_M) * _PER_M
            top = bottom - high * FLOOR_M * _PER_M
            box = tuple(int(part) for part in (middle - half, top, middle + half, bottom))
            _window(wall, (box[0], box[1], box[2], box[3]), frame, rng)
            if balconies[bay]:
                base = int((floor + 1) * FLOOR_M * _PER_M - 4)
                rail = paint * rng.uniform(0.75, 1.1)
                left, right = int(box[0] - 5), int(box[2] + 5)
                wall[base - 30 : base, left:right] = rail
                wall[base - 2 : base + 2, left:right] *= 0.6
            elif rng.random() < 0.45:
                x, y = box[0] + int(rng.integers(0, 20)), min(box[3] + 3, tall - 20)
                wall[y : y + 16, x : x + 24] = rng.uniform(0.6, 0.9)
                cv2.circle(wall, (x + 12, y + 8), 6, (0.35, 0.35, 0.35), -1)
                wall[y + 16 : y + 40, x + 4 : x + 18] *= 0.93
    for x in rng.integers(0, wide, 2).tolist():
        wall[:, x : x + 3] = 0.8 * paint
    streaks = noise(rng, (tall, wide), (tall / 2, 5)).clip(0) * 0.07
    wall *= 1 - streaks[..., None]
    return Material(np.asarray(np.clip(wall, 0, 1) * 255, np.uint8), _PER_M)


def _window(
    wall: Array, box: tuple[int, int, int, int], frame: float, rng: np.random.Generator
) -> None:
    left, top, right, bottom = box
    tone = rng.uniform(0.12, 0.4) * np.array([1.15, 1.05, 0.95])
    wall[top:bottom, left:right] = tone
    wall[top : (top + bottom) // 2, left:right] *= 1.25
    if rng.random() < 0.45:
        edge = left + int(rng.uniform(0.2, 0.6) * (right - left))
        wall[top:bottom, left:edge] = np.clip(rng.uniform(0.4, 0.85) + rng.normal(0, 0.08, 3), 0, 1)
    for x in (left, (left + right) // 2, right):
        wall[top:bottom, x : x + 2] = frame
    wall[top : top + 2, left:right] = frame
    wall[bottom : bottom + 3, left - 2 : right + 4] = 0.75
    if rng.random() < 0.3:  # a cage of bars before the window
        wall[top - 2 : bottom + 4 : 5, left - 3 : right + 3] = 0.6
        wall[top - 2 : bottom + 4, left - 3 : right + 3 : 7] = 0.6
