from pathlib import Path

import numpy as np

from datasets.check import check_dataset
from datasets.synthesis.closeups import CLASS_NAMES, golden_closeup, random_closeups, render_closeup
from datasets.synthesis.pictures import write_yolo


def test_the_same_seed_gives_the_same_bytes() -> None:
    one, again, other = (render_closeup(seed, side=200) for seed in (5, 5, 6))
    assert one.jpeg == again.jpeg
    assert one.jpeg != other.jpeg


def test_pests_are_in_the_truth_in_the_order_asked_for() -> None:
    pests = ("stem_borer", "rice_weevil")
    picture = render_closeup(2, pests=pests, side=300)
    assert picture.class_names == pests
    for x1, y1, x2, y2 in picture.boxes:
        assert 0 <= x1 < x2 <= 300
        assert 0 <= y1 < y2 <= 300


def test_a_moth_is_pale_and_a_weevil_dark() -> None:
    def light(name: str) -> float:
        picture = render_closeup(7, pests=(name,), side=300)
        x1, y1, x2, y2 = np.array(picture.boxes[0], int)
        across, down = (x2 - x1) // 3, (y2 - y1) // 3
        return float(picture.image[y1 + down : y2 - down, x1 + across : x2 - across].mean())

    assert light("stem_borer") > light("rice_weevil") + 40


def test_written_close_views_are_a_clean_dataset(tmp_path: Path) -> None:
    assert write_yolo(tmp_path / "train", random_closeups(1, 5, 200), CLASS_NAMES) == 5
    assert check_dataset(tmp_path, ["train"], len(CLASS_NAMES)).to_mend == ()


def test_the_golden_close_view_shows_both_pests() -> None:
    assert set(golden_closeup().class_names) == {"rice_weevil", "stem_borer"}
