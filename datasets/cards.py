"""Dataset cards: where data comes from, under which licence, and how it is split."""

import re
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datasets.yolo import DatasetError

_CARDS = Path(__file__).parent / "cards"
_NON_EMPTY = Annotated[str, Field(min_length=1)]


class DatasetCard(BaseModel):
    """What must be known of data before anything is trained on it.

    Attributes:
        name: Identifier, equal to the card's file name.
        title: One line for people.
        origin: Public address, with the exact version.
        licence: Licence and what it asks for; says so where none is stated.
        get: How a user gets the data, in steps.
        use: What Xunjian uses it for.
        folder: Where the data lies below the folder of all data; by default the card's name.
        classes: Classes in the order of their ids in the label files; empty if it has no labels.
        place_pattern: Regular expression whose first group is a picture's place in its file name;
            pictures of one place never stand on both sides of a split. None if places are unknown.
        splits: Places of each split, by split; without a place pattern, names of pictures without
            suffix.
        slices: Regular expressions by what they tell, e.g. `camera`; the first group is read from a
            picture's file name. A model is compared on each part separately.
        notes: What surprises: label quality, duplicates, bias.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _NON_EMPTY
    title: _NON_EMPTY
    origin: _NON_EMPTY
    licence: _NON_EMPTY
    get: _NON_EMPTY
    use: _NON_EMPTY
    folder: str = ""
    classes: tuple[_NON_EMPTY, ...] = ()
    place_pattern: str | None = None
    splits: dict[str, tuple[_NON_EMPTY, ...]] = Field(default_factory=dict)
    slices: dict[_NON_EMPTY, _NON_EMPTY] = Field(default_factory=dict)
    notes: str = ""

    def place_of(self, path: Path) -> str:
        """The place that a picture shows, read from its file name.

        Raises:
            DatasetError: If the card says nothing of places, or the name does not follow it.
        """
        found = re.match(self.place_pattern, path.name) if self.place_pattern else None
        if found is None:
            raise DatasetError(
                f"the place of {path.name} is unknown",
                hint=f"The dataset card {self.name} says how files are named.",
            )
        return found.group(1)

    def stands_in(self, split: str, path: Path) -> bool:
        """Whether a picture is named among a split's, for cards that list pictures, not places."""
        return path.stem in self.splits[split]


def card_names() -> list[str]:
    """The names of the cards that ship with Xunjian."""
    return sorted(path.stem for path in _CARDS.glob("*.yaml"))


def load_card(name: str) -> DatasetCard:
    """Read one of the cards that ship with Xunjian.

    Raises:
        DatasetError: If there is no such card, or it is not valid.
    """
    path = _CARDS / f"{name}.yaml"
    if name not in card_names():
        raise DatasetError(
            f"no dataset card {name!r}", hint=f"Known cards: {', '.join(card_names())}."
        )
    try:
        card = DatasetCard.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise DatasetError(f"the dataset card {path} is not valid: {error}") from error
    if card.name != name:
        raise DatasetError(f"the dataset card {path} describes {card.name!r}")
    return card
