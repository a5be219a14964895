"""Rasterises characters from fonts: the sheets that ship, and more faces to train on.

`python -m datasets.synthesis.plates.fonts` draws the committed sheets anew from Debian's fonts
(fonts-noto-cjk, fonts-roboto-unhinted). GA 36-2018 draws every character to fill its cell, so each
glyph is stretched to the cell; a 1 keeps its slenderness.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from datasets.synthesis.plates.faces import (
    ASSETS,
    CELL_HEIGHT,
    CELL_WIDTH,
    COLUMNS,
    Face,
    committed_faces,
)
from datasets.synthesis.types import Image
from models.plate_text import CHARSET, DIGITS, LETTERS

_SLENDER = {"1": 0.42}  # width of a character that does not fill its cell
_FONTS = Path("/usr/share/fonts")
_NOTO = "opentype/noto/NotoSansCJK-{}.ttc"
_ROBOTO = "truetype/roboto/unhinted/RobotoCondensed-{}.ttf"
_SIMPLIFIED = 2  # index of the simplified Chinese face in Noto's collections

_COMMITTED = {
    "bold": (_NOTO.format("Bold"), _SIMPLIFIED, _ROBOTO.format("Bold")),
    "medium": (_NOTO.format("Medium"), _SIMPLIFIED, _ROBOTO.format("Medium")),
}
_TRAINING = (
    (_NOTO.format("Regular"), _SIMPLIFIED, "truetype/liberation/LiberationSansNarrow-Bold.ttf"),
    (_NOTO.format("Black"), _SIMPLIFIED, "truetype/freefont/FreeSansBold.ttf"),
    ("truetype/wqy/wqy-zenhei.ttc", 0, "truetype/roboto/unhinted/RobotoCondensed-Regular.ttf"),
    ("truetype/wqy/wqy-microhei.ttc", 0, "truetype/dejavu/DejaVuSansCondensed.ttf"),
    ("truetype/droid/DroidSansFallbackFull.ttf", 0, "truetype/opendin/OSP-DIN.ttf"),
)


def training_faces() -> tuple[Face, ...]:
    """The faces that ship, and those of the free fonts that this machine has."""
    further = (
        draw_face(_FONTS / chinese, index, _FONTS / latin)
        for chinese, index, latin in _TRAINING
        if (_FONTS / chinese).is_file() and (_FONTS / latin).is_file()
    )
    return committed_faces() + tuple(further)


def draw_face(chinese: Path, index: int, latin: Path) -> Face:
    """Rasterise a face.

    Args:
        chinese: Font of provinces and special characters.
        index: Which face of that font, if it is a collection.
        latin: Font of letters and digits.

    Raises:
        OSError: A font is missing or is none.
    """
    size = 4 * CELL_HEIGHT
    narrow, wide = ImageFont.truetype(latin, size), ImageFont.truetype(chinese, size, index)
    return {c: _draw(c, narrow if c in DIGITS + LETTERS else wide) for c in CHARSET}


def _draw(character: str, font: ImageFont.FreeTypeFont) -> Image:
    left, top, right, bottom = (int(edge) for edge in font.getbbox(character))
    canvas = Pillow.new("L", (right - left, bottom - top))
    ImageDraw.Draw(canvas).text((-left, -top), character, fill=255, font=font)
    ink = np.asarray(canvas)
    ink = ink[np.ix_(ink.any(axis=1), ink.any(axis=0))]
    width = round(CELL_WIDTH * _SLENDER.get(character, 1.0))
    cell = np.zeros((CELL_HEIGHT, CELL_WIDTH), np.uint8)
    start = (CELL_WIDTH - width) // 2
    fitted = cv2.resize(ink, (width, CELL_HEIGHT), interpolation=cv2.INTER_AREA)
    cell[:, start : start + width] = fitted
    return cell


def _write(face: Face, path: Path) -> None:
    cells = [face[character] for character in CHARSET]
    cells += [np.zeros_like(cells[0])] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[start : start + COLUMNS]) for start in range(0, len(cells), COLUMNS)]
    Pillow.fromarray(np.vstack(rows)).quantize(16).save(path, optimize=True)


if __name__ == "__main__":
    for name, (chinese, index, latin) in _COMMITTED.items():
        _write(draw_face(_FONTS / chinese, index, _FONTS / latin), ASSETS / f"{name}.png")
