import json
from pathlib import Path

import numpy as np
import pytest

import models
from datasets.cards import load_card
from inference.decode import DecodeLimits, decode
from tests.unit.training.toys import CLASSES, toy_recipe, write_pictures
from training.data import judged_pictures, learning_data
from training.errors import TrainingError
from training.recipe import DataFolders, JudgedSet, Source
from training.recipes import get_recipe, recipe_names

NAMES = recipe_names()


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_says_what_its_model_folder_says(name: str) -> None:
    recipe = get_recipe(name)
    assert recipe.model == name
    for source in (*recipe.learned, *(one.source for one in recipe.judged)):
        load_card(source.card)
    described = Path(models.__file__).parent / name / "classes.json"
    assert [one["name"] for one in json.loads(described.read_text())["classes"]] == [
        *recipe.classes
    ]


@pytest.mark.parametrize("name", NAMES)
def test_golden_pictures_are_rendered(name: str) -> None:
    assert decode(get_recipe(name).golden(), DecodeLimits(), 320).width >= 320


@pytest.mark.parametrize("name", NAMES)
def test_nothing_judged_is_learned(name: str) -> None:
    """By the rules alone: a file that both take must lie in different splits."""
    recipe = get_recipe(name)
    for judged in (one.source for one in recipe.judged):
        for learned in recipe.learned:
            if (learned.card, learned.split) == (judged.card, judged.split):
                paths = [Path(f"{number}.jpg") for number in range(300)]
                assert not any(learned.takes(path) and judged.takes(path) for path in paths)


def test_an_unknown_recipe_is_an_error_that_lists_them() -> None:
    with pytest.raises(TrainingError, match="no recipe for 'nothing'") as raised:
        get_recipe("nothing")
    assert "road_damage" in (raised.value.hint or "")


@pytest.fixture
def folders(tmp_path: Path) -> DataFolders:
    write_pictures(tmp_path / "road_damage/train", [180] * 8)
    write_pictures(tmp_path / "road_damage/test", [60] * 2)
    return DataFolders(tmp_path)


def test_a_place_is_held_out(folders: DataFolders) -> None:
    data = learning_data(toy_recipe(), folders, "AA_1")
    assert [one.path.name.split("_x_")[0] for one in data.held_out] == [
        f"{number}_AA_1" for number in (1, 3, 5, 7)
    ]
    assert len(data.learned) == 4


def test_an_unknown_place_is_an_error_that_lists_them(folders: DataFolders) -> None:
    with pytest.raises(TrainingError, match="no picture shows CC_9") as raised:
        learning_data(toy_recipe(), folders, "CC_9")
    assert raised.value.hint == "Places: AA_1, BB_2."


def test_neighbours_are_not_parted_by_a_share(folders: DataFolders) -> None:
    with pytest.raises(TrainingError, match="split by place"):
        learning_data(toy_recipe(), folders, "0.3")


def test_missing_data_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the pictures of road_damage are not in") as raised:
        judged_pictures(toy_recipe().judged[0], DataFolders(tmp_path), CLASSES)
    assert "xunjian dataset show road_damage" in (raised.value.hint or "")


def test_data_may_lie_elsewhere(tmp_path: Path) -> None:
    write_pictures(tmp_path / "mine/test", [60] * 2)
    folders = DataFolders(tmp_path / "nowhere", {"road_damage": tmp_path / "mine"})
    assert len(judged_pictures(toy_recipe().judged[0], folders, CLASSES)) == 2


def test_broken_data_is_refused(folders: DataFolders) -> None:
    (folders.root / "road_damage/test/labels/0_BB_2_x_0.txt").write_text("0 0.9 0.5 0.5 0.5")
    with pytest.raises(TrainingError, match=r"box outside \(object 1\)"):
        judged_pictures(toy_recipe().judged[0], folders, CLASSES)


def test_classes_are_renamed_dropped_and_marked_as_labelled(folders: DataFolders) -> None:
    (folders.root / "road_damage/test/labels/0_BB_2_x_0.txt").write_text(
        "1 0.5 0.5 0.1 0.1\n0 0.2 0.2 0.1 0.1\n"
    )
    source = Source("road_damage", "test", classes={"pothole": "hole"}, labelled=("hole",))
    first, second = source.pictures(folders, ("tree", "hole"))
    assert first.class_ids.tolist() == [1]
    np.testing.assert_allclose(first.boxes, [[0.5, 0.5, 0.1, 0.1]])
    assert second.class_ids.tolist() == []
    assert first.labelled == frozenset({1})
    assert JudgedSet("test", source).class_names(("tree", "hole")) == ("hole",)
