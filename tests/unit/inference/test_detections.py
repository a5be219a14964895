from typing import Any

import numpy as np
import pytest

from inference.detections import Detection, Detections

GOOD: dict[str, Any] = {
    "boxes": np.array([[1, 2, 3, 4], [0, 0, 5, 5]], np.float32),
    "scores": np.array([0.75, 0.5], np.float32),
    "class_ids": np.array([1, 0], np.int64),
    "class_names": ("crack", "pothole"),
}


def test_iteration_gives_plain_values_by_name() -> None:
    assert list(Detections(**GOOD)) == [
        Detection("pothole", 0.75, (1.0, 2.0, 3.0, 4.0)),
        Detection("crack", 0.5, (0.0, 0.0, 5.0, 5.0)),
    ]


def test_none_is_empty() -> None:
    assert len(Detections.none(("crack",))) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"boxes": np.zeros((2, 5), np.float32)},
        {"boxes": np.zeros((2, 4), np.float64)},
        {"boxes": np.array([[3, 2, 1, 4], [0, 0, 5, 5]], np.float32)},
        {"boxes": np.array([[1, 2, np.nan, 4], [0, 0, 5, 5]], np.float32)},
        {"scores": np.array([0.75, 1.5], np.float32)},
        {"scores": np.array([0.75, -0.1], np.float32)},
        {"scores": np.array([0.75, np.nan], np.float32)},
        {"boxes": np.zeros((1, 4), np.float32)},
        {"class_ids": np.array([0, 2], np.int64)},
        {"class_ids": np.array([-1, 0], np.int64)},
        {"class_ids": np.array([0, 1], np.int32)},
    ],
)
def test_what_contradicts_the_contract_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Detections(**GOOD | wrong)
