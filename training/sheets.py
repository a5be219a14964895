"""Contact sheets: many small views of mistakes on one picture, for a person to look through."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inference.decode import DecodeLimits, decode
from training.mistakes import Mistake

SHOWN = 48
"""How many mistakes of a kind stand on a sheet."""
_COLUMNS, _TILE, _CAPTION, _GAP = 6, 208, 34, 6
_CONTEXT = 1.8
"""A view is so many times as wide as the box, at least; the rest is context."""
_SMALLEST_VIEW = 96
_FULL_SIZE = 1 << 30
_BOX_COLOUR = (0, 200, 255)
_LIMITS = DecodeLimits(max_bytes=256 * 1024 * 1024, max_pixels=200_000_000)


def draw_sheet(mistakes: Sequence[Mistake], path: Path) -> None:
    """Draw the first mistakes as a JPEG, from left to right and from top to bottom.

    Args:
        mistakes: At least one, the worst first.
        path: The file to write.
    """
    shown = mistakes[:SHOWN]
    rows = -(-len(shown) // _COLUMNS)
    height = rows * (_TILE + _CAPTION + _GAP) + _GAP
    sheet = Image.new("RGB", (_COLUMNS * (_TILE + _GAP) + _GAP, height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for number, mistake in enumerate(shown):
        left = _GAP + number % _COLUMNS * (_TILE + _GAP)
        top = _GAP + number // _COLUMNS * (_TILE + _CAPTION + _GAP)
        sheet.paste(Image.fromarray(_view(mistake)[..., ::-1]), (left, top))
        pen.text((left, top + _TILE + 2), _caption(mistake), "black", font)
        name = mistake.picture.name.encode("ascii", "replace").decode()
        pen.text((left, top + _TILE + 17), _shortened(name), "#666666", font)
    sheet.save(path, quality=88)


def _caption(mistake: Mistake) -> str:
    if mistake.kind == "missed":
        return f"{mistake.true_class}, at best {mistake.score:.2f}"
    if mistake.kind == "false":
        return f"{mistake.found_class} {mistake.score:.2f}"
    return f"{mistake.true_class} called {mistake.found_class} {mistake.score:.2f}"


def _shortened(name: str, longest: int = 34) -> str:
    return name if len(name) <= longest else f"{name[: longest - 12]}...{name[-9:]}"


def _view(mistake: Mistake) -> NDArray[np.uint8]:
    """A square cut round the box, uint8 (_TILE, _TILE, 3), BGR, with the box drawn in."""
    image = decode(mistake.picture.read_bytes(), _LIMITS, _FULL_SIZE).image
    x1, y1, x2, y2 = mistake.box
    side = max(_CONTEXT * max(x2 - x1, y2 - y1), _SMALLEST_VIEW)
    scale = _TILE / side
    shift = _TILE / 2 - np.array([x1 + x2, y1 + y2]) / 2 * scale
    view = cv2.warpAffine(
        image,
        np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32),
        (_TILE, _TILE),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderValue=(255, 255, 255),
    )
    corners = np.array([[x1, y1], [x2, y2]]) * scale + shift
    low, high = (tuple(int(value) for value in corner) for corner in corners)
    cv2.rectangle(view, low, high, (0, 0, 0), 4)
    cv2.rectangle(view, low, high, _BOX_COLOUR, 2)
    return np.asarray(view, np.uint8)
