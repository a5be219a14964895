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
RESAMPLES = 500
DETECTIONS_PER_PICTURE = 100
DETECTIONS_PER_OBJECT = 3
"""The best detections of a picture that count: 100 as COCO has it, or, where pictures are fuller,
this many for each object of the fullest."""


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
    """One class's detections on every picture, highest score first, matched to the truth.

    Attributes:
        picture: int64 (M,), which picture each detection is on.
        scores: float64 (M,), falling.
        hit: bool (10, M), whether it matches an object, at each of `IOU_THRESHOLDS`.
        objects: int64 (P,), how many objects each picture shows.
    """

    picture: NDArray[np.int64]
    scores: NDArray[np.float64]
    hit: NDArray[np.bool_]
    objects: NDArray[np.int64]

    def curve(
        self, iou_index: int = 0, weights: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Recall and precision after each detection, from the highest score down.

        Args:
            iou_index: Which of `IOU_THRESHOLDS`.
            weights: (P,), how often each picture counts; by default once.
        """
        counts = np.ones_like(self.objects) if weights is None else weights
        found = counts[self.picture]
        true = np.cumsum(self.hit[iou_index] * found)
        objects = max(int((self.objects * counts).sum()), 1)
        return true / objects, true / np.maximum(np.cumsum(found), 1)

    def average_precision(
        self, iou_index: int = 0, weights: NDArray[np.int64] | None = None
    ) -> float:
        """Mean over 101 recall levels of the best precision at that recall or above; 0 to 1."""
        recall, precision = self.curve(iou_index, weights)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        place = np.searchsorted(recall, RECALL_LEVELS, side="left")
        return float(np.append(best, 0.0)[np.minimum(place, len(best))].mean())

    def ap50_95(self, weights: NDArray[np.int64] | None = None) -> float:
        """Average precision, averaged over the ten IoU thresholds."""
        each = [self.average_precision(i, weights) for i in range(len(IOU_THRESHOLDS))]
        return float(np.mean(each))

    def at_threshold(self, threshold: float) -> tuple[float, float]:
        """Precision and recall at IoU 0.5 when only scores from the threshold up count."""
        kept = self.scores >= threshold
        true = int(self.hit[0][kept].sum())
        return true / max(int(kept.sum()), 1), true / max(int(self.objects.sum()), 1)

    def best_threshold(self) -> float:
        """The score at which F1 at IoU 0.5 is largest, kept within 0.05 and 0.9."""
        recall, precision = self.curve()
        if not len(recall):
            return 0.5
        f1 = 2 * recall * precision / np.maximum(recall + precision, 1e-9)
        return float(np.clip(self.scores[int(f1.argmax())], 0.05, 0.9))


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
        fullest = int(objects.max(initial=0))
        evaluation.params.maxDets = [max(DETECTIONS_PER_PICTURE, DETECTIONS_PER_OBJECT * fullest)]
        evaluation.evaluate()
    results = [result for result in evaluation.evalImgs if result is not None]
    pictures = [np.full(len(r["dtScores"]), r["image_id"], np.int64) for r in results]
    scores = np.concatenate([np.asarray(r["dtScores"], np.float64) for r in results])
    order = np.argsort(-scores, kind="stable")
    hit = np.hstack([np.asarray(r["dtMatches"]) > 0 for r in results])
    return Matches(np.concatenate(pictures)[order], scores[order], hit[:, order], objects)


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
        weights = np.bincount(rng.integers(count, size=count), minlength=count)
        draws.append((matches.average_precision(0, weights), matches.ap50_95(weights)))
    low, high = np.percentile(np.array(draws), [2.5, 97.5], axis=0)
    precision, recall = matches.at_threshold(threshold)
    return ClassFigures(
        objects=int(matches.objects.sum()),
        ap50=matches.average_precision(),
        ap50_interval=(float(low[0]), float(high[0])),
        ap50_95=matches.ap50_95(),
        ap50_95_interval=(float(low[1]), float(high[1])),
        threshold=threshold,
        precision=precision,
        recall=recall,
    )


def faint_figures(
    judged: Sequence[Judged], class_id: int, faint: float, threshold: float
) -> dict[str, float]:
    """Sum up what of one class is seen down to a score, as `models.metrics.FaintMeasured` has it.

    Args:
        judged: What the pictures show and what was found.
        class_id: Which class.
        faint: The lowest score that says something where one is known to be.
        threshold: The class's operating point.
    """
    recall, alarms = _pointed(judged, class_id, faint)
    sure_recall, sure_alarms = _pointed(judged, class_id, threshold)
    return {
        "score": faint,
        "recall": recall,
        "alarms": alarms,
        "sure_recall": sure_recall,
        "sure_alarms": sure_alarms,
    }


def _pointed(judged: Sequence[Judged], class_id: int, score: float) -> tuple[float, float]:
    """Return the share of boxes with a detection's centre, and the centres a picture in none."""
    objects = seen = alarms = 0
    for one in judged:
        boxes = one.true_boxes[one.true_ids == class_id]
        kept = (one.class_ids == class_id) & (one.scores >= score)
        centres = (one.boxes[kept, :2] + one.boxes[kept, 2:]) / 2
        within = (
            (centres[None] >= boxes[:, None, :2]) & (centres[None] <= boxes[:, None, 2:])
        ).all(axis=2)
        objects += len(boxes)
        seen += int(within.any(axis=1).sum())
        alarms += int((~within.any(axis=0)).sum())
    return seen / max(objects, 1), alarms / len(judged)


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
