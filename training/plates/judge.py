"""Judges plate readers on photos with noted plates: alone, and behind a detector."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.decode import DecodeLimits, Picture, decode
from inference.detections import PlateReading
from models.plate_text import CHARSET
from training.plates.pool import NotedPlate

ReadBoxes = Callable[[Picture, NDArray[np.float32]], list[PlateReading]]
"""Reads the plates in boxes, as `PlateReader.read` does."""
FindPlates = Callable[[Picture], NDArray[np.float32]]
"""Gives boxes (N, 4) of plates in a picture, pixels of the original."""
_LONG_SIDE = 3840
_FOUND_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader said of one noted plate; `read` is empty where it said nothing."""

    noted: NotedPlate
    read: str
    score: float
    color: str

    @property
    def exact(self) -> bool:
        """Whether every character is right."""
        return self.read == self.noted.text

    @property
    def but_province(self) -> bool:
        """Whether all characters after the province are right, whatever stands before them."""
        return self.read.endswith(self.noted.text[1:])


def read_noted(read: ReadBoxes, plates: Sequence[NotedPlate]) -> list[Answer]:
    """Read noted plates from the boxes round their corners."""
    answers: list[Answer] = []
    for plate in plates:
        (found,) = read(_open(plate.photo), bounds(plate.corners)[None])
        answers.append(Answer(plate, found.text, found.text_score, found.color))
    return answers


def find_and_read(find: FindPlates, read: ReadBoxes, plates: Sequence[NotedPlate]) -> list[Answer]:
    """Find plates and read them: the whole chain, one answer for each noted plate.

    A plate is found if a detector's box overlaps its own by an IoU of at least 0.5.
    """
    answers: list[Answer] = []
    for photo in dict.fromkeys(plate.photo for plate in plates):
        picture = _open(photo)
        boxes = find(picture)
        readings = read(picture, boxes)
        for plate in (one for one in plates if one.photo == photo):
            overlaps = _iou(bounds(plate.corners), boxes)
            best = int(overlaps.argmax()) if len(boxes) else -1
            if best >= 0 and overlaps[best] >= _FOUND_IOU:
                found = readings[best]
                answers.append(Answer(plate, found.text, found.text_score, found.color))
            else:
                answers.append(Answer(plate, "", 0.0, "unknown"))
    return answers


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """Shares of plates read exactly, without the province and by colour, with 95 % intervals."""
    colors = sorted({one.noted.color for one in answers})
    return {
        "plates": len(answers),
        "exact": _share([one.exact for one in answers]),
        "without_province": _share([one.but_province for one in answers]),
        "color": _share([one.color == one.noted.color for one in answers]),
        "exact_by_color": {
            color: _share([one.exact for one in answers if one.noted.color == color])
            for color in colors
        },
    }


def readable(plates: Sequence[NotedPlate]) -> list[NotedPlate]:
    """The plates whose noted text has no character outside the reader's."""
    return [plate for plate in plates if set(plate.text) <= set(CHARSET)]


def bounds(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """The box round corners: (4,) x1, y1, x2, y2."""
    return np.hstack([corners.min(axis=0), corners.max(axis=0)]).astype(np.float32)


def _share(right: Sequence[bool]) -> dict[str, Any]:
    """Share with its 95 % interval (E. B. Wilson, 1927), which few plates make wide."""
    n, p, z = len(right), sum(right) / len(right), 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    interval = [round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)]
    return {"right": sum(right), "of": n, "share": round(p, 4), "interval": interval}


def _open(photo: Path) -> Picture:
    return decode(photo.read_bytes(), DecodeLimits(), _LONG_SIDE)


def _iou(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    overlaps: NDArray[np.float32] = shared / (areas - shared)
    return overlaps
