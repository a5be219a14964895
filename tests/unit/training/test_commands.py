import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from datasets.synthesis.road import golden_frame
from training.commands import app
from training.errors import TrainingError

runner = CliRunner()
MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One split, with the golden frame as its only picture."""
    frame = golden_frame()
    for folder in ("images", "labels"):
        (tmp_path / "data/test" / folder).mkdir(parents=True)
    (tmp_path / "data/test/images/1_XX_1_1.jpg").write_bytes(frame.jpeg)
    size = np.array([frame.camera.width, frame.camera.height])
    lines = []
    for truth in frame.truth:
        low, high = np.array(truth.box).reshape(2, 2) / size
        numbers = [*(low + high) / 2, *high - low]
        class_id = ("crack", "pothole").index(truth.class_name)
        lines.append(" ".join(str(value) for value in [class_id, *numbers]))
    (tmp_path / "data/test/labels/1_XX_1_1.txt").write_text("\n".join(lines))
    return tmp_path / "data"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the shipped model, which may be changed."""
    shutil.copytree(MODELS / "road_damage", tmp_path / "models/road_damage")
    return tmp_path / "models"


@pytest.mark.parametrize("command", ["train", "evaluate", "export"])
def test_help_shows_examples(command: str) -> None:
    result = runner.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"xunjian {command} road_damage" in result.output


def test_evaluate_judges_and_changes_nothing_unless_told(data: Path, models: Path) -> None:
    before = {path.name: path.read_bytes() for path in (models / "road_damage").iterdir()}
    arguments = ["evaluate", "road_damage", "--data", str(data), "--root", str(models)]
    result = runner.invoke(app, [*arguments, "--variant", "fp32"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "pothole" in result.output
    assert {path.name: path.read_bytes() for path in (models / "road_damage").iterdir()} == before


def test_evaluate_writes_figures_and_card(data: Path, models: Path) -> None:
    pytest.importorskip("matplotlib")
    arguments = ["evaluate", "road_damage", "--data", str(data), "--root", str(models), "--update"]
    assert runner.invoke(app, arguments, catch_exceptions=False).exit_code == 0
    metrics = json.loads((models / "road_damage/metrics.json").read_text())
    assert metrics["judged_on"]["pictures"] == 1
    assert metrics["variants"]["fp32"]["classes"]["pothole"]["objects"] == 2
    card = (models / "road_damage/card.md").read_text()
    assert "| FP32 | pothole | 2 |" in card
    assert (models / "road_damage/notes.md").read_text().strip() in card
    assert cv2.imread(str(models / "road_damage/pr_curve.png")) is not None


def test_evaluate_leaves_promoted_versions_as_they_are(data: Path, models: Path) -> None:
    folder = models / "road_damage"
    shutil.copytree(folder, folder / "versions/1")
    (folder / "promoted.json").write_text('{"folder": "1"}')
    with pytest.raises(TrainingError, match="never change"):
        runner.invoke(
            app,
            ["evaluate", "road_damage", "--data", str(data), "--root", str(models), "--update"],
            catch_exceptions=False,
        )


def test_evaluate_without_data_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="pictures of road_damage are not in"):
        runner.invoke(
            app, ["evaluate", "road_damage", "--data", str(tmp_path)], catch_exceptions=False
        )


def test_evaluate_refuses_broken_data(data: Path) -> None:
    (data / "test/labels/1_XX_1_1.txt").write_text("9 0.5 0.5 0.1 0.1")
    with pytest.raises(TrainingError, match="unknown class"):
        runner.invoke(app, ["evaluate", "road_damage", "--data", str(data)], catch_exceptions=False)


def test_an_unknown_model_is_an_error(data: Path) -> None:
    with pytest.raises(TrainingError, match="no recipe for 'nothing'"):
        runner.invoke(app, ["evaluate", "nothing", "--data", str(data)], catch_exceptions=False)


@pytest.mark.parametrize("threshold", ["pothole", "pothole=much", "pothole=2"])
def test_a_threshold_must_be_a_class_and_a_score(threshold: str) -> None:
    result = runner.invoke(
        app, ["export", "road_damage", "--weights", "x.pt", "--threshold", threshold]
    )
    assert result.exit_code == 2


@pytest.mark.skipif(find_spec("ultralytics") is not None, reason="the train extra is installed")
@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "road_damage", "--data", "d", "--weights", "x.pt"],
        ["export", "road_damage", "--weights", "x.pt"],
    ],
)
def test_without_the_train_extra_the_error_says_how_to_get_it(arguments: list[str]) -> None:
    with pytest.raises(TrainingError) as raised:
        runner.invoke(app, arguments, catch_exceptions=False)
    assert raised.value.hint is not None
    assert "make train-env" in raised.value.hint


def test_export_of_a_class_the_model_lacks_changes_nothing(models: Path) -> None:
    pytest.importorskip("ultralytics")
    root = ["--root", str(models)]
    before = (models / "road_damage/classes.json").read_bytes()
    with pytest.raises(TrainingError, match="no class 'rut'"):
        runner.invoke(
            app,
            ["export", "road_damage", "--weights", "x.pt", "--threshold", "rut=0.3", *root],
            catch_exceptions=False,
        )
    assert (models / "road_damage/classes.json").read_bytes() == before
