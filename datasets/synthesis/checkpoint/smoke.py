"""Black smoke: puffs that leave an exhaust, grow, thin out, rise and drift with the wind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from datasets.synthesis.camera import Camera
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image, Mask, Whole

_LIFE_S = 3.2
_PUFFS_PER_S = 16
_SPRITE = 96
_SPRITES = 12
_SHRINK = 2  # smoke is soft: half the resolution is enough


@dataclass(frozen=True, slots=True, eq=False)
class Puffs:
    """Every puff of a plume at one moment, seen from the camera's foot.

    Attributes:
        middle: (N, 3) forward, left, up, metres.
        radius: (N,) metres.
        density: (N,) optical depth through the middle.
        look: (N,) which of the shapes it has.
        turn: (N,) how far the shape is turned, radians.
    """

    middle: Array
    radius: Array
    density: Array
    look: Whole
    turn: Array

    def part(self, chosen: Mask) -> "Puffs":
        """Some of the puffs, by (N,) bool."""
        return Puffs(
            self.middle[chosen],
            self.radius[chosen],
            self.density[chosen],
            self.look[chosen],
            self.turn[chosen],
        )


def plume(
    exhaust: Callable[[float], tuple[Array, Array]],
    at_s: float,
    blackness: float,
    wind_mps: Array,
    seed: int,
) -> Puffs:
    """Follow what an exhaust has sent out until now.

    Args:
        exhaust: Gives, for a time in seconds, the exhaust's (3,) place and (3,) velocity of the
            gas, the vehicle's own included; forward, left, up of the camera's foot.
        at_s: The moment, seconds.
        blackness: 0 for none, 1 for a thick plume.
        wind_mps: (3,) wind, metres per second.
        seed: Decides how it swirls.
    """
    last = int(np.floor(at_s * _PUFFS_PER_S))
    numbers = np.arange(last, last - int(_LIFE_S * _PUFFS_PER_S), -1)
    middles, ages, looks, turns, strengths = [], [], [], [], []
    for number in numbers.tolist():
        rng = np.random.default_rng([seed, number & 0xFFFFFFFF])
        born = (number + float(rng.uniform(0, 1))) / _PUFFS_PER_S
        age = at_s - born
        if age <= 0:
            continue
        place, velocity = exhaust(born)
        swirl = rng.normal(0, 1, 3) * [0.35, 0.35, 0.25]
        stop = 0.35  # seconds within which the air takes up the gas' own speed
        drift = velocity * stop * (1 - np.exp(-age / stop)) + (wind_mps + swirl) * age
        rise = 0.55 * age**0.9
        middle = place + drift + [0, 0, rise]
        middle[2] = max(middle[2], 0.15)
        middles.append(middle)
        ages.append(age)
        looks.append(int(rng.integers(_SPRITES)))
        turns.append(float(rng.uniform(0, 2 * np.pi)) + float(rng.normal(0, 0.6)) * age)
        # The engine labours in gusts.
        strengths.append(0.7 + 0.5 * np.sin(born * 2.1 + seed % 7) + 0.25 * float(rng.normal()))
    old = np.array(ages)
    radius = 0.14 + 0.52 * old**0.75
    density = 3.6 * blackness * np.clip(strengths, 0.15, None) * (0.3 / radius) ** 0.9
    density *= np.clip((_LIFE_S - old) / 1.2, 0, 1)
    return Puffs(
        np.array(middles).reshape(-1, 3), radius, density, np.array(looks), np.array(turns)
    )


def draw_smoke(image: Image, shade: Array, puffs: Puffs, camera: Camera, colour: Array) -> None:
    """Lay smoke over a picture.

    Args:
        image: (H, W, 3) BGR, drawn on.
        shade: (H, W) float32 how much smoke hides what lies behind, 0 to 1; raised.
        puffs: The smoke.
        camera: The camera.
        colour: (3,) BGR of the smoke in the light of the hour, 0 to 1.
    """
    seen = puffs.part(puffs.middle[:, 0] > 2.0)
    if not len(seen.radius):
        return
    pixels = camera.project(seen.middle)
    distance = np.linalg.norm(seen.middle - [0, 0, camera.height_m], axis=1)
    radius = seen.radius * camera.focal_px / distance
    limits = np.array([camera.width, camera.height])
    x0, y0 = np.clip((pixels - radius[:, None] * 1.5).min(axis=0), 0, limits).astype(int).tolist()
    x1, y1 = np.clip((pixels + radius[:, None] * 1.5).max(axis=0), 0, limits).astype(int).tolist()
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    depth = np.zeros(((y1 - y0) // _SHRINK, (x1 - x0) // _SHRINK), np.float32)
    for (x, y), r, density, look, turn in zip(
        (pixels - [x0, y0]) / _SHRINK,
        radius / _SHRINK,
        seen.density,
        seen.look.tolist(),
        seen.turn,
        strict=True,
    ):
        _add(depth, x, y, r * 1.5, _sprites()[look] * np.float32(density), turn)
    # Thin where it is thin, and lit from above: its upper edges are paler.
    cover = 1 - np.exp(-depth)
    soft = cv2.GaussianBlur(depth, (0, 0), max(float(np.median(radius)) / _SHRINK / 4, 1))
    slope = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) / (soft + 0.15)
    lit = np.clip(0.75 + 2.2 * slope, 0.45, 1.7)
    size = (x1 - x0, y1 - y0)
    whole = np.asarray(cv2.resize(cover, size), np.float32)
    tone = whole * np.asarray(cv2.resize(lit.astype(np.float32), size), np.float32)
    view = image[y0:y1, x0:x1]
    added = tone[..., None] * (colour * 255).astype(np.float32)
    view[:] = np.clip(view * (1 - whole[..., None]) + added, 0, 255).astype(np.uint8)
    part = shade[y0:y1, x0:x1]
    part[:] = 1 - (1 - part) * (1 - whole)


def _add(depth: Array, x: float, y: float, radius: float, sprite: Array, turn: float) -> None:
    """Add a puff of a radius about (x, y), turned."""
    x0, y0 = max(int(x - radius), 0), max(int(y - radius), 0)
    x1, y1 = min(int(x + radius) + 1, depth.shape[1]), min(int(y + radius) + 1, depth.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    scale = _SPRITE / (2 * radius)
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    middle = _SPRITE / 2
    matrix = np.array(
        [
            [c, -s, middle + c * (x0 - x) - s * (y0 - y)],
            [s, c, middle + s * (x0 - x) + c * (y0 - y)],
        ]
    )
    depth[y0:y1, x0:x1] += cv2.warpAffine(
        sprite, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )


@lru_cache(maxsize=1)
def _sprites() -> tuple[Array, ...]:
    """Shapes of puffs: billowing noise in a soft ball, about 1 in the middle."""
    rng = np.random.default_rng(41)
    rows, columns = np.mgrid[0:_SPRITE, 0:_SPRITE] / (_SPRITE / 2) - 1
    shapes = []
    for _ in range(_SPRITES):
        shape = (_SPRITE, _SPRITE)
        # Folded noise looks like the cauliflower edges of smoke.
        billow = sum(
            weight * np.abs(noise(rng, shape, (cell, cell)))
            for cell, weight in ((30, 0.5), (15, 0.3), (7, 0.18), (4, 0.1))
        )
        ball = np.hypot(rows, columns) * 1.5 + 0.9 * (billow - 0.5)
        shapes.append(np.asarray(np.clip(1.15 - ball, 0, 1) ** 1.2 * 1.1, np.float32))
    return tuple(shapes)
