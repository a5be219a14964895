from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.yolo import LabelledPicture
from training.errors import TrainingError
from training.samples import PAD, Sample, load_sample


def marked(width: int, height: int, box: tuple[int, int, int, int]) -> Sample:
    """A black picture with one white rectangle, which is labelled."""
    image = np.zeros((height, width, 3), np.uint8)
    x1, y1, x2, y2 = box
    image[y1:y2, x1:x2] = 255
    return Sample(image, np.array([box], np.float32), np.array([1]))


def seen(sample: Sample) -> list[float]:
    """Where the white rectangle is, looking at the pixels only."""
    rows, columns = np.nonzero(sample.image[..., 0] > 127 + PAD // 10)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_mirroring_moves_the_box_with_the_picture() -> None:
    sample = marked(100, 60, (10, 20, 30, 50)).mirrored()
    assert sample.boxes.tolist() == [[70, 20, 90, 50]]
    assert seen(sample) == [70, 20, 90, 50]


@given(
    origin=st.tuples(st.integers(-40, 40), st.integers(-40, 40)),
    scale=st.floats(0.4, 4),
)
def test_the_box_stays_on_what_it_marks(origin: tuple[int, int], scale: float) -> None:
    view = marked(160, 120, (60, 50, 100, 80)).view(origin, scale, (200, 150), visible=0.5)
    for box in view.boxes:
        np.testing.assert_allclose(seen(view), box, atol=1.6 + scale)


def test_what_is_mostly_outside_is_not_labelled() -> None:
    sample = marked(100, 100, (0, 0, 40, 40))
    assert len(sample.view((10, 0), 1, (90, 100), visible=0.5).boxes) == 1
    assert len(sample.view((30, 0), 1, (70, 100), visible=0.5).boxes) == 0


def test_what_becomes_too_small_is_not_labelled() -> None:
    assert len(marked(400, 400, (0, 0, 30, 30)).view((0, 0), 0.1, (40, 40), visible=0).boxes) == 0


def test_a_picture_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    nothing = LabelledPicture(
        tmp_path / "a.jpg", np.zeros((0, 4), np.float32), np.zeros(0, np.int64)
    )
    with pytest.raises(TrainingError, match=r"a\.jpg"):
        load_sample(nothing)
