"""The core value that every inspection gives: boxes, scores and classes of one picture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PlateReading:
    """What a licence plate says. It names a person: never log it.

    Attributes:
        text: Characters of GA 36-2018 without the dot, e.g. `京A12345`; empty if unreadable.
        text_score: Confidence of the text, 0 to 1.
        color: `blue`, `green` (new energy), `yellow`, `white`, `black` or `unknown`.
        polygon: Corners of the plate, clockwise from its top left, x, y in pixels of the original
            picture.
    """

    text: str
    text_score: float
    color: str
    polygon: tuple[
        tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]
    ]


@dataclass(frozen=True, slots=True)
class Detection:
    """One detection, as iteration over `Detections` gives it.

    Attributes:
        class_name: Name of the class.
        score: Confidence, 0 to 1.
        box: x1, y1, x2, y2 in pixels of the original picture, origin at its top left corner.
        plate: What it says, if it is a plate that was read.
    """

    class_name: str
    score: float
    box: tuple[float, float, float, float]
    plate: PlateReading | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What a model said of one picture, highest score first.

    Attributes:
        boxes: float32 (N, 4): x1, y1, x2, y2 in pixels of the original picture, x1 <= x2, y1 <= y2.
        scores: float32 (N,), 0 to 1.
        class_ids: int64 (N,), indices into `class_names`.
        class_names: Every class of the model, in the order of its class index.
        plates: Readings of plates, by the index of their detection.

    Raises:
        ValueError: Shapes, types or ranges are not the ones above.

    Example:
        >>> found = Detections.none(("crack", "pothole"))
        >>> len(found), list(found)
        (0, [])
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int64]
    class_names: tuple[str, ...]
    plates: Mapping[int, PlateReading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.scores)
        _require(self.boxes, "boxes", np.float32, (n, 4))
        _require(self.scores, "scores", np.float32, (n,))
        _require(self.class_ids, "class_ids", np.int64, (n,))
        if n == 0:
            return
        if not (np.isfinite(self.boxes).all() and (self.boxes[:, :2] <= self.boxes[:, 2:]).all()):
            raise ValueError("boxes must be finite x1, y1, x2, y2 with x1 <= x2 and y1 <= y2")
        if not ((self.scores >= 0).all() and (self.scores <= 1).all()):
            raise ValueError("scores must lie between 0 and 1")
        if self.class_ids.min() < 0 or self.class_ids.max() >= len(self.class_names):
            raise ValueError("class_ids must be indices into class_names")
        if self.plates and not (min(self.plates) >= 0 and max(self.plates) < n):
            raise ValueError("plates must be keyed by indices of detections")

    @classmethod
    def none(cls, class_names: tuple[str, ...]) -> "Detections":
        """Return the empty detections of a model with these classes."""
        return cls(
            boxes=np.empty((0, 4), np.float32),
            scores=np.empty(0, np.float32),
            class_ids=np.empty(0, np.int64),
            class_names=class_names,
        )

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Detection]:
        rows = zip(self.boxes.tolist(), self.scores.tolist(), self.class_ids.tolist(), strict=True)
        for index, (box, score, class_id) in enumerate(rows):
            yield Detection(self.class_names[class_id], score, tuple(box), self.plates.get(index))


def _require(array: NDArray[np.generic], name: str, dtype: type, shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(
            f"{name} must be {np.dtype(dtype).name} {shape}, not {array.dtype.name} {array.shape}"
        )
