import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from training.metrics import Judged, class_figures, faint_figures, match


def judged(true: list[list[float]], found: list[list[float]], class_id: int = 0) -> Judged:
    """Found rows are x1, y1, x2, y2, score."""
    rows = np.array(found, np.float32).reshape(-1, 5)
    boxes = np.array(true, np.float32).reshape(-1, 4)
    return Judged(
        boxes,
        np.full(len(boxes), class_id),
        rows[:, :4],
        rows[:, 4],
        np.full(len(rows), class_id),
    )


HIT = [0.0, 0, 10, 10]
MISS = [50.0, 50, 60, 60]


def test_perfect_detections_reach_one() -> None:
    one = match([judged([HIT], [[*HIT, 0.9]]), judged([], [])], 0)
    assert one.average_precision(0) == one.average_precision(9) == 1
    assert one.at_threshold(0.5) == (1, 1)


def test_nothing_found_is_zero() -> None:
    one = match([judged([HIT], [])], 0)
    assert one.average_precision(0) == 0
    assert one.at_threshold(0.5) == (0, 0)
    assert one.best_threshold() == 0.5


def test_other_classes_do_not_count() -> None:
    pictures = [judged([HIT], [[*HIT, 0.9]], class_id=1), judged([HIT], [[*MISS, 0.8]])]
    assert match(pictures, 0).average_precision(0) == 0
    assert match(pictures, 1).average_precision(0) == 1


def test_a_second_detection_of_one_object_is_false() -> None:
    one = match([judged([HIT], [[*HIT, 0.9], [*HIT, 0.8]])], 0)
    assert one.at_threshold(0.5) == (0.5, 1)
    assert one.best_threshold() == pytest.approx(0.9)


def test_the_threshold_trades_precision_for_recall() -> None:
    one = match([judged([HIT, MISS], [[*HIT, 0.9], [20, 20, 30, 30, 0.7], [*MISS, 0.4]])], 0)
    assert one.at_threshold(0.8) == (1, 0.5)
    assert one.at_threshold(0.3) == pytest.approx((2 / 3, 1))


def test_faint_detections_count_by_where_they_point() -> None:
    pictures = [
        judged([HIT, [80, 80, 90, 90]], [[2, 2, 30, 8, 0.15], [4, 4, 6, 6, 0.3], [*MISS, 0.12]]),
        judged([HIT], [[0, 0, 9, 9, 0.11], [*MISS, 0.25], [*MISS, 0.05]]),
    ]
    assert faint_figures(pictures, 0, 0.1, 0.2) == {
        "score": 0.1,
        "recall": pytest.approx(2 / 3),
        "alarms": 1.5,
        "sure_recall": pytest.approx(1 / 3),
        "sure_alarms": 0.5,
    }
    assert faint_figures(pictures, 1, 0.1, 0.2)["recall"] == 0


def random_pictures(seed: int, count: int = 25) -> list[Judged]:
    """Pictures whose detections are jittered, lost and invented."""
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        corner = rng.uniform(0, 200, (rng.integers(0, 6), 2))
        true = np.hstack([corner, corner + rng.uniform(10, 80, corner.shape)])
        kept = true[rng.random(len(true)) < 0.8]
        near = kept + rng.normal(0, 4, kept.shape)
        corner = rng.uniform(0, 200, (rng.integers(0, 4), 2))
        invented = np.hstack([corner, corner + 30])
        boxes = np.vstack([near, invented])
        scores = rng.random((len(boxes), 1))
        pictures.append(judged(true.tolist(), np.hstack([boxes, scores]).tolist()))
    return pictures


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_equals_cocos_own(seed: int) -> None:
    pictures = random_pictures(seed)
    truth, found = COCO(), COCO()
    for coco, attribute in ((truth, "true_boxes"), (found, "boxes")):
        annotations = [
            {
                "image_id": index,
                "category_id": 0,
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "area": (x2 - x1) * (y2 - y1),
                "iscrowd": 0,
                "score": score,
            }
            for index, one in enumerate(pictures)
            for (x1, y1, x2, y2), score in zip(
                getattr(one, attribute).tolist(),
                one.scores.tolist() if attribute == "boxes" else [1.0] * len(one.true_boxes),
                strict=True,
            )
        ]
        coco.dataset = {
            "images": [{"id": index} for index in range(len(pictures))],
            "categories": [{"id": 0}],
            "annotations": [{"id": i, **one} for i, one in enumerate(annotations, 1)],
        }
        with contextlib.redirect_stdout(io.StringIO()):
            coco.createIndex()
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    ours = match(pictures, 0)
    assert ours.average_precision(0) == pytest.approx(evaluation.stats[1], abs=1e-6)
    assert np.mean([ours.average_precision(i) for i in range(10)]) == pytest.approx(
        evaluation.stats[0], abs=1e-6
    )


@pytest.mark.parametrize("seed", range(4))
def test_weights_count_pictures_as_if_they_were_there_so_often(seed: int) -> None:
    pictures = random_pictures(seed)
    weights = np.random.default_rng(seed).integers(0, 3, len(pictures))
    repeated = [one for one, times in zip(pictures, weights, strict=True) for _ in range(times)]
    assert match(pictures, 0).average_precision(0, weights) == pytest.approx(
        match(repeated, 0).average_precision(), abs=0.01
    )


def test_intervals_hold_the_figure_and_shrink_with_pictures() -> None:
    few, many = (class_figures(match(random_pictures(3, n), 0), 0.3) for n in (15, 150))
    for one in (few, many):
        assert one.ap50_interval[0] <= one.ap50 <= one.ap50_interval[1]
        assert one.ap50_95 < one.ap50
    assert np.ptp(many.ap50_interval) < np.ptp(few.ap50_interval)


def test_every_object_of_a_full_picture_can_be_found() -> None:
    low = np.stack(np.meshgrid(np.arange(15) * 20, np.arange(12) * 20), axis=2).reshape(-1, 2)
    boxes = np.hstack([low, low + 10]).astype(np.float32)
    ids = np.zeros(len(boxes), np.int64)
    crowded = Judged(boxes, ids, boxes, np.linspace(0.9, 0.3, len(boxes), dtype=np.float32), ids)
    assert match([crowded], 0).average_precision() == pytest.approx(1)
