import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import training.compare
from inference.errors import GoldenMismatch
from models.promotion import versions
from models.registry import load_model
from tests.unit.training.toys import toy_recipe, write_pictures, write_toy
from training.errors import TrainingError
from training.promotion_commands import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toys stand for road_damage, fewer resamples, and no verdict that hangs on a clock."""
    monkeypatch.setattr("training.recipes.get_recipe", lambda _: toy_recipe())
    monkeypatch.setattr(training.compare, "RESAMPLES", 200)
    monkeypatch.setattr(training.compare, "SLOWER", 1000.0)


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """The current model is served from `models`, the pictures are in `data`."""
    write_toy(tmp_path / "models", version="1.0.0")
    write_pictures(tmp_path / "data/road_damage/test", [180, 200] * 6 + [30, 40] * 6)
    return ["--data", str(tmp_path / "data"), "--root", str(tmp_path / "models")]


def invoke(*arguments: str) -> Any:
    return runner.invoke(app, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize("command", ["compare", "promote", "rollback"])
def test_help_shows_examples(command: str) -> None:
    assert f"xunjian {command} road_damage" in invoke(command, "--help").output


def test_a_good_candidate_is_promoted_and_taken_back(tmp_path: Path, arguments: list[str]) -> None:
    write_toy(tmp_path / "candidates", version="1.1.0")
    candidate = str(tmp_path / "candidates/road_damage")
    compared = invoke("compare", "road_damage", candidate, *arguments)
    assert compared.exit_code == 0
    assert "xunjian promote road_damage" in compared.output
    assert invoke("promote", "road_damage", candidate, *arguments).exit_code == 0
    assert load_model("road_damage", root=tmp_path / "models").version == "1.1.0"
    assert invoke("rollback", "road_damage", *arguments[2:], "--reason", "why not").exit_code == 0
    assert load_model("road_damage", root=tmp_path / "models").version == "1.0.0"
    log = (tmp_path / "models/road_damage/promotions.jsonl").read_text().splitlines()
    promoted, taken_back = (json.loads(line) for line in log)
    assert {row["name"]: row["verdict"] for row in promoted["figures"]["rows"]}["crack"] == "kept"
    assert promoted["who"]
    assert taken_back["reason"] == "why not"


def test_a_candidate_that_loses_needs_force_and_a_reason(
    tmp_path: Path, arguments: list[str]
) -> None:
    write_toy(tmp_path / "candidates", version="1.1.0", blind_below=0.3)
    given = ["road_damage", str(tmp_path / "candidates"), *arguments]
    figures = tmp_path / "figures.json"
    assert invoke("compare", *given, "--json", str(figures)).exit_code == 1
    rows = {row["name"]: row for row in json.loads(figures.read_text())["rows"]}
    assert rows["light=night"]["verdict"] == "lost"
    with pytest.raises(TrainingError, match="nothing was changed"):
        invoke("promote", *given)
    assert invoke("promote", *given, "--force").exit_code == 2
    assert invoke("promote", *given, "--force", "--reason", " ").exit_code == 2
    assert load_model("road_damage", root=tmp_path / "models").version == "1.0.0"
    assert invoke("promote", *given, "--force", "--reason", "day only here").exit_code == 0
    assert load_model("road_damage", root=tmp_path / "models").version == "1.1.0"
    record = json.loads((tmp_path / "models/road_damage/promotions.jsonl").read_text())
    assert record["forced"]
    assert record["reason"] == "day only here"


def test_a_candidate_is_proposed_with_its_figures_and_not_served(
    tmp_path: Path, arguments: list[str]
) -> None:
    write_toy(tmp_path / "candidates", version="1.1.0", blind_below=0.3)
    given = ["road_damage", str(tmp_path / "candidates"), *arguments]
    assert invoke("promote", *given, "--propose").exit_code == 0
    assert load_model("road_damage", root=tmp_path / "models").version == "1.0.0"
    (kept,) = versions(tmp_path / "models", "road_damage")
    assert kept["forced"], "what it loses is told to whoever decides"
    verdicts = {row["name"]: row["verdict"] for row in kept["figures"]["rows"]}
    assert verdicts["light=night"] == "lost"


def test_a_candidate_that_fails_its_golden_picture_is_never_promoted(
    tmp_path: Path, arguments: list[str]
) -> None:
    candidate = write_toy(tmp_path / "candidates", version="1.1.0").folder
    golden = json.loads((candidate / "golden.json").read_text())
    golden["detections"][0]["box"] = [0, 0, 5, 5]
    (candidate / "golden.json").write_text(json.dumps(golden))
    with pytest.raises(GoldenMismatch):
        invoke("promote", "road_damage", str(candidate), *arguments, "--force", "--reason", "x")
    assert not (tmp_path / "models/road_damage/versions").exists()


def test_the_first_of_its_name_needs_no_comparison(tmp_path: Path) -> None:
    write_toy(tmp_path / "candidates", version="1.0.0")
    root = ["--root", str(tmp_path / "new")]
    done = invoke("promote", "road_damage", str(tmp_path / "candidates"), *root)
    assert "first of its name" in done.output
    assert load_model("road_damage", root=tmp_path / "new").version == "1.0.0"


def test_what_is_no_candidate_is_told(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(TrainingError, match="no model folder named road_damage"):
        invoke("compare", "road_damage", str(tmp_path), *arguments)


@pytest.mark.parametrize("tolerance", ["crack", "crack=", "crack=2", "=0.1"])
def test_a_tolerance_must_be_a_name_and_a_loss(
    tmp_path: Path, arguments: list[str], tolerance: str
) -> None:
    given = ["road_damage", str(tmp_path), *arguments, "--tolerance", tolerance]
    assert invoke("compare", *given).exit_code == 2
