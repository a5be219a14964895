"""What the service may count on of a detector: its card's figures, of the very file it runs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import models
from models.errors import ModelInvalid
from models.metrics import operating_point
from models.registry import MODELS_DIR

SHIPPED = Path(models.__file__).parent / "road_damage"


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    operating_point.cache_clear()
    yield
    operating_point.cache_clear()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a promoted road_damage that may be changed."""
    folder = shutil.copytree(SHIPPED, tmp_path / "road_damage")
    monkeypatch.setenv(MODELS_DIR, str(tmp_path))
    return folder


def test_the_variant_that_finds_least_counts() -> None:
    figures = json.loads((SHIPPED / "metrics.json").read_text())["variants"]
    point = operating_point(("road_damage",), "pothole")
    assert point is not None
    assert point.measured.recall == min(
        one["classes"]["pothole"]["recall"] for one in figures.values()
    )
    assert 0 < point.measured.recall < 1
    assert point.measured.faint is not None
    assert point.measured.best_recall == point.measured.faint.recall > point.measured.recall
    assert point.pictures == 180


def test_what_was_not_measured_is_not_known() -> None:
    assert operating_point(("road_damage",), "manhole") is None
    assert operating_point(("no_such_model",), "pothole") is None


def test_figures_of_another_file_say_nothing(copy: Path) -> None:
    for name in ("model.onnx", "model.int8.onnx"):
        with (copy / name).open("ab") as file:
            file.write(b"x")
    assert operating_point(("road_damage",), "pothole") is None


def test_a_model_without_figures_is_not_measured(copy: Path) -> None:
    (copy / "metrics.json").unlink()
    assert operating_point(("road_damage",), "pothole") is None


def test_damaged_figures_are_told(copy: Path) -> None:
    (copy / "metrics.json").write_text("{}")
    with pytest.raises(ModelInvalid, match=r"metrics\.json"):
        operating_point(("road_damage",), "pothole")
