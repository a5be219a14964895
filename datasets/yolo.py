"""Reads labelled pictures in the YOLO folder layout.

A dataset folder holds one folder per split, each with ``images/`` and ``labels/``::

    road_damage/train/images/1007599_RS_386_386RS289112_28920.jpg
    road_damage/train/labels/1007599_RS_386_386RS289112_28920.txt

A label file has one line per object, ``class x_center y_center width height``, the last four as
fractions of the picture's width and height (https://docs.ultralytics.com/datasets/detect/). A
picture without a label file, or with an empty one, holds no object.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import XunjianError

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


class DatasetError(XunjianError):
    """A dataset folder is missing, or does not hold what it must."""


@dataclass(frozen=True)
class LabelledPicture:
    """One picture's file and what it shows.

    Attributes:
        path: The picture's file.
        boxes: float32 (N, 4), centre x, centre y, width, height, as fractions of the picture.
        class_ids: int64 (N,).
        labelled: Ids of the classes that are labelled wherever they are seen; None for all.
    """

    path: Path
    boxes: NDArray[np.float32]
    class_ids: NDArray[np.int64]
    labelled: frozenset[int] | None = None

    def corners(self, width: int, height: int) -> NDArray[np.float32]:
        """The boxes as float32 (N, 4) x1, y1, x2, y2 in pixels of a picture of that size."""
        scale = np.array([width, height], np.float32)
        centre, half = self.boxes[:, :2] * scale, self.boxes[:, 2:] * scale / 2
        return np.clip(np.hstack([centre - half, centre + half]), 0, np.tile(scale, 2))


def read_split(folder: Path) -> list[LabelledPicture]:
    """Read the pictures' names and labels of one split, in the order of their names.

    Args:
        folder: The split's folder, which holds ``images/`` and ``labels/``.

    Returns:
        One entry per picture. The pictures themselves are not opened.

    Raises:
        DatasetError: If the folder holds no picture, or a label line cannot be read.
    """
    pictures = [
        LabelledPicture(path, *read_label(folder / "labels" / f"{path.stem}.txt"))
        for path in picture_files(folder / "images")
    ]
    if not pictures:
        raise DatasetError(
            f"{folder} holds no pictures",
            hint="Give a folder in the YOLO layout: images/*.jpg beside labels/*.txt.",
        )
    return pictures


def picture_files(folder: Path) -> list[Path]:
    """The picture files directly in a folder, by name; none if the folder is missing."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)


def read_label(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Read one label file: boxes float32 (N, 4) and class ids int64 (N,), as fractions.

    Raises:
        DatasetError: If a line is not a whole class number and four finite numbers.
    """
    rows: list[list[float]] = []
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if not fields:
            continue
        try:
            row = [float(int(fields[0])), *(float(field) for field in fields[1:])]
        except ValueError:
            row = []
        if len(row) != 5 or not np.isfinite(row).all():
            raise DatasetError(
                f"{path}:{number} is not a label: {line!r}",
                hint="A line is: class x_center y_center width height, the last four from 0 to 1.",
            )
        rows.append(row)
    table = np.array(rows, np.float64).reshape(-1, 5)
    return table[:, 1:].astype(np.float32), table[:, 0].astype(np.int64)
