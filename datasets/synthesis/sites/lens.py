"""What a camera does to the light: shift, blur, exposure, noise, dirt, drops, compression."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image, Whole

_BANK, _BANK_LEVELS = 1024, 64


@dataclass(frozen=True)
class Lens:
    """The faults of one picture.

    Attributes:
        shift: x, y in pixels.
        zoom: Factor about the middle.
        roll: Radians.
        blur_px: Standard deviation of the blur.
        gain: Factor on all values.
        contrast: Factor about the middle grey.
        cast: Factors on blue, green, red.
        noise: Grain, grey levels (standard deviation).
        quality: JPEG quality, 1 to 100.
        dirt: Seed of spots on the lens; 0 for none.
        drops: Number of rain drops on the lens.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    roll: float = 0.0
    blur_px: float = 0.5
    gain: float = 1.0
    contrast: float = 1.0
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    noise: float = 1.0
    quality: int = 85
    dirt: int = 0
    drops: int = 0

    def warp(self, size: tuple[int, int]) -> Array:
        """2x3 matrix of the shift, zoom and turn for a picture of width, height."""
        middle = (size[0] / 2, size[1] / 2)
        matrix = cv2.getRotationMatrix2D(middle, np.degrees(self.roll), self.zoom)
        matrix[:, 2] += np.array(self.shift)
        return np.asarray(matrix)

    def photograph(self, picture: Image, rng: np.random.Generator) -> Image:
        """Apply the faults.

        Args:
            picture: uint8 (H, W, 3) BGR.
            rng: Where grain and drops come from.
        """
        height, width = picture.shape[:2]
        if self.shift != (0.0, 0.0) or self.zoom != 1.0 or self.roll:
            picture = np.asarray(
                cv2.warpAffine(picture, self.warp((width, height)), (width, height),
                               borderMode=cv2.BORDER_REFLECT_101), np.uint8)  # fmt: skip
        if self.blur_px > 0.25:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), self.blur_px), np.uint8)
        if self.dirt:
            picture = _dirty(picture, self.dirt)
        for _ in range(self.drops):
            _drop(picture, rng)
        steps = (np.arange(256) - 118.0) * self.contrast + 118.0
        table = np.clip(steps[:, None] * self.gain * np.array(self.cast), 0, 255).astype(np.uint8)
        picture = np.asarray(cv2.LUT(picture, table.reshape(1, 256, 3)), np.uint8)
        if self.noise > 0.2:
            picture = _grainy(picture, self.noise, rng)
        if self.quality < 100:
            _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
            picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
        return picture


def _grainy(picture: Image, strength: float, rng: np.random.Generator) -> Image:
    """Grain of brightness, and half as much of colour, from one sheet of noise."""
    height, width = picture.shape[:2]
    bank = _grain_bank()
    tall, wide = -(-height // (_BANK // 2)), -(-width // (_BANK // 2))
    if tall > 1 or wide > 1:
        bank = np.tile(bank, (tall, wide, 1))
    top, left = rng.integers(0, [bank.shape[0] - height, bank.shape[1] - width])
    grain = np.ascontiguousarray(bank[top : top + height, left : left + width])
    return np.asarray(
        cv2.addWeighted(picture, 1.0, grain, strength / _BANK_LEVELS, 0, dtype=cv2.CV_8U), np.uint8
    )


@lru_cache(maxsize=1)
def _grain_bank() -> Whole:
    """int16 (N, N, 3) grain of `_BANK_LEVELS`, from which windows are cut."""
    rng = np.random.default_rng(0x6124)
    colour = 0.5 * rng.standard_normal((_BANK, _BANK, 3), dtype=np.float32)
    grey = 0.87 * rng.standard_normal((_BANK, _BANK, 1), dtype=np.float32)
    return np.asarray((colour + grey) * _BANK_LEVELS, np.int16)


def _dirty(picture: Image, seed: int) -> Image:
    """Pale spots and smears, out of focus."""
    rng = np.random.default_rng([seed, 0xD127])
    height, width = picture.shape[:2]
    small = np.zeros((90, 160), np.float32)
    for _ in range(int(rng.integers(2, 9))):
        at = (int(rng.integers(0, 160)), int(rng.integers(0, 90)))
        axes = (int(rng.integers(2, 16)), int(rng.integers(2, 12)))
        turn, opacity = float(rng.uniform(0, 180)), float(rng.uniform(0.1, 0.6))
        cv2.ellipse(small, at, axes, turn, 0, 360, opacity, -1)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), 3))
    veil = np.asarray(cv2.resize(small, (width, height)), np.float32)
    smeared = cv2.blur(picture, (31, 31))
    tone = np.full_like(picture, int(rng.integers(70, 170)))
    smeared = cv2.addWeighted(smeared, 0.6, tone, 0.4, 0)
    return np.asarray(cv2.blendLinear(smeared, picture, veil, 1 - veil), np.uint8)


def _drop(picture: Image, rng: np.random.Generator) -> None:
    """A drop that shows what lies behind it upside down and blurred."""
    height, width = picture.shape[:2]
    radius = int(rng.integers(6, max(8, height // 16)))
    x, y = int(rng.integers(radius, width - radius)), int(rng.integers(radius, height - radius))
    part = picture[y - radius : y + radius, x - radius : x + radius]
    turned = cv2.GaussianBlur(np.ascontiguousarray(part[::-1, ::-1]), (0, 0), radius / 4)
    disc = np.zeros(part.shape[:2], np.float32)
    cv2.circle(disc, (radius, radius), radius - 2, 0.85, -1)
    disc = np.asarray(cv2.GaussianBlur(disc, (0, 0), 1.5), np.float32)
    part[:] = cv2.blendLinear(turned, np.ascontiguousarray(part), disc, 1 - disc)


def random_lens(rng: np.random.Generator, *, calm: bool, dark: bool, moved: float = 1.0) -> Lens:
    """Draw the faults of a picture.

    Args:
        rng: Where the randomness comes from.
        calm: Whether it is a median of many frames, without grain and drops.
        dark: Whether it was taken at night.
        moved: How far it may be shifted, zoomed and turned; 0 for not at all.
    """
    far = moved * float(rng.choice([0.0, 1.0, 3.0, 5.0], p=[0.35, 0.4, 0.2, 0.05]))
    way = float(rng.uniform(0, 2 * np.pi))
    shifted = far * float(rng.uniform(0.4, 1.0))
    grain = float(rng.uniform(2, 9) if dark else rng.uniform(0.5, 4))
    return Lens(
        shift=(shifted * float(np.cos(way)), shifted * float(np.sin(way))),
        zoom=float(1 + moved * rng.normal(0, 0.002)) if far > 1 else 1.0,
        roll=float(moved * rng.normal(0, 0.001)) if far > 1 else 0.0,
        blur_px=float(rng.gamma(2.0, 0.35) + 0.3),
        gain=float(np.exp(rng.normal(0, 0.09))),
        contrast=float(np.exp(rng.normal(0, 0.08))),
        cast=tuple(np.exp(rng.normal(0, 0.025, 3)).tolist()),
        noise=grain * (0.25 if calm else 1.0),
        quality=int(rng.integers(35, 96)),
        dirt=int(rng.integers(1, 1 << 30)) if rng.random() < 0.08 else 0,
        drops=int(rng.integers(1, 14)) if not calm and rng.random() < 0.07 else 0,
    )


def uneven(shape: tuple[int, int], rng: np.random.Generator, strength: float) -> Array:
    """float32 (H, W) factor that changes slowly over a picture."""
    cell = (shape[0] / 2.5, shape[1] / 2.5)
    return np.asarray(np.exp(strength * noise(rng, shape, cell)), np.float32)
