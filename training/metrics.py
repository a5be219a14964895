"""Average precision and what stands beside it, per class, with intervals over pictures.

Matching is pycocotools' (COCO detection evaluation, https://cocodataset.org/#detection-eval); the
curve is summed up here as there, over 101 recall levels, so that pictures can be resampled without
matching anew.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_LEVELS = np.linspace(0, 1, 101)
RESAMPLES = 1000
DETECTIONS_PER_PICTURE = 100


@dataclass(frozen=True)
class Judged:
    """What one picture shows, and what was found on it, boxes as x1, y1, x2, y2 in pixels.

    Attributes:
        true_boxes: float32 (N, 4).
        true_ids: int64 (N,), classes of the true boxes.
        boxes: float32 (M, 4), found.
        scores: float32 (M,).
        class_ids: int64 (M,), classes of the found boxes.
    """

    true_boxes: NDArray[np.float32]
    true_ids: NDArray[np.int64]
    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int64]


@dataclass(frozen=True)
class Matches:
    """One class's detections on every picture, matched to the truth.

    Attributes:
        picture: int (M,), which picture each detection is on.
        scores: float (M,).
        hit: bool (10, M), whether it matches an object, at each of `IOU_THRESHOLDS`.
        objects: int (pictures,), how many objects each picture shows.
    """

    picture: NDArray[np.int64]
    scores: NDArray[np.float64]
    hit: NDArray[np.bool_]
    objects: NDArray[np.int64]

    def resampled(self, pictures: NDArray[np.int64]) -> "Matches":
        """The matches on a selection of pictures, which may repeat."""
        order = np.argsort(self.picture, kind="stable")
        bounds = np.searchsorted(self.picture[order], np.arange(len(self.objects) + 1))
        chosen = [order[bounds[picture] : bounds[picture + 1]] for picture in pictures]
        rows = np.concatenate([*chosen, np.zeros(0, np.int64)]).astype(np.int64)
        place = np.repeat(np.arange(len(pictures)), [len(part) for part in chosen])
        return Matches(place, self.scores[rows], self.hit[:, rows], self.objects[pictures])

    def curve(self, iou_index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Recall and precision after each detection, from the highest score down."""
        hits = self.hit[iou_index][np.argsort(-self.scores, kind="mergesort")]
        true = np.cumsum(hits)
        precision = true / np.arange(1, len(hits) + 1)
        return true / max(int(self.objects.sum()), 1), precision

    def average_precision(self, iou_index: int) -> float:
        """Mean over 101 recall levels of the best precision at that recall or above; 0 to 1."""
        recall, precision = self.curve(iou_index)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        place = np.searchsorted(recall, RECALL_LEVELS, side="left")
        return float(np.append(best, 0.0)[np.minimum(place, len(best))].mean())

    def at_threshold(self, threshold: float) -> tuple[float, float]:
        """Precision and recall at IoU 0.5 when only scores from the threshold up count."""
        kept = self.scores >= threshold
        true = int(self.hit[0][kept].sum())
        return true / max(int(kept.sum()), 1), true / max(int(self.objects.sum()), 1)

    def best_threshold(self) -> float:
        """The score at which F1 at IoU 0.5 is largest, kept within 0.05 and 0.9."""
        recall, precision = self.curve(0)
        if not len(recall):
            return 0.5
        f1 = 2 * recall * precision / np.maximum(recall + precision, 1e-9)
        return float(np.clip(np.sort(self.scores)[::-1][int(f1.argmax())], 0.05, 0.9))


@dataclass(frozen=True)
class ClassFigures:
    """One class's figures; intervals are 95 %, bootstrapped over pictures."""

    objects: int
    ap50: float
    ap50_interval: tuple[float, float]
    ap50_95: float
    ap50_95_interval: tuple[float, float]
    threshold: float
    precision: float
    recall: float


def match(judged: Sequence[Judged], class_id: int) -> Matches:
    """Match one class's detections with the truth, picture by picture, as COCO does."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth: list[dict[str, object]] = []
    found: list[dict[str, object]] = []
    objects = np.zeros(len(judged), np.int64)
    for picture, one in enumerate(judged):
        true_boxes = one.true_boxes[one.true_ids == class_id]
        objects[picture] = len(true_boxes)
        truth += [_annotation(picture, box, len(truth) + i) for i, box in enumerate(true_boxes, 1)]
        mine = one.class_ids == class_id
        found += [
            _annotation(picture, box, len(found) + i) | {"score": float(score)}
            for i, (box, score) in enumerate(zip(one.boxes[mine], one.scores[mine], strict=True), 1)
        ]
    if not found:
        none = np.zeros(0)
        return Matches(none.astype(np.int64), none, np.zeros((10, 0), np.bool_), objects)
    with contextlib.redirect_stdout(io.StringIO()):
        coco_truth, coco_found = COCO(), COCO()
        for coco, annotations in ((coco_truth, truth), (coco_found, found)):
            coco.dataset = {
                "images": [{"id": picture} for picture in range(len(judged))],
                "categories": [{"id": 0}],
                "annotations": annotations,
            }
            coco.createIndex()
        evaluation = COCOeval(coco_truth, coco_found, "bbox")
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.params.maxDets = [DETECTIONS_PER_PICTURE]
        evaluation.evaluate()
    results = [result for result in evaluation.evalImgs if result is not None]
    return Matches(
        np.concatenate([np.full(len(r["dtScores"]), r["image_id"], np.int64) for r in results]),
        np.concatenate([np.asarray(r["dtScores"], np.float64) for r in results]),
        np.hstack([np.asarray(r["dtMatches"]) > 0 for r in results]),
        objects,
    )


def class_figures(matches: Matches, threshold: float, seed: int = 0) -> ClassFigures:
    """Sum up one class.

    Args:
        matches: Its detections, matched.
        threshold: Operating point: the lowest score that counts for precision and recall.
        seed: Seed of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    count = len(matches.objects)
    draws = []
    for _ in range(RESAMPLES):
        again = matches.resampled(rng.integers(count, size=count))
        draws.append((again.average_precision(0), _mean_over_iou(again)))
    low, high = np.percentile(np.array(draws), [2.5, 97.5], axis=0)
    precision, recall = matches.at_threshold(threshold)
    return ClassFigures(
        objects=int(matches.objects.sum()),
        ap50=matches.average_precision(0),
        ap50_interval=(float(low[0]), float(high[0])),
        ap50_95=_mean_over_iou(matches),
        ap50_95_interval=(float(low[1]), float(high[1])),
        threshold=threshold,
        precision=precision,
        recall=recall,
    )


def _mean_over_iou(matches: Matches) -> float:
    return float(np.mean([matches.average_precision(i) for i in range(len(IOU_THRESHOLDS))]))


def _annotation(picture: int, box: NDArray[np.float32], number: int) -> dict[str, object]:
    x1, y1, x2, y2 = (float(value) for value in box)
    return {
        "id": number,
        "image_id": picture,
        "category_id": 0,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1),
        "iscrowd": 0,
    }
