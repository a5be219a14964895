"""Gathers what a recipe says a model learns from and is judged on, and refuses what would lie."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from datasets.cards import DatasetCard, load_card
from datasets.check import check_dataset
from datasets.splits import is_held_out
from datasets.yolo import LabelledPicture, read_split
from training.errors import TrainingError
from training.recipe import DataFolders, JudgedSet, Recipe, Source

_PROBLEMS_SHOWN = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LearningData:
    """The pictures of a run.

    Attributes:
        learned: What is learned from.
        held_out: What was left out to judge on; the same kind of pictures.
        backgrounds: What shows nothing of what is learned.
    """

    learned: list[LabelledPicture]
    held_out: list[LabelledPicture]
    backgrounds: list[LabelledPicture]


def learning_data(
    recipe: Recipe, folders: DataFolders, hold_out: str | None = None
) -> LearningData:
    """Read and check what a model learns from.

    Args:
        recipe: The model's recipe.
        folders: Where the data lies.
        hold_out: What to leave out: a place, or a share such as `0.15` of the pictures of every
            source, chosen by a hash of their names.

    Raises:
        TrainingError: If data is missing or broken, or `hold_out` leaves nothing out.
        DatasetError: If data cannot be read.
    """
    data = LearningData([], [], [])
    places: set[str] = set()
    for source in recipe.learned:
        card = load_card(source.card)
        try:
            folders.find(card, source.split)
        except TrainingError as error:
            if not source.optional:
                raise
            _log.warning("training goes without %s: %s", source.card, error)
            continue
        _refuse_broken(source, folders)
        pictures = source.pictures(folders, recipe.classes)
        if source.background:
            data.backgrounds.extend(pictures)
            continue
        if card.place_pattern:
            places |= {card.place_of(one.path) for one in pictures}
        for one in pictures:
            left_out = hold_out is not None and _is_left_out(one, card, hold_out)
            (data.held_out if left_out else data.learned).append(one)
    if hold_out is not None and not data.held_out:
        raise TrainingError(
            f"no picture shows {hold_out}",
            hint=f"Places: {', '.join(sorted(places))}."
            if places
            else "Give a share such as 0.15.",
        )
    return data


def judged_pictures(
    judged_set: JudgedSet, folders: DataFolders, classes: Sequence[str]
) -> list[LabelledPicture]:
    """Read and check the pictures of a judged set; errors as `learning_data`."""
    _refuse_broken(judged_set.source, folders)
    pictures = judged_set.source.pictures(folders, classes)
    if not pictures:
        raise TrainingError(f"the set {judged_set.name} holds no pictures")
    return pictures


def _is_left_out(picture: LabelledPicture, card: DatasetCard, hold_out: str) -> bool:
    share = _share(hold_out)
    if share is None:
        return bool(card.place_pattern) and card.place_of(picture.path) == hold_out
    if card.place_pattern:
        raise TrainingError(
            f"{card.name} is split by place, so that neighbours stay together",
            hint="Hold out a place instead of a share.",
        )
    # Another hash than that of the judged sets, which would leave out none of what is left of them.
    return is_held_out(f"validation/{picture.path.name}", share)


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0 < share < 1 else None


def _refuse_broken(source: Source, folders: DataFolders) -> None:
    if source.read is not read_split:  # not in the YOLO layout: its reader checks it
        return
    card = load_card(source.card)
    folder = folders.find(card, source.split)
    issues = check_dataset(folder, [""], len(card.classes)).to_mend
    if issues:
        shown = [f"{one.path}: {one.what}" for one in issues[:_PROBLEMS_SHOWN]]
        more = len(issues) - len(shown)
        raise TrainingError(
            "\n".join([*shown, *([f"… and {more} more"] if more else [])]),
            hint=f"Mend or remove these files; xunjian dataset check {folder} lists them all.",
        )
