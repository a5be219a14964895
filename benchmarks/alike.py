"""How alike two pictures of one pothole are: whether a detector that missed it misses it again.

`python -m benchmarks.alike FOLDER` prints the correlation that `api.verification.odds` stands on.
FOLDER is a split in the YOLO layout whose files are named `id_ROAD_section_position`, frames of a
survey that are a few metres apart.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from pathlib import Path

import numpy as np

from datasets.yolo import read_split
from inference.decode import DecodeLimits, decode
from inference.inspections import PictureInspection, get_inspection

Box = tuple[float, float, float, float]

POTHOLE = 1  # index of the class
LEAST_IOU = 0.5
NEXT = (1, 2, 3)  # positions further: the next frame of the survey
MOST_ASIDE = 0.25  # of the width that a pothole may move between two frames


@dataclass(frozen=True, slots=True)
class Seen:
    """One labelled frame: its width in pixels, and each pothole with whether it was detected."""

    width: int
    potholes: list[tuple[Box, bool]]


def look(folder: Path) -> dict[tuple[str, int], Seen]:
    """Detect in every frame; return what was labelled and found by road section and position."""
    inspection = get_inspection("road_damage", variant="int8")
    assert isinstance(inspection, PictureInspection)  # noqa: S101 - it looks at pictures
    frames = {}
    for labelled in read_split(folder):
        limits = DecodeLimits(10**8, 10**8)
        picture = decode(labelled.path.read_bytes(), limits, inspection.input_size)
        found = [one.box for one in inspection.inspect(picture) if one.class_name == "pothole"]
        potholes = []
        corners = labelled.corners(picture.width, picture.height)
        for corner, class_id in zip(corners.tolist(), labelled.class_ids, strict=True):
            if class_id == POTHOLE:
                box: Box = (corner[0], corner[1], corner[2], corner[3])
                potholes.append((box, any(_iou(box, one) >= LEAST_IOU for one in found)))
        section, position = labelled.path.stem.split("_", 1)[1].rsplit("_", 1)
        frames[section, int(position)] = Seen(picture.width, potholes)
    return frames


def pairs(frames: dict[tuple[str, int], Seen]) -> Iterator[tuple[bool, bool]]:
    """Yield for each pothole seen again in the next frame whether it was detected in each.

    In the next frame it lies lower and not far aside; where two would do, none is taken.
    """
    for (section, position), here in sorted(frames.items()):
        step = next((n for n in NEXT if (section, position + n) in frames), None)
        if step is None:
            continue
        for box, detected in here.potholes:
            again = [
                later
                for other, later in frames[section, position + step].potholes
                if other[3] > box[3] - 2
                and abs(other[0] + other[2] - box[0] - box[2]) / 2 < MOST_ASIDE * here.width
            ]
            if len(again) == 1:
                yield detected, again[0]


def correlation(found: list[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Return the correlation of two pictures and its 95 % interval (Fisher's z)."""
    rho = float(np.corrcoef(np.array(found, float).T)[0, 1])
    z, spread = atanh(rho), 1.96 / sqrt(len(found) - 3)
    return rho, tanh(z - spread), tanh(z + spread)


def _iou(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (both - width * height)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.alike FOLDER, a split in the YOLO layout")
    measured = list(pairs(look(Path(sys.argv[1]))))
    rho, low, high = correlation(measured)
    both, none = measured.count((True, True)), measured.count((False, False))
    print(f"{len(measured)} pairs, {both} found twice, {none} missed twice")
    print(f"correlation {rho:.2f} [{low:.2f}, {high:.2f}], weight 1 / rho - 1 = {1 / rho - 1:.2f}")
