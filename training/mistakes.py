"""What a model got wrong at its operating points, worst first, and its confusion matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.judging import Judgement
from training.metrics import Judged
from training.report import operating_points

SAME_PLACE = 0.5
"""A detection and an object whose boxes overlap by at least this (IoU) are the same thing."""

Kind = Literal["missed", "false", "wrong"]


@dataclass(frozen=True)
class Mistake:
    """One mistake on one picture.

    Attributes:
        kind: `missed`: an object nobody found; `false`: a detection of nothing; `wrong`: an object
            found as another class.
        picture: The picture's file.
        box: x1, y1, x2, y2 in pixels.
        true_class: What it is; None for `false`.
        found_class: What it was called; None for `missed`.
        score: How sure the model was of its detection; for `missed`, the highest score, below the
            threshold, that it gave the object.
    """

    kind: Kind
    picture: Path
    box: tuple[float, float, float, float]
    true_class: str | None
    found_class: str | None
    score: float


@dataclass(frozen=True)
class Confusion:
    """Objects and detections by class.

    Attributes:
        classes: The judged classes.
        table: int64 (C + 1, C + 1): rows what it is, columns what it was called; in the last row
            what is nothing, in the last column what was missed.
    """

    classes: tuple[str, ...]
    table: NDArray[np.int64]


def find_mistakes(
    judgement: Judgement, classes: Sequence[str]
) -> tuple[Confusion, dict[Kind, list[Mistake]]]:
    """Pair the detections at the operating points with the objects, picture by picture.

    Pairs of one class are made first, the surest detection first, then pairs of different classes.

    Args:
        judgement: What was found on a judged set.
        classes: The recipe's classes, in the order of the class ids.

    Returns:
        The confusion matrix; mistakes by kind, the worst first: detections by falling score, missed
        objects by rising score and, among equals, the largest first.
    """
    names = judgement.judged_set.class_names(classes)
    known = [classes.index(name) for name in names]
    thresholds = operating_points(judgement.model)
    limits = np.array([thresholds[name] for name in classes])
    table = np.zeros((len(names) + 1, len(names) + 1), np.int64)
    mistakes: dict[Kind, list[Mistake]] = {"missed": [], "false": [], "wrong": []}
    for picture, one in zip(judgement.pictures, judgement.judged, strict=True):
        true = np.flatnonzero(np.isin(one.true_ids, known))
        sure = one.scores >= limits[one.class_ids]
        found = np.flatnonzero(sure & np.isin(one.class_ids, known))
        overlaps = iou(one.true_boxes[true], one.boxes[found])
        pairs = _pairs(one, true, found, overlaps)
        for row, column in pairs.items():
            is_id, called_id = one.true_ids[true[row]], one.class_ids[found[column]]
            table[known.index(is_id), known.index(called_id)] += 1
            if is_id != called_id:
                mistakes["wrong"].append(
                    Mistake(
                        "wrong",
                        picture.path,
                        _box(one.true_boxes[true[row]]),
                        classes[is_id],
                        classes[called_id],
                        float(one.scores[found[column]]),
                    )
                )
        for row in set(range(len(true))) - set(pairs):
            is_id = int(one.true_ids[true[row]])
            table[known.index(is_id), -1] += 1
            mistakes["missed"].append(
                Mistake(
                    "missed",
                    picture.path,
                    _box(one.true_boxes[true[row]]),
                    classes[is_id],
                    None,
                    _best_score(one, is_id, true[row]),
                )
            )
        for column in set(range(len(found))) - set(pairs.values()):
            called_id = int(one.class_ids[found[column]])
            table[-1, known.index(called_id)] += 1
            mistakes["false"].append(
                Mistake(
                    "false",
                    picture.path,
                    _box(one.boxes[found[column]]),
                    None,
                    classes[called_id],
                    float(one.scores[found[column]]),
                )
            )
    for kind in ("false", "wrong"):
        mistakes[kind].sort(key=lambda mistake: -mistake.score)
    mistakes["missed"].sort(key=lambda mistake: (round(mistake.score, 2), -_area(mistake.box)))
    return Confusion(names, table), mistakes


def iou(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union (N, M) of boxes (N, 4) with (M, 4), x1, y1, x2, y2."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def _pairs(
    one: Judged,
    true: NDArray[np.int64],
    found: NDArray[np.int64],
    overlaps: NDArray[np.float32],
) -> dict[int, int]:
    """Which object (row of `true`) goes with which detection (row of `found`)."""
    pairs: dict[int, int] = {}
    same = one.true_ids[true][:, None] == one.class_ids[found][None]
    surest_first = np.argsort(-one.scores[found], kind="stable")
    for allowed in (same, ~same):
        for column in surest_first.tolist():
            if column in pairs.values():
                continue
            free = allowed[:, column] & (overlaps[:, column] >= SAME_PLACE)
            free[list(pairs)] = False
            if free.any():
                row = int(np.where(free, overlaps[:, column], -1).argmax())
                pairs[row] = column
    return pairs


def _best_score(one: Judged, class_id: int, index: int) -> float:
    mine = one.class_ids == class_id
    near = iou(one.true_boxes[index : index + 1], one.boxes[mine])[0] >= SAME_PLACE
    return float(one.scores[mine][near].max(initial=0.0))


def _box(box: NDArray[np.float32]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(value) for value in box)
    return x1, y1, x2, y2


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
