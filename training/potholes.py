"""Puts potholes where there are none: copied from other pictures, or painted.

Few potholes on three roads teach a detector those roads. Copies on other grounds (Ghiasi et al.,
"Simple Copy-Paste is a Strong Data Augmentation Method", CVPR 2021) and painted holes, dry and
full of water, teach it the thing itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.samples import Image, Sample

CONTEXT = 0.3
"""Margin kept around a copied pothole, as a fraction of its box; the copy fades out over it."""
LARGEST_ENLARGEMENT = 2.0
"""A copy is enlarged at most this many times."""
SMALLEST_COPY = 28.0
"""Only potholes at least this wide, in pixels, are worth copying."""


@dataclass(frozen=True)
class Patch:
    """A pothole cut from a picture with some ground around it: uint8 (H, W, 3), BGR."""

    image: Image

    def is_sharp_at(self, box: NDArray[np.float32]) -> bool:
        """Whether the copy would not be enlarged so much as to blur, at a box x1, y1, x2, y2."""
        return bool(box[2] - box[0] <= LARGEST_ENLARGEMENT * self.image.shape[1])


def cut_patches(sample: Sample, class_id: int) -> list[Patch]:
    """Cut the objects of one class that are large enough and lie wholly inside the picture."""
    height, width = sample.image.shape[:2]
    patches = []
    for x1, y1, x2, y2 in sample.boxes[sample.class_ids == class_id]:
        margin_x, margin_y = (x2 - x1) * CONTEXT, (y2 - y1) * CONTEXT
        left, top = int(x1 - margin_x), int(y1 - margin_y)
        right, bottom = int(x2 + margin_x) + 1, int(y2 + margin_y) + 1
        inside = left >= 0 and top >= 0 and right <= width and bottom <= height
        if inside and x2 - x1 >= SMALLEST_COPY:
            patches.append(Patch(sample.image[top:bottom, left:right].copy()))
    return patches


def paste(image: Image, patch: Patch, box: NDArray[np.float32], rng: Generator) -> None:
    """Blend a copied pothole into a picture, in place, taking on the brightness of the ground.

    Args:
        image: uint8 (H, W, 3), BGR; changed.
        patch: What to paste; mirrored half of the time.
        box: (4,), x1, y1, x2, y2 in pixels; where the pothole itself comes to lie. The faded
            margin must lie inside the picture too, else it is cut off.
        rng: Source of randomness.
    """
    x1, y1, x2, y2 = box
    margin_x, margin_y = (x2 - x1) * CONTEXT, (y2 - y1) * CONTEXT
    left, top = int(max(x1 - margin_x, 0)), int(max(y1 - margin_y, 0))
    ground = image[top : int(y2 + margin_y), left : int(x2 + margin_x)]
    height, width = ground.shape[:2]
    copied = cv2.resize(patch.image, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        copied = copied[:, ::-1]
    reach = np.hypot(*_unit_grid(height, width))
    edge = reach > 0.9
    shift = ground[edge].mean(axis=0) - copied[edge].mean(axis=0)
    alpha = np.clip((1.0 - reach) / 0.25, 0, 1)[..., None]
    mixed = ground + alpha * (copied + shift - ground)
    ground[:] = np.clip(mixed, 0, 255).astype(np.uint8)


def paint(image: Image, box: NDArray[np.float32], rng: Generator) -> None:
    """Paint a pothole into a picture, in place: ragged rim, rubble, shadow, or standing water.

    Args:
        image: uint8 (H, W, 3), BGR; changed.
        box: (4,), x1, y1, x2, y2 in pixels; the hole touches all four sides.
        rng: Source of randomness.
    """
    left, top, right, bottom = (int(value) for value in box)
    ground = image[top:bottom, left:right]
    height, width = ground.shape[:2]
    y, x = _unit_grid(height, width)
    depth = _ragged_disc(y, x, rng)
    alpha = np.clip(depth * rng.uniform(4, 14), 0, 1)[..., None]
    base = ground.astype(np.float32)
    inside = _water(image, ground, rng) if rng.random() < 0.35 else _rubble(ground, rng)
    light = rng.uniform(0, 2 * np.pi)
    slope = np.cos(light) * x + np.sin(light) * y
    rim = np.exp(-((depth / rng.uniform(0.06, 0.2)) ** 2))
    inside -= (rim * np.clip(slope, 0, 1) * rng.uniform(20, 110))[..., None]
    inside += (rim * np.clip(-slope, 0, 1) * rng.uniform(0, 60))[..., None]
    ground[:] = np.clip(base + alpha * (inside - base), 0, 255).astype(np.uint8)


def _unit_grid(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    return np.broadcast_to(y, (height, width)), np.broadcast_to(x, (height, width))


def _ragged_disc(
    y: NDArray[np.float32], x: NDArray[np.float32], rng: Generator
) -> NDArray[np.float32]:
    """How far inside a ragged outline each point lies: above 0 inside, about 1 at the centre."""
    angle = np.arctan2(y, x)
    outline = np.ones_like(angle)
    for wave in range(2, 9):
        outline += rng.uniform(0, 0.5) / wave * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    power = rng.uniform(1.8, 3.5)
    reach = (np.abs(x) ** power + np.abs(y) ** power) ** (1 / power)
    return np.asarray(1 - reach * outline.max() / outline, np.float32)


def _rubble(ground: Image, rng: Generator) -> NDArray[np.float32]:
    height, width = ground.shape[:2]
    tint = np.array([rng.uniform(0.75, 1.0), rng.uniform(0.85, 1.0), 1.0], np.float32)
    inside = ground.mean(axis=(0, 1)) * rng.uniform(0.35, 0.95) * tint
    texture = np.zeros((height, width), np.float32)
    for cells in (6, 14, 40):
        rows = max(2, min(height, int(cells * height / width)))
        grain = rng.standard_normal((rows, min(width, cells)), np.float32)
        texture += cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(inside + texture[..., None] * rng.uniform(3, 16), np.float32)


def _water(image: Image, ground: Image, rng: Generator) -> NDArray[np.float32]:
    """A puddle mirrors what stands above it, blurred, over mud."""
    height, width = ground.shape[:2]
    above = image[: max(2, image.shape[0] // 3)][::-1]
    mirrored = cv2.resize(cv2.GaussianBlur(above, (0, 0), 5), (width, height))
    mud = np.array([70, 95, 115], np.float32) * rng.uniform(0.5, 1.5)
    clear = rng.uniform(0.2, 0.9)
    return np.asarray(mirrored * clear * rng.uniform(0.5, 1.0) + mud * (1 - clear), np.float32)
