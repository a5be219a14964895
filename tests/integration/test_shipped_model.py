"""The models that ship: they answer their golden picture, and are as good as their cards."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inference.engine import Engine
from inference.golden import check_golden
from inference.policy import choose_policy
from models.registry import Variant, load_model
from training.data import judged_pictures
from training.errors import TrainingError
from training.evaluate import judge
from training.judging import shipped_variants
from training.metrics import match
from training.recipe import DataFolders
from training.recipes import get_recipe, recipe_names
from training.report import SUBSET_EVERY, read_metrics

REPOSITORY = Path(__file__).parents[2]
MODELS = REPOSITORY / "models"
FOLDERS = DataFolders(
    Path(os.environ.get("XUNJIAN_DATA", REPOSITORY.parent / "shared/data")),
)
WORST_LOSS = 0.02
SHIPPED = [name for name in recipe_names() if (MODELS / name / "metrics.json").is_file()]
VARIANTS = [(name, variant) for name in SHIPPED for variant in shipped_variants(MODELS, name)]


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_the_golden_picture_is_answered(name: str, variant: Variant) -> None:
    model = load_model(name, variant, MODELS)
    engine = Engine(model, choose_policy("cpu"))
    check_golden(get_recipe(name).detector(engine, None), model)
    engine.close()


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_the_card_speaks_of_this_file(name: str, variant: Variant) -> None:
    report = read_metrics(MODELS / name)["variants"][variant]
    assert report["digest"] == load_model(name, variant, MODELS).digest


def judged_sets() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Model, set, and what its card says of the set, by variant."""
    for name in SHIPPED:
        metrics = read_metrics(MODELS / name)
        first, *others = get_recipe(name).judged
        yield name, first.name, metrics["variants"]
        for other in others:
            yield name, other.name, metrics["other_sets"][other.name]["variants"]


@pytest.mark.parametrize(("name", "set_name", "variants"), judged_sets())
def test_the_model_is_as_good_as_its_card(
    name: str, set_name: str, variants: dict[str, Any]
) -> None:
    recipe = get_recipe(name)
    judged_set = recipe.judged_set(set_name)
    try:
        pictures = judged_pictures(judged_set, FOLDERS, recipe.classes)[::SUBSET_EVERY]
    except TrainingError as error:
        pytest.skip(str(error))
    for variant, report in variants.items():
        judged = judge(recipe, load_model(name, variant, MODELS), pictures)  # type: ignore[arg-type]
        for class_name in judged_set.class_names(recipe.classes):
            ap50 = match(judged, recipe.classes.index(class_name)).average_precision()
            assert ap50 >= report["subset_ap50"][class_name] - WORST_LOSS, (variant, class_name)


@pytest.mark.parametrize("name", SHIPPED)
def test_int8_ships_only_if_it_is_nearly_as_good(name: str) -> None:
    variants = read_metrics(MODELS / name)["variants"]
    if "int8" not in variants:
        pytest.skip("no INT8 variant is shipped")
    assert variants["int8"]["mean_ap50"] >= variants["fp32"]["mean_ap50"] - 0.01
