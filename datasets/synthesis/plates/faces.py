"""The shapes of the characters, read from sheets that lie beside the code: no font is needed."""

from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image as Pillow

from datasets.synthesis.types import Image
from models.plate_text import CHARSET

Face: TypeAlias = dict[str, Image]
"""Coverage of each character of `CHARSET`, uint8 (CELL_HEIGHT, CELL_WIDTH), 255 where it is."""

ASSETS = Path(__file__).parent / "assets"
CELL_WIDTH, CELL_HEIGHT = 48, 96
COLUMNS = 16
"""Characters in a row of a sheet."""


@lru_cache(maxsize=1)
def committed_faces() -> tuple[Face, ...]:
    """The faces that ship, in the order of their names."""
    return tuple(_read(path) for path in sorted(ASSETS.glob("*.png")))


def _read(path: Path) -> Face:
    sheet = np.asarray(Pillow.open(path).convert("L"))
    face: Face = {}
    for index, character in enumerate(CHARSET):
        row, column = index // COLUMNS * CELL_HEIGHT, index % COLUMNS * CELL_WIDTH
        face[character] = sheet[row : row + CELL_HEIGHT, column : column + CELL_WIDTH]
    return face
