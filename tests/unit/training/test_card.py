import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from tests.unit.training.toys import toy_recipe, write_pictures, write_toy
from training.card import write_card
from training.errors import TrainingError
from training.judging import judge_sets, sum_up, write_figures
from training.recipe import JudgedSet, Source

MODELS = Path(__file__).parents[3] / "models"
JUDGED = [
    path.parent.name
    for path in sorted(MODELS.glob("*/metrics.json"))
    if "variants" in json.loads(path.read_text("utf-8"))
]


@pytest.mark.parametrize("name", JUDGED)
def test_a_shipped_card_says_what_its_figures_and_notes_say(name: str, tmp_path: Path) -> None:
    for file in ("metrics.json", "notes.md"):
        (tmp_path / file).write_text((MODELS / name / file).read_text("utf-8"), "utf-8")
    write_card(tmp_path)
    shipped = (MODELS / name / "card.md").read_text("utf-8")
    assert (tmp_path / "card.md").read_text("utf-8") == shipped


def test_a_card_tells_of_every_set_and_of_counting(tmp_path: Path) -> None:
    model = write_toy(tmp_path, version="1.0.0", blind_below=0.3)
    bright = write_pictures(tmp_path / "bright", [200, 220])
    dark = write_pictures(tmp_path / "dark", [30, 40, 50])
    night = JudgedSet("at night", Source("road_damage", "test", labelled=("crack",)), counts=True)
    recipe = replace(toy_recipe(), judged=(*toy_recipe().judged, night))
    judgements = judge_sets(recipe, [model], {"test": bright, "at night": dark})
    metrics = sum_up(recipe, judgements)
    write_figures(metrics, judgements)
    assert json.loads((model.folder / "metrics.json").read_text()) == json.loads(
        json.dumps(metrics)
    )
    assert metrics["judged_on"]["pictures"] == 2
    assert metrics["variants"]["fp32"]["classes"]["crack"]["ap50"] == 1
    others = metrics["other_sets"]["at night"]
    assert list(others["variants"]["fp32"]["classes"]) == ["crack"]
    assert others["variants"]["fp32"]["classes"]["crack"]["ap50"] == 0
    assert others["variants"]["fp32"]["counts"]["crack"]["mape"] == 0
    card = (model.folder / "card.md").read_text()
    assert "| FP32 | crack | 2 | 1.000 [1.00, 1.00]" in card
    assert "## at night" in card
    assert "| FP32 | crack | 3 | 1.0 | 0.000 [0.00, 0.00] | +0.000" in card
    assert card.endswith("A toy.\n")
    assert cv2.imread(str(model.folder / "pr_curve.png")) is not None


def test_a_card_needs_notes(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"notes\.md is missing"):
        write_card(tmp_path)
