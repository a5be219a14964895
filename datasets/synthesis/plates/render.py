"""Draws flat, clean plates to the measures of GA 36-2018."""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from datasets.synthesis.plates.faces import Face, committed_faces
from datasets.synthesis.types import Array, Image
from models.plate_text import LETTERS, SPECIALS, colors_of

_WHITE, _BLACK, _RED = (235, 238, 238), (18, 18, 18), (30, 30, 190)
_BLUE, _YELLOW, _GREEN, _PALE = (150, 62, 14), (22, 170, 235), (105, 190, 60), (228, 240, 226)
_PAINT = {  # background and characters, BGR
    "blue": (_BLUE, _WHITE),
    "green": (_PALE, _BLACK),
    "yellow": (_YELLOW, _BLACK),
    "white": (_WHITE, _BLACK),
    "black": (_BLACK, _WHITE),
}
Cell: TypeAlias = tuple[float, float, float, float]
"""x, y, width, height, mm."""


def render_plate(
    text: str,
    color: str,
    rng: np.random.Generator,
    *,
    rows: int | None = None,
    px_per_mm: float = 1.0,
    faces: Sequence[Face] | None = None,
) -> Image:
    """Draw a plate as it leaves the press: flat, clean and evenly lit.

    Args:
        text: What stands on it, without the dot, e.g. `京A12345`.
        color: One of `models.plate_text.COLORS`.
        rng: Picks the face, shades of paint and small differences of the press.
        rows: 1, or 2 as behind large vehicles and trailers (yellow only); by default trailers
            and every third yellow plate have two.
        px_per_mm: Scale; a car's plate is 440 mm x 140 mm.
        faces: Shapes of the characters to pick from; by default those that ship.

    Returns:
        uint8 (H, W, 3), BGR.

    Raises:
        ValueError: No plate of this colour carries such a text, or has so many rows.
    """
    if color not in colors_of(text):
        raise ValueError(f"no {color} plate reads {text!r}")
    if rows is None:
        two = color == "yellow" and (
            text[-1] == "挂" or (text[-1] != "学" and rng.random() < 1 / 3)
        )
        rows = 2 if two else 1
    if rows not in (1, 2) or (rows == 2 and color != "yellow"):
        raise ValueError(f"no {color} plate has {rows} rows")
    cells, width = character_cells(len(text), rows)
    height = 220 if rows == 2 else 140
    dot = (220.0, 45.0) if rows == 2 else (cells[2][0] - 17.0, 70.0)
    paper, ink = (_shade(paint, rng) for paint in _PAINT[color])
    plate = np.empty((round(height * px_per_mm), round(width * px_per_mm), 3), np.float32)
    plate[:] = paper
    if color == "green":
        _paint_energy(plate, large=text[2] not in LETTERS, rng=rng)
    faces = faces or committed_faces()
    face = faces[int(rng.integers(len(faces)))]
    for character, cell in zip(text, cells, strict=True):
        red = color == "white" and character in SPECIALS
        _press(plate, face[character], cell, px_per_mm, _RED if red else ink, rng)
    if color != "green":
        center = tuple(round(v * px_per_mm) for v in dot)
        cv2.circle(plate, center, max(1, round(5 * px_per_mm)), ink, -1, cv2.LINE_AA)
    _paint_rim(plate, ink if color != "green" else _shade((90, 150, 70), rng), px_per_mm, rng)
    return np.clip(plate, 0, 255).astype(np.uint8)


def character_cells(length: int, rows: int) -> tuple[list[Cell], float]:
    """Where the characters of a plate stand: GA 36-2018, figures 1, 2 and 5.

    Args:
        length: Characters on it: 7, or 8 for new energy.
        rows: 1 or 2.

    Returns:
        The cell of each character, and the width of the plate, mm.
    """
    if rows == 2:
        upper: list[Cell] = [(110.0, 15.0, 80.0, 60.0), (250.0, 15.0, 80.0, 60.0)]
        lower: list[Cell] = [(27.5 + 80.0 * index, 90.0, 65.0, 110.0) for index in range(5)]
        return upper + lower, 440.0
    width, gap, group = (43.0, 9.0, 49.0) if length == 8 else (45.0, 12.0, 34.0)
    cells: list[Cell] = []
    x = 15.5
    for index in range(length):
        own = 45.0 if index == 0 else width
        cells.append((x, 25.0, own, 90.0))
        x += own + (group if index == 1 else gap)
    return cells, 480.0 if length == 8 else 440.0


def _press(
    plate: Array,
    glyph: Image,
    cell: Cell,
    px_per_mm: float,
    ink: tuple[float, ...],
    rng: np.random.Generator,
) -> None:
    x, y, width, height = (np.array(cell) * px_per_mm).round().astype(int)
    x, y = x + int(rng.integers(-1, 2)), y + int(rng.integers(-1, 2))
    cover = cv2.resize(glyph, (int(width), int(height)), interpolation=cv2.INTER_AREA)
    alpha = cover.astype(np.float32)[:, :, None] / 255
    spot = plate[y : y + height, x : x + width]
    spot += alpha * (np.array(ink, np.float32) - spot)


def _paint_energy(plate: Array, *, large: bool, rng: np.random.Generator) -> None:
    """Green running to white at the top; on large vehicles yellow to the left of even green."""
    green = np.array(_shade(_GREEN, rng), np.float32)
    if large:
        plate[:] = green
        plate[:, : round(plate.shape[1] * 0.29)] = _shade(_YELLOW, rng)
        return
    down = np.linspace(0, 1, plate.shape[0], dtype=np.float32)[:, None, None]
    down **= np.float32(rng.uniform(0.7, 1.5))
    plate += down * (green - plate)


def _paint_rim(
    plate: Array, ink: tuple[float, ...], px_per_mm: float, rng: np.random.Generator
) -> None:
    inset, line = round(rng.uniform(2, 6) * px_per_mm), max(1, round(2.5 * px_per_mm))
    far = (plate.shape[1] - 1 - inset, plate.shape[0] - 1 - inset)
    cv2.rectangle(plate, (inset, inset), far, ink, line, cv2.LINE_AA)


def _shade(paint: tuple[float, ...], rng: np.random.Generator) -> tuple[float, ...]:
    """A batch of paint: a little lighter, darker or of another hue than the last."""
    shaded = np.array(paint) * rng.uniform(0.85, 1.12) + rng.uniform(-10, 10, 3)
    return tuple(float(value) for value in shaded.clip(0, 255))
