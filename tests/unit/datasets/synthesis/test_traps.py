from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.check import check_dataset
from datasets.synthesis.pictures import write_yolo
from datasets.synthesis.traps import CLASS_NAMES, golden_trap, random_traps, render_trap
from datasets.yolo import read_split

SMALL = (384, 512)


def test_the_same_seed_gives_the_same_bytes_and_another_another_sheet() -> None:
    one, again, other = (render_trap(seed, insects=12, size_wh=SMALL) for seed in (5, 5, 6))
    assert one.jpeg == again.jpeg
    assert one.boxes == again.boxes
    assert one.boxes != other.boxes


@pytest.mark.parametrize("insects", [0, 1, 30])
def test_every_insect_is_in_the_truth(insects: int) -> None:
    sheet = render_trap(3, insects=insects, size_wh=SMALL)
    assert len(sheet.boxes) == len(sheet.class_names) == insects
    for x1, y1, x2, y2 in sheet.boxes:
        assert 0 <= x1 < x2 <= SMALL[0]
        assert 0 <= y1 < y2 <= SMALL[1]


def test_days_later_the_same_insects_hang_there_and_new_ones() -> None:
    first = render_trap(9, insects=10, day=0, size_wh=SMALL)
    later = render_trap(9, insects=25, day=3, size_wh=SMALL)
    assert later.boxes[:10] == first.boxes
    assert not np.array_equal(first.image, later.image)


def test_an_insect_is_darker_than_the_sheet_around_it() -> None:
    sheet = render_trap(3, insects=20, size_wh=(576, 768))
    light = cv2.cvtColor(sheet.image, cv2.COLOR_BGR2GRAY).astype(float)
    for x1, y1, x2, y2 in np.array(sheet.boxes, int):
        around = light[max(0, y1 - 8) : y2 + 8, max(0, x1 - 8) : x2 + 8]
        assert light[y1:y2, x1:x2].min() < np.median(around) - 25


def test_written_sheets_are_a_clean_dataset(tmp_path: Path) -> None:
    written = write_yolo(tmp_path / "train", random_traps(1, 4, SMALL), CLASS_NAMES)
    pictures = read_split(tmp_path / "train")
    assert written == len(pictures) == 4
    assert check_dataset(tmp_path, ["train"], len(CLASS_NAMES)).to_mend == ()
    assert sum(len(picture.boxes) for picture in pictures) > 0


def test_the_golden_sheet_shows_insects() -> None:
    assert len(golden_trap().boxes) > 15
