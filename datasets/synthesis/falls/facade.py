"""Facades: drawn from a seed, or laid from photographs, floor upon floor."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from datasets.synthesis.texture import noise
from datasets.synthesis.types import Array, Image

TEXELS_PER_M = 36
_WINDOW, _STRIP_ROWS = 0, (48, 400)
"""Class of windows in the photographs' labels; how many rows a usable floor has."""
_LEDGE_TALL_M = 1.1


@dataclass(frozen=True)
class Facade:
    """A building's front as textures of TEXELS_PER_M, row 0 at its top.

    Attributes:
        floors: Number of floors.
        floor_m: Height of a floor, metres.
        columns: Number of window columns.
        column_m: Width of a column, metres.
        wall: (H, W, 3) BGR.
        glass: (H, W), 255 where glass mirrors.
        ledges: (H, W, 4) BGRA of the balconies that stand before the wall.
        ledge_m: How far they stand before it, metres.
    """

    floors: int
    floor_m: float
    columns: int
    column_m: float
    wall: Image
    glass: Image
    ledges: Image
    ledge_m: float

    @property
    def width_m(self) -> float:
        """Width of the front, metres."""
        return self.columns * self.column_m

    @property
    def height_m(self) -> float:
        """Height of the front, metres."""
        return self.floors * self.floor_m

    def to_plane(self, left_m: float) -> Array:
        """3x3 homography from texels to x, y in metres, for a front that begins at x = `left_m`."""
        scale = 1 / TEXELS_PER_M
        return np.array([[scale, 0, left_m], [0, -scale, self.height_m], [0, 0, 1]])


def drawn_facade(rng: np.random.Generator, floors: int) -> Facade:
    """Draw a residential or office front.

    Args:
        rng: Where the randomness comes from.
        floors: Number of floors.
    """
    floor_m, column_m = float(rng.uniform(2.8, 3.3)), float(rng.uniform(2.4, 4.2))
    columns = int(rng.integers(8, 15))
    height, width = _texels(floors * floor_m), _texels(columns * column_m)
    wall, glass = _plaster(rng, height, width), np.zeros((height, width), np.uint8)
    ledges = np.zeros((height, width, 4), np.uint8)
    wide, tall = rng.uniform(0.4, 0.85) * column_m, rng.uniform(0.4, 0.65) * floor_m
    sill = rng.uniform(0.08, 0.28) * floor_m
    frame = rng.uniform(0.2, 0.95) * 255
    balconies = rng.random(columns) < rng.choice([0.0, 0.3, 0.6])
    rail = tuple(float(v) for v in np.clip(rng.uniform(60, 230) + rng.normal(0, 15, 3), 0, 255))
    conditioned = rng.random(columns) < 0.5
    for floor in range(floors):
        base = (floors - floor) * floor_m
        for column in range(columns):
            x = (column + 0.5) * column_m
            left, right = _texels(x - wide / 2), _texels(x + wide / 2)
            top, bottom = _texels(base - sill - tall), _texels(base - sill)
            _window(wall, (left, top, right, bottom), frame, rng)
            cv2.rectangle(glass, (left, top), (right, bottom), 255, cv2.FILLED)
            if balconies[column]:
                _balcony(ledges, x, base, min(wide * 1.15, column_m * 0.95), rail, rng)
            elif conditioned[column] and rng.random() < 0.7:
                at = _texels(x - wide / 2), _texels(base - sill + 0.1)
                _box(wall, at, _texels(0.8), _texels(0.55), float(rng.uniform(150, 235)))
    for x in rng.uniform(0, columns * column_m, 3):
        cv2.line(wall, (_texels(x), 0), (_texels(x), height), (rng.uniform(60, 220),) * 3, 3)
    return Facade(
        floors, floor_m, columns, column_m, wall, glass, ledges, float(rng.uniform(0.9, 1.4))
    )


def photographed_facade(rng: np.random.Generator, floors: int, photo: Path) -> Facade | None:
    """Lay a front from one photographed floor, side by side and floor upon floor.

    Args:
        rng: Where the randomness comes from.
        floors: Number of floors.
        photo: A picture with YOLO labels in the folder `labels` beside its own, windows class 0.

    Returns:
        The front, or None where the photograph shows no whole floor with windows.
    """
    read = cv2.imread(str(photo))
    label = photo.parent.parent / "labels" / f"{photo.stem}.txt"
    if read is None or not label.is_file():
        return None
    picture = np.asarray(read, np.uint8)
    found = _floor_of(picture, _windows(label, picture))
    if found is None:
        return None
    strip, mask = found
    floor_m = float(rng.uniform(2.8, 3.3))
    rows = _texels(floor_m)
    wide = max(8, round(strip.shape[1] * rows / strip.shape[0]))
    strip = np.asarray(cv2.resize(strip, (wide, rows), interpolation=cv2.INTER_AREA), np.uint8)
    mask = np.asarray(cv2.resize(mask, (wide, rows), interpolation=cv2.INTER_NEAREST), np.uint8)
    repeats = max(1, round(_texels(32.0) / wide))
    floors_drawn = [_vary(_tile(strip, repeats), rng) for _ in range(floors)]
    wall = np.vstack(floors_drawn)
    columns = max(1, round(wall.shape[1] / _texels(3.2)))
    return Facade(
        floors,
        rows / TEXELS_PER_M,
        columns,
        wall.shape[1] / TEXELS_PER_M / columns,
        wall,
        np.vstack([_tile(mask, repeats)] * floors),
        np.zeros((*wall.shape[:2], 4), np.uint8),
        1.0,
    )


def _texels(metres: float) -> int:
    return round(float(metres) * TEXELS_PER_M)


def _plaster(rng: np.random.Generator, height: int, width: int) -> Image:
    colour = np.clip(rng.uniform(0.25, 0.9) + rng.normal(0, 0.06, 3), 0.1, 0.95)
    grain = 1 + 0.04 * noise(rng, (height, width), (3, 3))
    grain += 0.06 * noise(rng, (height, width), (200, 40))
    wall = np.asarray(np.clip(colour * grain[..., None] * 255, 0, 255), np.uint8)
    if rng.random() < 0.5:
        step = int(rng.integers(8, 30))
        wall[::step] = (wall[::step] * 0.85).astype(np.uint8)
        wall[:, :: 2 * step] = (wall[:, :: 2 * step] * 0.88).astype(np.uint8)
    return wall


def _window(
    wall: Image, box: tuple[int, int, int, int], frame: float, rng: np.random.Generator
) -> None:
    left, top, right, bottom = box
    tone = rng.uniform(0.1, 0.45)
    shade = np.linspace(tone * 1.3, tone * 0.8, max(1, bottom - top))[:, None, None]
    wall[top:bottom, left:right] = np.clip(shade * np.array([275, 255, 235]), 0, 255)
    if rng.random() < 0.45:
        share = rng.uniform(0.15, 0.6)
        curtain = np.clip(rng.uniform(90, 230) + rng.normal(0, 20, 3), 0, 255)
        edge = left + int(share * (right - left))
        wall[top:bottom, left:edge] = curtain
    corners = [(left, top), ((left + right) // 2, top)]
    for x, y in corners:
        cv2.rectangle(wall, (x, y), (right, bottom), (frame,) * 3, 2)


def _balcony(
    ledges: Image,
    x: float,
    base: float,
    wide: float,
    rail: tuple[float, ...],
    rng: np.random.Generator,
) -> None:
    left, right = _texels(x - wide / 2), _texels(x + wide / 2)
    top, bottom = _texels(base - _LEDGE_TALL_M), _texels(base)
    cv2.rectangle(ledges, (left, bottom - 6), (right, bottom), (*rail, 255.0), cv2.FILLED)
    if rng.random() < 0.6:
        cv2.rectangle(ledges, (left, top), (right, bottom - 6), (*rail, 255.0), cv2.FILLED)
        return
    for bar in range(left, right, 5):
        cv2.line(ledges, (bar, top), (bar, bottom), (*rail, 255.0), 1)
    cv2.line(ledges, (left, top), (right, top), (*rail, 255.0), 3)


def _box(wall: Image, at: tuple[int, int], wide: int, tall: int, tone: float) -> None:
    cv2.rectangle(wall, at, (at[0] + wide, at[1] + tall), (tone,) * 3, cv2.FILLED)
    centre = (at[0] + wide // 2, at[1] + tall // 2)
    cv2.circle(wall, centre, tall // 2 - 2, (tone * 0.5,) * 3, cv2.FILLED)


def _windows(label: Path, picture: Image) -> Array:
    """(N, 4) x1, y1, x2, y2 in pixels."""
    rows = [line.split() for line in label.read_text().splitlines()]
    boxes = np.array(
        [[float(v) for v in row[1:5]] for row in rows if len(row) == 5 and int(row[0]) == _WINDOW]
    ).reshape(-1, 4)
    height, width = picture.shape[:2]
    corners = np.hstack([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2])
    return np.asarray(corners * [width, height, width, height])


def _floor_of(picture: Image, windows: Array) -> tuple[Image, Image] | None:
    """The band of the topmost whole row of windows, and where its glass is."""
    whole = windows[windows[:, 1] > 4]
    if len(whole) < 2:
        return None
    first = whole[whole[:, 1].argmin()]
    row = whole[np.abs(whole[:, 1] - first[1]) < 0.5 * (first[3] - first[1])]
    top, bottom = float(np.median(row[:, 1])), float(np.median(row[:, 3]))
    margin = 0.3 * (bottom - top)
    start, end = int(max(0, top - margin)), int(min(len(picture), bottom + margin))
    if len(row) < 2 or not _STRIP_ROWS[0] <= end - start <= _STRIP_ROWS[1]:
        return None
    glass = np.zeros(picture.shape[:2], np.uint8)
    for x1, y1, x2, y2 in row.astype(int).tolist():
        cv2.rectangle(glass, (x1, y1), (x2, y2), 255, cv2.FILLED)
    return picture[start:end], glass[start:end]


def _tile(strip: Image, repeats: int) -> Image:
    return np.concatenate([strip if n % 2 == 0 else strip[:, ::-1] for n in range(repeats)], axis=1)


def _vary(floor: Image, rng: np.random.Generator) -> Image:
    gain = 1 + 0.05 * noise(rng, (floor.shape[0], floor.shape[1]), (400, 60))
    return np.asarray(np.clip(floor * gain[..., None], 0, 255), np.uint8)
