"""Reads and checks labelled pictures in the YOLO folder layout.

A dataset folder holds one folder per split, each with ``images/`` and ``labels/``::

    road_damage/train/images/1007599_RS_386_386RS289112_28920.jpg
    road_damage/train/labels/1007599_RS_386_386RS289112_28920.txt

A label file has one line per object, ``class x_center y_center width height``, the last four as
fractions of the picture's width and height (https://docs.ultralytics.com/datasets/detect/). A
picture without a label file, or with an empty one, holds no object.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import XunjianError

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
EDGE_TOLERANCE = 1e-3
"""How far, as a fraction of the picture, a box may reach over the edge before it is reported."""
NEAR_DUPLICATE_BITS = 4
"""Pictures whose 64-bit difference hashes differ in at most this many bits are near-duplicates."""


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


@dataclass(frozen=True)
class Problem:
    """Something wrong in a dataset: the file, and what is wrong with it."""

    path: Path
    what: str


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


def check_splits(folder: Path, splits: Sequence[str], class_count: int) -> list[Problem]:
    """Look for what would spoil training or make an evaluation lie.

    Reports pictures that are broken or truncated, labels that cannot be read or have no picture,
    boxes that are empty or reach outside, unknown classes, and near-duplicates between splits.

    Args:
        folder: The dataset's folder.
        splits: The splits to check, e.g. ``("train", "test")``.
        class_count: How many classes there are; class ids run from 0 below it.

    Returns:
        The problems found, split by split; empty for a clean dataset.
    """
    problems: list[Problem] = []
    seen: list[tuple[str, Path, int]] = []
    for split in splits:
        images = picture_files(folder / split / "images")
        if not images:
            problems.append(Problem(folder / split, "holds no pictures"))
        stems = {path.stem for path in images}
        labels = sorted((folder / split / "labels").glob("*.txt"))
        problems += [Problem(path, "has no picture") for path in labels if path.stem not in stems]
        for path in images:
            problems += _label_problems(folder / split / "labels" / f"{path.stem}.txt", class_count)
            hashed = _difference_hash(path)
            if hashed is None:
                problems.append(Problem(path, "cannot be decoded, or is truncated"))
            else:
                seen.append((split, path, hashed))
    return problems + list(_near_duplicates(seen))


def _label_problems(path: Path, class_count: int) -> list[Problem]:
    try:
        boxes, class_ids = read_label(path)
    except DatasetError as error:
        return [Problem(path, str(error))]
    low, high = boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2
    checks = (
        (((class_ids < 0) | (class_ids >= class_count)), "unknown class"),
        ((boxes[:, 2:] <= 0).any(axis=1), "empty box"),
        (((low < -EDGE_TOLERANCE) | (high > 1 + EDGE_TOLERANCE)).any(axis=1), "box outside"),
    )
    return [
        Problem(path, f"{what} (object {int(index) + 1})")
        for bad, what in checks
        for index in np.flatnonzero(bad)
    ]


def _difference_hash(path: Path) -> int | None:
    """64-bit difference hash of a picture, or None if it cannot be decoded completely.

    Each bit says whether a cell of an 8x9 grid is brighter than its left neighbour
    (http://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html).
    """
    data = path.read_bytes()
    # OpenCV fills a truncated JPEG with grey and says nothing, so look for its end marker.
    if data[:2] == b"\xff\xd8" and b"\xff\xd9" not in data[-64:]:
        return None
    picture = data and cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if not isinstance(picture, np.ndarray):
        return None
    small = cv2.resize(picture, (9, 8), interpolation=cv2.INTER_AREA)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def _near_duplicates(seen: Sequence[tuple[str, Path, int]]) -> Iterator[Problem]:
    for index, (split, path, hashed) in enumerate(seen):
        for other_split, other, other_hash in seen[:index]:
            if split != other_split and (hashed ^ other_hash).bit_count() <= NEAR_DUPLICATE_BITS:
                yield Problem(path, f"is a near-duplicate of {other}")
