"""What people see in annotated copies, and what programs read of a plate."""

from pathlib import Path

import numpy as np
import pytest

from inference import annotate as drawing
from inference.annotate import annotate
from inference.decode import Picture
from inference.detections import Detections, PlateReading
from inference.offline import Outcome, Source

CORNERS = ((40.0, 52.0), (120.0, 48.0), (121.0, 70.0), (41.0, 74.0))
READING = PlateReading("京A12345", 0.98765, "blue", CORNERS)


def picture(scale: int = 1) -> Picture:
    return Picture(np.full((100 // scale, 200 // scale, 3), 90, np.uint8), 200, 100, "jpeg")


def found(*readings: PlateReading | None) -> Detections:
    count = len(readings)
    return Detections(
        boxes=np.array([[40, 48, 121, 74]] * count, np.float32).reshape(-1, 4),
        scores=np.full(count, 0.9, np.float32),
        class_ids=np.zeros(count, np.int64),
        class_names=("plate",),
        plates={index: one for index, one in enumerate(readings) if one is not None},
    )


def test_a_plate_that_was_read_says_so_in_its_record() -> None:
    record = Outcome(
        Source(Path("a.jpg"), Path("a.jpg")), picture(), found(READING, None)
    ).to_json()
    read, unread = record["detections"]
    assert read == {
        "class": "plate",
        "score": 0.9,
        "box": [40.0, 48.0, 121.0, 74.0],
        "text": "京A12345",
        "text_score": 0.9877,
        "color": "blue",
        "polygon": [[40.0, 52.0], [120.0, 48.0], [121.0, 70.0], [41.0, 74.0]],
    }
    assert list(unread) == ["class", "score", "box"]


@pytest.mark.parametrize("scale", [1, 2])
def test_the_outline_of_a_plate_is_drawn_where_it_is(scale: int) -> None:
    seen = annotate(picture(scale), found(READING))
    drawn = (seen != 90).any(axis=2)
    for x, y in CORNERS[2:]:
        x, y = round(x / scale), round(y / scale)
        assert drawn[y - 1 : y + 2, x - 1 : x + 2].any()
    assert not drawn[round(78 / scale) :].any()


def test_text_is_drawn_without_a_chinese_font_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_CHINESE_FONTS", ())
    drawing._chinese_font.cache_clear()
    with_text = annotate(picture(), found(READING))
    without = annotate(picture(), found(PlateReading("", 0.1, "unknown", CORNERS)))
    drawing._chinese_font.cache_clear()
    assert (with_text != without).any()


def test_a_crowded_picture_keeps_what_lies_between_the_boxes() -> None:
    side = np.arange(100, dtype=np.float32) // 10 * 90, np.arange(100, dtype=np.float32) % 10 * 60
    low = np.stack(side, axis=1) + np.array([10, 80], np.float32)
    insects = Detections(
        np.hstack([low, low + 20]),
        np.full(100, 0.5, np.float32),
        np.zeros(100, np.int64),
        ("insect",),
    )
    blank = Picture(np.full((720, 960, 3), 90, np.uint8), 960, 720, "jpeg")
    changed = (annotate(blank, insects) != blank.image).any(axis=2)
    assert changed[85:95, 10].all()  # the first box's left edge
    assert not changed[85:95, 40:90].any()  # beside it, where a label would lie
    assert changed[:60, :200].any()  # how many there are
