"""The pest models that ship: they answer their golden pictures, and are as good as their cards."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from datasets.yolo import LabelledPicture
from inference.commands import app
from inference.inspections import INSPECTIONS, get_inspection
from inference.policy import choose_policy
from models.registry import Variant, load_model
from training.counts import count, count_figures
from training.evaluate import judge
from training.judging import shipped_variants
from training.metrics import match
from training.recipe import DataFolders
from training.recipes import get_recipe
from training.report import SUBSET_EVERY, read_metrics

REPOSITORY = Path(__file__).parents[2]
MODELS = REPOSITORY / "models"
DATA = Path(os.environ.get("XUNJIAN_DATA", REPOSITORY.parent / "shared/data"))
WORST_LOSS = 0.02
VARIANTS = [
    (name, variant)
    for name in ("rice_pests", "sticky_trap")
    for variant in shipped_variants(MODELS, name)
]
needs_data = pytest.mark.skipif(
    not (DATA / "crop_pests").is_dir(), reason=f"the pictures of pests are not at {DATA}"
)


def held_out(name: str) -> list[LabelledPicture]:
    recipe = get_recipe(name)
    return recipe.judged[0].source.pictures(DataFolders(DATA), recipe.classes)


@pytest.mark.parametrize("variant", ["fp32", "auto"])
def test_the_golden_pictures_are_answered(variant: str) -> None:
    policy = choose_policy("cpu")
    get_inspection("crop_pest", policy, variant=variant).check_golden()  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_the_card_speaks_of_this_file(name: str, variant: Variant) -> None:
    report = read_metrics(MODELS / name)["variants"][variant]
    assert report["digest"] == load_model(name, variant).digest


def test_no_class_stands_in_both_models() -> None:
    models = [load_model(name, "fp32") for name in INSPECTIONS["crop_pest"].model_names]
    names = [one for model in models for one in model.class_names]
    assert len(names) == len(set(names)) == 7


@needs_data
def test_close_views_are_found_as_the_card_says() -> None:
    model = load_model("rice_pests", "fp32")
    recipe = get_recipe("rice_pests")
    judged = judge(recipe, model, held_out("rice_pests")[::SUBSET_EVERY])
    card = read_metrics(model.folder)["variants"]["fp32"]["subset_ap50"]
    for index, name in enumerate(model.class_names):
        assert match(judged, index).average_precision() >= card[name] - WORST_LOSS, name


@needs_data
def test_insects_on_traps_are_counted_as_the_card_says() -> None:
    model = load_model("sticky_trap", "fp32")
    pictures = held_out("sticky_trap")[::SUBSET_EVERY]
    judged = judge(get_recipe("sticky_trap"), model, pictures)
    report = read_metrics(model.folder)["variants"]["fp32"]
    assert match(judged, 0).average_precision() >= report["subset_ap50"]["insect"] - WORST_LOSS
    figures = count_figures(*count(judged, 0, model.classes[0].threshold))
    low, high = report["counts"]["insect"]["mape_interval"]
    assert figures.mape < 2 * high - low
    assert figures.mape < figures.mape_of_mean / 2


@needs_data
def test_one_command_inspects_close_views_and_traps(tmp_path: Path) -> None:
    trap = held_out("sticky_trap")[0]
    close = held_out("rice_pests")[0]
    paths = [str(trap.path), str(close.path)]
    result = CliRunner().invoke(
        app, ["inspect", "crop_pest", *paths, "--format", "jsonl", "--annotate", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["source"] for record in records] == paths
    assert {one["class"] for one in records[0]["detections"]} == {"insect"}
    assert "insect" not in {one["class"] for one in records[1]["detections"]}
    for record in records:
        for one in record["detections"]:
            x1, y1, x2, y2 = one["box"]
            assert 0 <= x1 < x2 <= record["width"]
            assert 0 <= y1 < y2 <= record["height"]
    assert len(list(tmp_path.glob("*.jpg"))) == 2
