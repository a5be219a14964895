from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.yolo import DatasetError, LabelledPicture, read_label, read_split


def write_picture(path: Path, seed: int, suffix: str = ".jpg") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    picture = cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC)
    path.write_bytes(cv2.imencode(suffix, picture)[1].tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clean data set: three pictures to learn from, one to judge on."""
    for seed, name in enumerate(
        ("train/images/a", "train/images/b", "train/images/c", "test/images/d")
    ):
        write_picture(tmp_path / f"{name}.jpg", seed)
    (tmp_path / "train/labels").mkdir()
    (tmp_path / "train/labels/a.txt").write_text("0 0.5 0.5 0.5 0.25\n1 0.1 0.1 0.2 0.2\n")
    (tmp_path / "train/labels/b.txt").write_text("\n")
    return tmp_path


def test_reads_boxes_by_name(folder: Path) -> None:
    a, b, c = read_split(folder / "train")
    assert [one.path.stem for one in (a, b, c)] == ["a", "b", "c"]
    assert a.class_ids.tolist() == [0, 1]
    np.testing.assert_allclose(a.corners(100, 200), [[25, 75, 75, 125], [0, 0, 20, 40]])
    assert b.boxes.shape == c.boxes.shape == (0, 4)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no pictures"):
        read_split(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "0 0.5 0.5 0.5",
        "0 0.5 0.5 0.5 0.5 0.9",
        "pothole 0.5 0.5 0.1 0.1",
        "0 nan 0.5 1 1",
        "0.5 0 0 1 1",
    ],
)
def test_a_line_that_is_no_label_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"1 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(DatasetError, match=r"a\.txt:2 is not a label"):
        read_label(path)


@given(
    st.lists(
        st.tuples(*[st.floats(0.01, 0.99)] * 2, *[st.floats(0.01, 1)] * 2),
        min_size=1,
        max_size=5,
    ),
    st.integers(1, 5000),
    st.integers(1, 5000),
)
def test_corners_lie_inside_the_picture(
    rows: list[tuple[float, ...]], width: int, height: int
) -> None:
    boxes = np.array(rows, np.float32)
    picture = LabelledPicture(Path("a.jpg"), boxes, np.zeros(len(boxes), np.int64))
    corners = picture.corners(width, height)
    assert (corners >= 0).all()
    assert (corners <= [width, height, width, height]).all()
    assert (corners[:, :2] <= corners[:, 2:]).all()
