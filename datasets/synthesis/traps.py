"""Yellow sticky traps as a camera sees them, and exactly where each insect is stuck.

Insect ``i`` of a sheet is the same, at the same place, however many hang there: a sheet rendered
with more insects is the same sheet some days later.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from datasets.synthesis.insects import fly
from datasets.synthesis.pictures import Box, RenderedPicture
from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

CLASS_NAMES = ("insect",)

_DESIGN_HEIGHT = 1536
"""Sizes of insects and marks are pixels of a picture of this long side."""
_STAIN = np.array([0.07, 0.15, 0.22], np.float32)
_GLUE_LIGHT = np.array([0.9, 0.97, 1.0], np.float32)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where a sheet lies in the picture: its middle, half its sides along u and v, its turn."""

    middle: tuple[float, float]
    half: tuple[float, float]
    turn: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Pixel of the sheet's own coordinates, each from -1 to 1."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        x, y = u * self.half[0], v * self.half[1]
        return float(self.middle[0] + x * cos - y * sin), float(self.middle[1] + x * sin + y * cos)

    def outline(self) -> Array:
        """(4, 2), its corners in pixels."""
        return np.array([self.at(u, v) for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))])


def render_trap(
    seed: int, *, insects: int, day: int = 0, size_wh: tuple[int, int] = (1152, 1536)
) -> RenderedPicture:
    """Render one sheet.

    Args:
        seed: Which sheet, with its place, its print and its insects.
        insects: How many insects stick to it; up to a few hundred find room.
        day: Another day has other light, and the camera's noise is another.
        size_wh: Width and height in pixels.

    Returns:
        The picture; every insect is in the truth, specks of dirt are not.
    """
    place = np.random.default_rng([seed, 0])
    light = np.random.default_rng([seed, 1, day])
    width, height = size_wh
    scale = max(size_wh) / _DESIGN_HEIGHT
    sheet = _Sheet(
        (width * float(place.uniform(0.46, 0.54)), height * float(place.uniform(0.47, 0.53))),
        (width * float(place.uniform(0.3, 0.44)), height * float(place.uniform(0.4, 0.47))),
        float(place.normal(0, 0.03)),
    )
    canvas = _background(place, size_wh, scale)
    _lay_sheet(canvas, sheet, place, scale)
    picture = np.clip(canvas * 255, 0, 255).astype(np.uint8)
    _print_grid(picture, sheet, place, scale)
    _dirty(picture, sheet, place, scale)
    boxes = _stick_insects(picture, sheet, seed, insects, scale)
    return RenderedPicture(
        f"trap-{seed}-day-{day}",
        _expose(picture, light),
        tuple(boxes),
        CLASS_NAMES * len(boxes),
        quality=int(light.integers(82, 95)),
    )


def random_traps(
    seed: int, pictures: int, size_wh: tuple[int, int] = (1152, 1536)
) -> Iterator[RenderedPicture]:
    """Render sheets of every kind with up to 220 insects, the same for the same seed."""
    for number in range(pictures):
        rng = np.random.default_rng([seed, number])
        yield render_trap(
            int(rng.integers(1 << 31)),
            insects=int(rng.choice([0, 15, 40, 80, 120, 220])),
            size_wh=size_wh,
        )


def golden_trap() -> RenderedPicture:
    """Render the one sheet that checks a model."""
    return render_trap(12, insects=24, size_wh=(672, 896))


def _background(rng: np.random.Generator, size_wh: tuple[int, int], scale: float) -> Array:
    """A pale wall or bench, or a field out of focus."""
    width, height = size_wh
    shape = height, width
    if rng.random() < 0.5:
        coarse = noise(rng, shape, (90 * scale, 90 * scale))
        grey = rng.uniform(0.6, 0.85) * np.array([1.0, 1.0, rng.uniform(0.96, 1.04)])
        base = grey.astype(np.float32) + np.float32(0.02) * coarse[..., None]
    else:
        leaves = noise(rng, shape, (60 * scale, 25 * scale)) + noise(
            rng, shape, (200 * scale, 200 * scale)
        )
        base = np.array([0.16, 0.42, 0.3], np.float32) * (1 + 0.3 * leaves[..., None])
    return np.asarray(base, np.float32)


def _lay_sheet(canvas: Array, sheet: _Sheet, rng: np.random.Generator, scale: float) -> None:
    """Lay the yellow sheet with its glue: fine bumps that catch the light, drops, a gradient."""
    shape = canvas.shape[0], canvas.shape[1]
    low, high = np.array([0.02, 0.68, 0.86]), np.array([0.14, 0.84, 0.97])
    yellow = rng.uniform(low, high).astype(np.float32)
    bumps = noise(rng, shape, (5 * scale, 5 * scale)) + 0.7 * noise(
        rng, shape, (13 * scale, 13 * scale)
    )
    slope = np.asarray(cv2.Sobel(cv2.GaussianBlur(bumps, (0, 0), scale), -1, 0, 1, scale=1 / 8))
    uneven = 1 + 0.035 * noise(rng, shape, (320 * scale, 320 * scale))
    rows = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None] * np.float32(
        rng.uniform(-0.08, 0.08)
    )
    colour = yellow * (uneven + rows)[..., None] * (1 + 0.22 * slope[..., None])
    shine = np.clip(slope - np.float32(rng.uniform(0.22, 0.4)), 0, 0.3)[..., None]
    colour = colour + shine * (_GLUE_LIGHT - colour) * 1.4
    mask = np.zeros(shape, np.uint8)
    outline = np.rint(sheet.outline()).astype(np.int32)
    cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA)
    shadow = np.asarray(cv2.GaussianBlur(mask, (0, 0), 7 * scale), np.float32) / 255
    canvas *= 1 - 0.35 * shadow[..., None]
    share = mask[..., None].astype(np.float32) / 255
    canvas += share * (colour - canvas)


def _print_grid(picture: Image, sheet: _Sheet, rng: np.random.Generator, scale: float) -> None:
    """Print dashed lines and a number onto the sheet, as makers do."""
    ink = (26, 30, 30)
    thick = max(1, round(3 * scale))
    lines = [((-1.0, v), (1.0, v)) for v in np.linspace(-1, 1, int(rng.integers(3, 6)))[1:-1]]
    if rng.random() < 0.7:
        lines.append(((0.0, -0.8), (0.0, 0.8)))
    for start, end in lines:
        for dash in np.arange(0.0, 1.0, 0.04):
            a, b = (
                sheet.at(*(np.array(start) + (np.array(end) - start) * part))
                for part in (dash, dash + 0.026)
            )
            cv2.line(picture, _pixel(a), _pixel(b), ink, thick, cv2.LINE_AA)
    text = f"TRAP {int(rng.integers(1, 99)):02d}"
    cv2.putText(
        picture, text, _pixel(sheet.at(-0.4, -0.78)), cv2.FONT_HERSHEY_DUPLEX, 2.2 * scale,
        (50, 115, 50), max(1, round(5 * scale)), cv2.LINE_AA,
    )  # fmt: skip
    cv2.circle(picture, _pixel(sheet.at(0, -0.93)), round(14 * scale), (140, 150, 150), cv2.FILLED)


def _dirty(picture: Image, sheet: _Sheet, rng: np.random.Generator, scale: float) -> None:
    """Add what is no insect: specks, bits of leaf and stalk, drops, stains."""
    for _ in range(int(rng.integers(1, 5))):
        _stain(picture, _pixel(sheet.at(*rng.uniform(-0.9, 0.9, 2))), rng, scale)
    for _ in range(int(rng.integers(30, 160))):  # specks, far smaller than any insect
        grey = float(rng.uniform(25, 100))
        radius = max(1, round(float(rng.uniform(0.6, 2.2)) * scale))
        at = _pixel(sheet.at(*rng.uniform(-0.97, 0.97, 2)))
        cv2.circle(picture, at, radius, (0.4 * grey, 0.8 * grey, grey), cv2.FILLED, cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 4))):  # stalks and hairs
        x, y = sheet.at(*rng.uniform(-0.8, 0.8, 2))
        steps = rng.normal(rng.normal(0, 9 * scale, 2), 9 * scale, (12, 2))
        path = np.rint(np.array([x, y]) + steps.cumsum(axis=0)).astype(np.int32)
        colour = (26, 38, 56) if rng.random() < 0.5 else (26, 64, 102)
        thick = max(1, round(float(rng.uniform(1, 4)) * scale))
        cv2.polylines(picture, [path], False, colour, thick, cv2.LINE_AA)
    for _ in range(int(rng.integers(3, 20))):  # drops of glue
        at = _pixel(sheet.at(*rng.uniform(-0.95, 0.95, 2)))
        radius = round(float(rng.uniform(5, 15)) * scale)
        ring = (64, 158, 190)
        cv2.circle(picture, at, radius, ring, max(1, round(2 * scale)), cv2.LINE_AA)
        spark = (at[0] - radius // 3, at[1] - radius // 3)
        cv2.circle(picture, spark, max(1, radius // 4), (217, 247, 255), cv2.FILLED, cv2.LINE_AA)


def _stain(picture: Image, at: tuple[int, int], rng: np.random.Generator, scale: float) -> None:
    reach = round(110 * scale)
    left, top = max(0, at[0] - reach), max(0, at[1] - reach)
    part = picture[top : at[1] + reach, left : at[0] + reach]
    wet = np.zeros(part.shape[:2], np.float32)
    axes = (round(rng.uniform(20, 70) * scale), round(rng.uniform(15, 45) * scale))
    middle = at[0] - left, at[1] - top
    cv2.ellipse(wet, middle, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, cv2.FILLED)
    soft = np.asarray(cv2.GaussianBlur(wet, (0, 0), 14 * scale))
    part[:] = (part * (1 - soft[..., None] * _STAIN)).astype(np.uint8)


def _stick_insects(
    picture: Image, sheet: _Sheet, seed: int, insects: int, scale: float
) -> list[Box]:
    boxes: list[Box] = []
    taken: list[tuple[float, float, float]] = []
    for number in range(insects):
        rng = np.random.default_rng([seed, 2, number])
        length = float(np.clip(np.exp(rng.normal(np.log(22), 0.42)), 10, 62)) * scale
        place = _free_place(sheet, rng, taken, length)
        if place is None:
            continue
        taken.append((*place, length))
        box = fly(rng, length).onto(picture, place, shadow=0.25)
        if box is not None:
            boxes.append(box)
    return boxes


def _free_place(
    sheet: _Sheet,
    rng: np.random.Generator,
    taken: list[tuple[float, float, float]],
    length: float,
) -> tuple[float, float] | None:
    """A place on the sheet where no other insect lies; None if it is too full."""
    for _ in range(30):
        x, y = sheet.at(*rng.uniform(-0.93, 0.93, 2))
        if all(
            (x - other_x) ** 2 + (y - other_y) ** 2 > (0.62 * (length + other)) ** 2
            for other_x, other_y, other in taken
        ):
            return x, y
    return None


def _expose(picture: Image, rng: np.random.Generator) -> Image:
    """Take the picture: light that falls off, exposure, white balance, blur and noise."""
    height, width = picture.shape[:2]
    seen = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.35, 0.8))), np.float32)
    fall = np.linspace(1, 1 + float(rng.uniform(-0.2, 0.2)), width, dtype=np.float32)[None, :, None]
    balance = rng.uniform(0.94, 1.06, 3).astype(np.float32)
    seen *= fall * balance * np.float32(rng.uniform(0.85, 1.08))
    seen += rng.standard_normal((height, width, 1), np.float32) * np.float32(rng.uniform(1, 4))
    return np.clip(seen, 0, 255).astype(np.uint8)


def _pixel(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])
