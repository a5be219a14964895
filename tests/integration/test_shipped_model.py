"""The road-damage model that ships: it answers its golden picture, and is as good as its card."""

import os
from pathlib import Path

import pytest

from datasets.yolo import read_split
from inference.detector import Detector
from inference.engine import Engine
from inference.golden import check_golden
from inference.policy import choose_policy
from models.registry import Variant, load_model
from training.evaluate import judge
from training.judging import shipped_variants
from training.metrics import match
from training.recipes import get_recipe
from training.report import SUBSET_EVERY, read_metrics

REPOSITORY = Path(__file__).parents[2]
MODELS = REPOSITORY / "models"
DATA = Path(os.environ.get("XUNJIAN_DATA", REPOSITORY.parent / "shared/data")) / "road_damage"
WORST_LOSS = 0.02
VARIANTS = shipped_variants(MODELS, "road_damage")


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_golden_picture_is_answered(variant: Variant) -> None:
    model = load_model("road_damage", variant)
    engine = Engine(model, choose_policy("cpu"))
    check_golden(Detector(engine), model)
    engine.close()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_card_speaks_of_this_file(variant: Variant) -> None:
    report = read_metrics(MODELS / "road_damage")["variants"][variant]
    assert report["digest"] == load_model("road_damage", variant).digest


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the test roads are not at {DATA}")
def test_the_model_is_as_good_as_its_card(variant: Variant) -> None:
    model = load_model("road_damage", variant)
    judged = judge(get_recipe("road_damage"), model, read_split(DATA / "test")[::SUBSET_EVERY])
    card = read_metrics(model.folder)["variants"][variant]["subset_ap50"]
    for index, name in enumerate(model.class_names):
        ap50 = match(judged, index).average_precision()
        assert ap50 >= card[name] - WORST_LOSS, name


def test_int8_ships_only_if_it_is_nearly_as_good() -> None:
    variants = read_metrics(MODELS / "road_damage")["variants"]
    if "int8" not in variants:
        pytest.skip("no INT8 variant is shipped")
    assert variants["int8"]["mean_ap50"] >= variants["fp32"]["mean_ap50"] - 0.01
