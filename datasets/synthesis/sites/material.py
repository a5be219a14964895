"""What surfaces are made of: pictures that lie on them in metres, drawn from a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np

from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image


@dataclass(frozen=True, eq=False)
class Material:
    """A picture of a surface.

    Attributes:
        pixels: uint8 (H, W, 3) BGR, or (H, W, 4) with opacity.
        per_m: Texels per metre.
        repeat: Whether it goes on beyond its edges.
    """

    pixels: Image
    per_m: float
    repeat: bool = True

    @cached_property
    def levels(self) -> list[Image]:
        """The picture, and it halved again and again."""
        found = [self.pixels]
        while min(found[-1].shape[:2]) >= 8:
            size = (found[-1].shape[1] // 2, found[-1].shape[0] // 2)
            half = cv2.resize(found[-1], size, interpolation=cv2.INTER_AREA)
            found.append(np.asarray(half, np.uint8))
        return found

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height in metres."""
        return self.pixels.shape[1] / self.per_m, self.pixels.shape[0] / self.per_m


Paint = tuple[float, float, float]
"""BGR, 0 to 1."""

STEEL: dict[str, Paint] = {
    "blue": (0.66, 0.38, 0.16),
    "white": (0.84, 0.85, 0.84),
    "grey": (0.56, 0.56, 0.55),
    "red": (0.2, 0.2, 0.55),
    "green": (0.38, 0.48, 0.24),
    "galvanised": (0.66, 0.65, 0.62),
    "rusty": (0.24, 0.32, 0.45),
}
"""Colours of coated steel sheets."""

_VARIANTS = 12
_TILE = 256


def material(kind: str, variant: int = 0) -> Material:
    """A material by its name; variants differ in tone, wear and dirt.

    Args:
        kind: One of `KINDS`, or `steel:` and a colour of `STEEL`, or `plain:` and B,G,R.
        variant: Which one; taken modulo the number there is.
    """
    return _material(kind, variant % _VARIANTS)


@lru_cache(maxsize=512)
def _material(kind: str, variant: int) -> Material:
    name, _, detail = kind.partition(":")
    digest = sum((place + 1) * ord(letter) for place, letter in enumerate(kind))
    rng = np.random.default_rng([digest, variant, 0x517E])
    if name == "steel":
        return _steel(rng, STEEL[detail])
    if name == "plain":
        blue, green, red = (float(part) for part in detail.split(","))
        return _plain(rng, (blue, green, red))
    return KINDS[name](rng)


def _finish(colour: Array, per_m: float) -> Material:
    return Material(np.asarray(np.clip(colour, 0, 1) * 255, np.uint8), per_m)


def _wrapped(rng: np.random.Generator, size: int, cell: float) -> Array:
    """(size, size) smooth noise that goes on across its edges."""
    cells = max(2, round(size / cell))
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    padded = np.pad(coarse, 2, mode="wrap")
    scale = size / cells
    large = cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    start = round(2 * scale)
    return np.asarray(large[start : start + size, start : start + size], np.float32)


def _speckled(rng: np.random.Generator, paint: Paint, rough: float, blotch: float) -> Array:
    tone = 1 + rough * rng.standard_normal((_TILE, _TILE)) * 0.5 + rough * _wrapped(rng, _TILE, 4)
    tone = tone + blotch * (_wrapped(rng, _TILE, 40) + 0.7 * _wrapped(rng, _TILE, 90))
    return np.asarray(np.array(paint) * tone[..., None])


def _near(rng: np.random.Generator, paint: Paint, spread: float, hue: float = 0.02) -> Paint:
    blue, green, red = np.clip(
        np.array(paint) * (1 + rng.normal(0, spread)) + rng.normal(0, hue, 3), 0.02, 0.98
    )
    return float(blue), float(green), float(red)


def _plain(rng: np.random.Generator, paint: Paint) -> Material:
    tone = 1 + 0.03 * _wrapped(rng, 32, 16) + 0.02 * rng.standard_normal((32, 32))
    return _finish(np.array(paint) * tone[..., None], 20)


def _concrete(rng: np.random.Generator) -> Material:
    paint = _near(rng, (0.56, 0.58, 0.6), 0.18)
    colour = _speckled(rng, paint, 0.04, 0.07)
    if rng.random() < 0.6:
        colour[:2] *= 0.75
        colour[:, :2] *= 0.75
    return _finish(colour, 50)


def _asphalt(rng: np.random.Generator) -> Material:
    return _finish(_speckled(rng, _near(rng, (0.33, 0.33, 0.33), 0.25), 0.1, 0.06), 50)


def _dirt(rng: np.random.Generator) -> Material:
    return _finish(_speckled(rng, _near(rng, (0.34, 0.43, 0.5), 0.2), 0.12, 0.12), 50)


def _grass(rng: np.random.Generator) -> Material:
    colour = _speckled(rng, _near(rng, (0.2, 0.34, 0.3), 0.2), 0.22, 0.1)
    bare = np.clip(_wrapped(rng, _TILE, 50) - rng.uniform(0.2, 1.2), 0, 1)[..., None]
    return _finish(colour + (np.array([0.34, 0.43, 0.5]) - colour) * bare, 50)


def _paving(rng: np.random.Generator) -> Material:
    colour = _speckled(rng, _near(rng, (0.5, 0.52, 0.55), 0.15), 0.05, 0.05)
    step = int(rng.choice([16, 32]))
    for row in range(0, _TILE, step):
        colour[row] *= 0.7
        shift = (row // step % 2) * step // 2
        for column in range(shift, _TILE, step):
            colour[row : row + step, column] *= 0.7
            colour[row : row + step, column : column + step] *= 1 + rng.normal(0, 0.05)
    return _finish(colour, 50)


def _bricks(rng: np.random.Generator, paint: Paint, mortar: float) -> Material:
    colour = _speckled(rng, paint, 0.07, 0.06)
    tall, wide = 8, 32
    for row in range(0, _TILE, tall):
        shift = (row // tall % 2) * wide // 2
        for column in range(-shift, _TILE, wide):
            left, right = max(0, column), max(0, column + wide)
            colour[row : row + tall, left:right] *= 1 + rng.normal(0, 0.1)
            colour[row : row + tall, left : left + 2] = mortar
        colour[row : row + 2] = mortar * (1 + rng.normal(0, 0.06))
    return _finish(colour, 120)


def _brick_red(rng: np.random.Generator) -> Material:
    return _bricks(rng, _near(rng, (0.26, 0.34, 0.55), 0.15), rng.uniform(0.45, 0.65))


def _brick_grey(rng: np.random.Generator) -> Material:
    return _bricks(rng, _near(rng, (0.5, 0.5, 0.49), 0.15), rng.uniform(0.5, 0.68))


def _blocks(rng: np.random.Generator) -> Material:
    bricks = _bricks(rng, _near(rng, (0.62, 0.63, 0.63), 0.1), 0.5)
    return Material(bricks.pixels, 40)


def _plaster(rng: np.random.Generator) -> Material:
    paints: list[Paint] = [(0.78, 0.82, 0.84), (0.6, 0.72, 0.8), (0.66, 0.68, 0.68)]
    colour = _speckled(rng, _near(rng, paints[int(rng.integers(3))], 0.1), 0.02, 0.05)
    streaks = noise(rng, (_TILE, _TILE), (_TILE, 6)).clip(0, 1.5)
    fade = np.linspace(0.07, 0, _TILE)[:, None]
    return _finish(colour * (1 - streaks * fade)[..., None], 50)


def _steel(rng: np.random.Generator, paint: Paint) -> Material:
    """Corrugated sheet, ribs from top to bottom (after GB/T 12755: waves of 130 to 300 mm)."""
    colour = _speckled(rng, _near(rng, paint, 0.12), 0.015, 0.04)
    wave = int(rng.choice([16, 32]))  # texels; 60 a metre
    phase = np.arange(_TILE) % wave / wave
    rib = 1 + 0.16 * np.where(phase < 0.2, np.sin(phase / 0.2 * 2 * np.pi), 0.0)
    colour *= rib[None, :, None]
    worn = rng.uniform(0, 1)
    streaks = noise(rng, (_TILE, _TILE), (_TILE, 5)).clip(0.5) - 0.5
    rust = (streaks * worn * np.linspace(1, 0.2, _TILE)[:, None])[..., None].clip(0, 0.8)
    colour += (np.array([0.22, 0.3, 0.4]) - colour) * rust
    colour[:2] *= 0.82
    return _finish(colour, 60)


def _tiles(rng: np.random.Generator) -> Material:
    paints: list[Paint] = [(0.25, 0.3, 0.5), (0.4, 0.4, 0.38), (0.3, 0.38, 0.55)]
    colour = _speckled(rng, _near(rng, paints[int(rng.integers(3))], 0.15), 0.06, 0.1)
    ramp = 0.72 + 0.4 * (np.arange(_TILE) % 16 / 16)
    wave = 1 + 0.12 * np.sin(np.arange(_TILE) / 10.67 * 2 * np.pi)
    return _finish(colour * ramp[:, None, None] * wave[None, :, None], 60)


def _bitumen(rng: np.random.Generator) -> Material:
    paint = _near(rng, (0.42, 0.43, 0.43) if rng.random() < 0.5 else (0.55, 0.56, 0.56), 0.2)
    colour = _speckled(rng, paint, 0.05, 0.14)
    colour[:, ::64] *= 0.8
    return _finish(colour, 40)


def _tarpaulin(rng: np.random.Generator) -> Material:
    paints: list[Paint] = [
        (0.62, 0.36, 0.14),
        (0.3, 0.4, 0.18),
        (0.2, 0.2, 0.2),
        (0.75, 0.76, 0.76),
        (0.2, 0.42, 0.62),
    ]
    colour = _speckled(rng, _near(rng, paints[int(rng.integers(len(paints)))], 0.1), 0.02, 0.04)
    if rng.random() < 0.3:  # the striped sheet of building sites: red, white, blue
        stripes = np.array([[0.25, 0.22, 0.7], [0.85, 0.85, 0.85], [0.65, 0.35, 0.15]])
        colour[:] = stripes[np.arange(_TILE) // 12 % 3][None]
    folds = _wrapped(rng, _TILE, 30) + 0.6 * _wrapped(rng, _TILE, 12)
    slope = cv2.Sobel(folds, cv2.CV_32F, 1, 1, ksize=5)
    return _finish(colour * (1 + 0.02 * np.clip(slope, -9, 9))[..., None], 70)


def _planks(rng: np.random.Generator) -> Material:
    colour = _speckled(rng, _near(rng, (0.32, 0.46, 0.6), 0.15), 0.05, 0.05)
    for column in range(0, _TILE, 16):
        colour[:, column : column + 16] *= 1 + rng.normal(0, 0.08)
        colour[:, column] *= 0.6
    return _finish(colour, 80)


def _net(rng: np.random.Generator) -> Material:
    """The dense green or blue net that hangs on scaffolds."""
    paint: Paint = (0.3, 0.5, 0.16) if rng.random() < 0.7 else (0.6, 0.4, 0.15)
    colour = _speckled(rng, _near(rng, paint, 0.12), 0.05, 0.08)
    sag = noise(rng, (_TILE, _TILE), (50, 9))
    colour *= (1 + 0.1 * sag)[..., None]
    opacity = np.full((_TILE, _TILE, 1), rng.uniform(0.75, 0.97))
    return _finish(np.dstack([colour, opacity]), 40)


def _poles(rng: np.random.Generator) -> Material:
    """A bay of scaffold: uprights, ledgers and a brace; 1.8 m by 1.8 m."""
    sheet = np.zeros((216, 216, 4), np.uint8)
    steel = _near(rng, (0.5, 0.52, 0.54) if rng.random() < 0.6 else (0.2, 0.35, 0.5), 0.15)
    ink = tuple(int(255 * part) for part in steel)
    for at in (0, 108):
        cv2.line(sheet, (at + 3, 0), (at + 3, 216), (*ink, 255), 7)
        cv2.line(sheet, (0, at + 3), (216, at + 3), (*ink, 255), 7)
    cv2.line(sheet, (0, 216), (216, 0), (*ink, 255), 5)
    sheet[100:108, :] = (*(int(0.8 * part) for part in (90, 130, 160)), 255)  # planks
    sheet[..., :3] = np.where(sheet[..., 3:] > 0, sheet[..., :3], ink)
    return Material(sheet, 120)


def _frame(rng: np.random.Generator) -> Material:
    """A bare steel frame: posts, beams and purlins 1.5 m apart."""
    sheet = np.zeros((180, 180, 4), np.uint8)
    paint = _near(rng, (0.3, 0.32, 0.4) if rng.random() < 0.5 else (0.55, 0.55, 0.55), 0.15)
    ink = tuple(int(255 * part) for part in paint)
    sheet[..., :3] = ink
    sheet[:, :12, 3] = 255
    sheet[:10, :, 3] = 255
    sheet[90:96, :, 3] = 255
    return Material(sheet, 120)


def _rubble(rng: np.random.Generator) -> Material:
    colour = _speckled(rng, _near(rng, (0.38, 0.44, 0.5), 0.15), 0.25, 0.2)
    for _ in range(220):
        x, y = rng.integers(0, _TILE, 2).tolist()
        tone = rng.uniform(0.5, 1.5)
        paint = (0.28, 0.36, 0.55) if rng.random() < 0.4 else (0.5, 0.52, 0.53)
        box = cv2.boxPoints(((x, y), rng.uniform(4, 18, 2).tolist(), float(rng.uniform(0, 90))))
        layer = np.ascontiguousarray(colour)
        cv2.fillConvexPoly(layer, box.astype(np.int32), tuple(tone * part for part in paint))
        colour = layer
    return _finish(colour, 90)


def _glass(rng: np.random.Generator) -> Material:
    """Windows of an enclosed balcony: frames 0.8 m apart, the panes dark or curtained."""
    sheet = np.empty((180, 96, 3))
    sheet[:] = np.array([0.42, 0.38, 0.32]) * rng.uniform(0.5, 1.3)
    sheet *= np.linspace(1.25, 0.8, 180)[:, None, None]
    frame = rng.choice([0.2, 0.55, 0.9])
    sheet[:6] = sheet[-6:] = frame
    sheet[60:64] = frame
    sheet[:, :5] = frame
    if rng.random() < 0.5:
        sheet[64:, 5:40] = _near(rng, (0.7, 0.72, 0.75), 0.2)
    return Material(np.asarray(np.clip(sheet, 0, 1) * 255, np.uint8), 120)


def _foliage(rng: np.random.Generator) -> Material:
    """The cut-out of a crown, 1 m by 1 m, to be stretched."""
    size = 192
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32) / size
    crown, shade = np.full((size, size), -1.0, np.float32), np.zeros((size, size), np.float32)
    for _ in range(22):
        x, y, r = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8), rng.uniform(0.08, 0.2)
        blob = 1 - np.hypot(columns - x, rows - y) / np.float32(r)
        shade = np.where(blob > crown, (y - rows) / np.float32(r), shade)
        crown = np.maximum(crown, blob)
    leaves = noise(rng, (size, size), (3, 3)) + 0.7 * noise(rng, (size, size), (9, 9))
    opacity = np.clip((crown + 0.13 * leaves) * 12, 0, 1)
    green = np.array(_near(rng, (0.14, 0.31, 0.25), 0.25, 0.015))
    tone = 0.85 + 0.3 * np.clip(shade, -1, 1) + 0.26 * leaves - 0.25 * rows
    sheet = np.dstack([np.clip(green * tone[..., None], 0, 1), opacity])
    return Material(np.asarray(sheet * 255, np.uint8), size, repeat=False)


def _hedge(rng: np.random.Generator) -> Material:
    """A far row of trees, 30 m by 6 m."""
    tall, wide = 96, 480
    top = 0.35 + 0.16 * noise(rng, (1, wide), (1, 40)) + 0.1 * noise(rng, (1, wide), (1, 9))
    rows = np.linspace(0, 1, tall)[:, None]
    leaves = noise(rng, (tall, wide), (3, 3)) + 0.8 * noise(rng, (tall, wide), (12, 12))
    green = np.array(_near(rng, (0.2, 0.3, 0.27), 0.2, 0.015))
    colour = np.clip(green * (1 + 0.2 * leaves)[..., None], 0, 1)
    opacity = (rows + 0.03 * leaves > top).astype(np.float32)
    sheet = np.dstack([colour, opacity])
    return Material(np.asarray(sheet * 255, np.uint8), 16)


def _sand(rng: np.random.Generator) -> Material:
    return _finish(_speckled(rng, _near(rng, (0.5, 0.6, 0.68), 0.15), 0.1, 0.06), 60)


def _poster(rng: np.random.Generator) -> Material:
    """A poster or banner, 1 m by 1 m, to be stretched: rows of signs on a ground."""
    sheet = np.empty((96, 96, 3))
    red = rng.random() < 0.5
    sheet[:] = (0.15, 0.12, rng.uniform(0.5, 0.8)) if red else rng.uniform(0.1, 0.9, 3)
    ink = np.array([0.3, 0.8, 0.9]) if red else 1 - sheet[0, 0]
    for row in range(12, 84, int(rng.integers(14, 40))):
        for column in range(8, 86, 9):
            if rng.random() < 0.8:
                tall = int(rng.integers(6, 12))
                sheet[row : row + tall : 3, column : column + 6] = ink
                sheet[row : row + tall, column : column + 6 : 3] = ink
    return Material(np.asarray(np.clip(sheet, 0, 1) * 255, np.uint8), 96, repeat=False)


KINDS: dict[str, Callable[[np.random.Generator], Material]] = {
    "asphalt": _asphalt,
    "bitumen": _bitumen,
    "blocks": _blocks,
    "brick_grey": _brick_grey,
    "brick_red": _brick_red,
    "concrete": _concrete,
    "dirt": _dirt,
    "foliage": _foliage,
    "frame": _frame,
    "glass": _glass,
    "grass": _grass,
    "hedge": _hedge,
    "net": _net,
    "paving": _paving,
    "planks": _planks,
    "plaster": _plaster,
    "poles": _poles,
    "poster": _poster,
    "rubble": _rubble,
    "sand": _sand,
    "tarpaulin": _tarpaulin,
    "tiles": _tiles,
}
"""Every material that needs no colour."""
