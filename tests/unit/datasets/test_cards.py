from pathlib import Path

import pytest

from datasets.cards import load_card
from datasets.yolo import DatasetError

CARDS = sorted(path.stem for path in (Path(__file__).parents[3] / "datasets/cards").glob("*.yaml"))


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_valid(name: str) -> None:
    card = load_card(name)
    places = [place for split in card.splits.values() for place in split]
    assert len(places) == len(set(places)), "a place stands in two splits"


@pytest.mark.parametrize("name", ["nothing", "../cards/road_damage"])
def test_an_unknown_card_is_an_error_that_lists_the_known(name: str) -> None:
    with pytest.raises(DatasetError) as raised:
        load_card(name)
    assert raised.value.hint is not None
    assert "road_damage" in raised.value.hint


def test_the_road_is_read_from_the_name() -> None:
    card = load_card("road_damage")
    assert card.place_of(Path("x/1007599_RS_386_386RS289112_28920.jpg")) == "RS_386"
    with pytest.raises(DatasetError, match="place"):
        card.place_of(Path("street.jpg"))


def test_a_card_without_places_says_so() -> None:
    with pytest.raises(DatasetError, match="place"):
        load_card("vehicles_openimages").place_of(Path("a.jpg"))
