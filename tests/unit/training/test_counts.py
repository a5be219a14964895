import numpy as np
import pytest

from training.counts import count, count_figures
from training.metrics import Judged


def test_errors_of_counting() -> None:
    true, found = np.array([10.0, 20, 0]), np.array([12.0, 15, 1])
    figures = count_figures(true, found)
    assert figures.mape == pytest.approx((0.2 + 0.25) / 2)
    assert figures.bias == pytest.approx((2 - 5 + 1) / 30)
    assert figures.correlation == pytest.approx(np.corrcoef(true, found)[0, 1])
    assert figures.mape_of_mean == pytest.approx((0 + 0.5) / 2)
    assert figures.mape_interval[0] <= figures.mape <= figures.mape_interval[1]


def test_a_count_that_never_varies_has_no_correlation() -> None:
    assert count_figures(np.array([3.0, 5]), np.array([4.0, 4])).correlation == 0


def test_pictures_without_an_object_only() -> None:
    figures = count_figures(np.zeros(3), np.zeros(3))
    assert (figures.mape, figures.bias, figures.mape_of_mean) == (0, 0, 0)


def test_only_the_class_above_its_threshold_is_counted() -> None:
    boxes = np.zeros((3, 4), np.float32)
    scores = np.array([0.9, 0.4, 0.6], np.float32)
    one = Judged(boxes[:2], np.array([1, 0]), boxes, scores, np.array([1, 1, 0]))
    true, found = count([one, one], class_id=1, threshold=0.5)
    assert true.tolist() == found.tolist() == [1, 1]
