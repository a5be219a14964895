import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import ViewInvalid
from inference.falling.origin import Grid
from inference.falling.view import View
from inference.falling.view_file import read_view

WRITTEN: dict[str, Any] = {
    "picture": {"width": 200, "height": 100},
    "region": [[20, 10], [180, 10], [180, 90], [20, 90]],
    "grid": {"corners": [[20, 10], [180, 10], [180, 90], [20, 90]], "floors": 8, "columns": 4},
}


def write(path: Path, written: Any) -> Path:
    path.write_text(json.dumps(written))
    return path


def test_a_view_fits_every_size_of_the_same_picture() -> None:
    view = View(200, 100, ((20, 10), (180, 10), (180, 90)), Grid(WRITTEN["grid"]["corners"], 8, 4))
    large = view.at_size(400, 300)
    assert large.region == ((40, 30), (360, 30), (360, 270))
    assert large.grid is not None
    assert view.grid is not None
    assert large.grid.cell(200, 150) == pytest.approx(view.grid.cell(100, 50))
    mask = large.mask()
    assert mask is not None
    assert mask.shape == (300, 400)
    assert mask[50, 300] == 1
    assert mask[250, 100] == mask[20, 300] == 0
    small = view.mask()
    assert small is not None
    assert np.count_nonzero(mask) == pytest.approx(6 * np.count_nonzero(small), rel=0.05)


def test_a_view_is_read_from_json_and_yaml(tmp_path: Path) -> None:
    yaml = tmp_path / "view.yaml"
    yaml.write_text(
        "picture: {width: 200, height: 100}\n"
        "region: [[20, 10], [180, 10], [180, 90], [20, 90]]\n"
        "grid:\n  corners: [[20, 10], [180, 10], [180, 90], [20, 90]]\n"
        "  floors: 8\n  columns: 4\n"
    )
    read = read_view(yaml)
    assert read == read_view(write(tmp_path / "view.json", WRITTEN))
    assert read.grid is not None
    assert read.grid.cell(100, 90) == pytest.approx((0, 2))
    assert read.grid.cell(20, 10) == pytest.approx((8, 0))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"picture": {"width": 0, "height": 100}}, "picture.width"),
        ({"region": [[1, 1], [2, 2]]}, "region"),
        ({"region": [[500, 500], [600, 500], [600, 600]]}, "region"),
        ({"region": None, "grid": None}, "neither"),
        ({"grid": WRITTEN["grid"] | {"floors": 0}}, "floor"),
        ({"grid": WRITTEN["grid"] | {"corners": [[0, 0], [0, 9], [9, 9], [9, 0]]}}, "clockwise"),
        ({"grid": WRITTEN["grid"] | {"stairs": 2}}, "stairs"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ViewInvalid, match=said) as caught:
        read_view(write(tmp_path / "view.json", WRITTEN | changes))
    assert "inference.md" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["", "picture: [", "just words", "- 1"])
def test_files_that_are_no_view_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "view.yaml"
    path.write_text(text)
    with pytest.raises(ViewInvalid, match=r"view\.yaml"):
        read_view(path)
