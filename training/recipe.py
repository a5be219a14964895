"""What a model is made of: its classes, its data, how it is trained, shown and judged.

Every model has one recipe, `RECIPE` in `training/recipes/<model>.py`. The commands `train`,
`evaluate`, `export` and `compare` read nothing else about a model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.cards import DatasetCard, load_card
from datasets.yolo import LabelledPicture, read_split
from inference.detector import Detector
from inference.engine import Engine
from models.registry import Model
from training.compose import Composer
from training.errors import TrainingError
from training.settings import Settings


@dataclass(frozen=True)
class DataFolders:
    """Where the data of each dataset card lies on this machine.

    Attributes:
        root: Folder that holds each card's `folder`.
        elsewhere: Folders that lie outside the root, by card.
    """

    root: Path
    elsewhere: Mapping[str, Path] = field(default_factory=dict)

    def find(self, card: DatasetCard, split: str) -> Path:
        """The folder of one split of a card's data, which holds `images/`.

        The root may also be the data set's own folder.

        Raises:
            TrainingError: If there is no such folder.
        """
        below = self.root / (card.folder or card.name)
        candidates = [self.elsewhere.get(card.name, below) / split]
        if card.name not in self.elsewhere:
            candidates.append(self.root / split)
        for candidate in candidates:
            if (candidate / "images").is_dir():
                return candidate
        raise TrainingError(
            f"the pictures of {card.name} are not in {candidates[0]}",
            hint=f"How to get them: xunjian dataset show {card.name}. If they lie elsewhere:"
            f" --source {card.name}=FOLDER.",
        )


@dataclass(frozen=True)
class Source:
    """Labelled pictures of one dataset card, as one model uses them.

    Attributes:
        card: Name of the dataset card.
        split: Folder of the split within the data, empty if the data is not split by folders.
        takes: The hold-out rule: which pictures are taken, by file. A source that is learned from
            and one that is judged on must never take the same picture.
        classes: Class of the model for each class of the card; classes left out are dropped. None
            if they have the same names.
        labelled: Classes of the model that the source labels, wherever they are seen. Objects of
            other classes may stand unlabelled in its pictures: it is not judged on them. None if
            it labels all.
        read: Reads the folder's pictures and labels, with the card's class ids.
        background: Holds nothing the model should find; its boxes mark where nothing is pasted.
        optional: Training goes on without it, with a warning, where its data is absent.
    """

    card: str
    split: str = ""
    takes: Callable[[Path], bool] = lambda _: True
    classes: Mapping[str, str] | None = None
    labelled: tuple[str, ...] | None = None
    read: Callable[[Path], list[LabelledPicture]] = read_split
    background: bool = False
    optional: bool = False

    def pictures(self, folders: DataFolders, classes: Sequence[str]) -> list[LabelledPicture]:
        """Read the pictures that the source takes, labelled with the model's class ids.

        Args:
            folders: Where the data lies.
            classes: Classes of the model, in the order of its class index.

        Raises:
            TrainingError: If the data is missing.
            DatasetError: If it cannot be read.
        """
        card = load_card(self.card)
        taken = [one for one in self.read(folders.find(card, self.split)) if self.takes(one.path)]
        if self.background:
            return taken
        known = self._labelled_ids(classes)
        named = {name: name for name in card.classes} if self.classes is None else self.classes
        ids = np.array(
            [classes.index(named[name]) if name in named else -1 for name in card.classes], np.int64
        )
        return [_renamed(one, ids, known) for one in taken]

    def _labelled_ids(self, classes: Sequence[str]) -> frozenset[int] | None:
        if self.labelled is None:
            return None
        return frozenset(classes.index(name) for name in self.labelled)


@dataclass(frozen=True)
class JudgedSet:
    """Pictures that a model is judged on and never learns from.

    Attributes:
        name: What the figures are called in the card.
        source: The pictures; its `labelled` says which classes are judged.
        counts: Also judge how many objects are counted on a picture.
    """

    name: str
    source: Source
    counts: bool = False

    def class_names(self, classes: Sequence[str]) -> tuple[str, ...]:
        """The classes that are judged, in the order of the model's class index."""
        labelled = self.source.labelled
        return tuple(name for name in classes if labelled is None or name in labelled)


@dataclass(frozen=True)
class Recipe:
    """Everything that is particular to one model.

    Attributes:
        model: The model's folder name.
        classes: Its classes, in the order of its class index.
        settings: How a run goes; the command line can override them.
        learned: What it learns from.
        judged: What it is judged on; the figures of the first are its headline.
        golden: Renders the golden picture, a JPEG.
        composer: Makes training samples.
        render: Renders training pictures into a folder: folder, count, seed. None if it has none.
        rendered: How many are rendered by default.
        found_on: Classes that the starting weights do not know, and the classes on whose objects
            alone theirs are found: where pictures do not label them, see `training.complete`.
        detector: Opens the detector as the inspection uses it, e.g. by tiles: engine, threshold
            (None: each class's own).
        decode_size: Long side in pixels that pictures keep when they are decoded; None for the
            model's input size.
    """

    model: str
    classes: tuple[str, ...]
    settings: Settings
    learned: tuple[Source, ...]
    judged: tuple[JudgedSet, ...]
    golden: Callable[[], bytes]
    composer: Callable[
        [Sequence[LabelledPicture], Sequence[LabelledPicture], Settings], Composer
    ] = Composer
    render: Callable[[Path, int, int], list[LabelledPicture]] | None = None
    rendered: int = 0
    found_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    detector: Callable[[Engine, float | None], Detector] = Detector
    decode_size: int | None = None

    def judged_set(self, name: str) -> JudgedSet:
        """One of the judged sets.

        Raises:
            TrainingError: If there is none of that name.
        """
        for one in self.judged:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.judged)
        raise TrainingError(f"{self.model} is not judged on {name!r}", hint=f"Sets: {known}.")

    def decoded_side(self, model: Model) -> int:
        """Long side in pixels that pictures keep when they are decoded for a model."""
        return self.decode_size or model.input_size


def _renamed(
    picture: LabelledPicture,
    ids: NDArray[np.int64],
    known: frozenset[int] | None,
) -> LabelledPicture:
    class_ids = ids[picture.class_ids]
    kept = class_ids >= 0
    return LabelledPicture(picture.path, picture.boxes[kept], class_ids[kept], known)
