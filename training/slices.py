"""Parts of a judged set that a model must do well on separately: camera, source, day and night.

What a picture belongs to is read, the later the stronger: day or night from its brightness, what
its dataset card's patterns say of its file name, and a row of `slices.csv` beside `images/`
(columns: `picture`, then one per kind of slice, e.g. `camera,light`).
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.cards import DatasetCard
from datasets.yolo import LabelledPicture
from inference.decode import DecodeLimits, decode
from inference.quality import look_quality
from training.errors import TrainingError

NIGHT_BELOW = 0.25
"""Pictures of a lower mean luminance (0 to 1) count as taken at night."""
_FILE = "slices.csv"
_SMALL = 416


def slices_of(
    pictures: Sequence[LabelledPicture], card: DatasetCard
) -> dict[str, NDArray[np.bool_]]:
    """Say which pictures belong to which slice.

    Args:
        pictures: The pictures of one judged set.
        card: Their dataset card.

    Returns:
        For each slice, e.g. `camera=north`, `light=night`: bool (P,). A kind of slice that all
        pictures share says nothing and is left out.

    Raises:
        TrainingError: If `slices.csv` is not what it must be.
    """
    tables: dict[Path, dict[str, dict[str, str]]] = {}
    told: list[dict[str, str]] = []
    for picture in pictures:
        folder = picture.path.parent.parent
        if folder not in tables:
            tables[folder] = _read_table(folder / _FILE)
        row = tables[folder].get(picture.path.name, {})
        mine = {**_from_name(picture.path, card), **row}
        if "light" not in mine:
            mine["light"] = _light(picture.path)
        told.append(mine)
    names = sorted({(kind, value) for mine in told for kind, value in mine.items()})
    kinds = [kind for kind, _ in names]
    return {
        f"{kind}={value}": np.array([mine.get(kind) == value for mine in told])
        for kind, value in names
        if kinds.count(kind) > 1
    }


def _from_name(path: Path, card: DatasetCard) -> dict[str, str]:
    patterns = {**({"place": card.place_pattern} if card.place_pattern else {}), **card.slices}
    found = {kind: re.match(pattern, path.name) for kind, pattern in patterns.items()}
    return {kind: one.group(1) for kind, one in found.items() if one is not None}


def _light(path: Path) -> str:
    quality = look_quality(decode(path.read_bytes(), DecodeLimits(), _SMALL))
    return "night" if quality.brightness < NIGHT_BELOW else "day"


def _read_table(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    try:
        reader = csv.DictReader(path.read_text("utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        raise TrainingError(f"{path} is not UTF-8", hint="Save it as CSV in UTF-8.") from error
    columns = list(reader.fieldnames or [])
    if "picture" not in columns or len(columns) < 2:
        raise TrainingError(
            f"{path} has the columns {', '.join(columns) or 'none'}",
            hint="It needs `picture` (a file name) and one column per kind of slice.",
        )
    return {
        row["picture"]: {kind: row[kind] for kind in columns if kind != "picture" and row[kind]}
        for row in reader
    }
