"""The contract of an inspection: what it is called, what kind of problem it finds, how it looks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from inference.decode import Picture
from inference.detections import Detections
from inference.detector import Detector
from models.registry import Model


class Kind(StrEnum):
    """What kind of problem an inspection finds; it decides how findings are gathered and verified.

    `PLACE` stays where it is, `MOMENT` is over at once, `SUBJECT` moves away, `AREA` is a trend.
    """

    PLACE = "place"
    MOMENT = "moment"
    SUBJECT = "subject"
    AREA = "area"


class Inspection(ABC):
    """One inspection with its detectors loaded; safe to share between threads.

    A new one is a subclass in a file of its own, listed in `inference.inspections`.

    Args:
        detectors: One detector for each of `model_names`.

    Attributes:
        name: Stable identifier, used on the wire.
        kind: Kind of problem.
        model_names: Models that it needs, by folder name.
    """

    name: ClassVar[str]
    kind: ClassVar[Kind]
    model_names: ClassVar[tuple[str, ...]]

    def __init__(self, detectors: Mapping[str, Detector]) -> None:
        self.detectors = detectors

    @property
    def models(self) -> tuple[Model, ...]:
        """The loaded models, in the order of `model_names`; detections are traced to them."""
        return tuple(self.detectors[name].model for name in self.model_names)

    @property
    def class_groups(self) -> dict[str, str]:
        """Group of each class: classes of one group gather in one finding."""
        return {name: group for m in self.models for name, group in m.class_groups.items()}

    @property
    def input_size(self) -> int:
        """Long side in pixels that pictures should keep when they are decoded."""
        return max(model.input_size for model in self.models)

    @abstractmethod
    def inspect(self, picture: Picture) -> Detections:
        """Look at one picture and say what is there."""
