"""The contract of an inspection: what it is called, what kind of problem it finds, how it looks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from inference.choices import VariantChoice
from inference.decode import Picture
from inference.detections import Detections
from inference.detector import Detector
from inference.engine import Engine
from inference.golden import check_golden
from inference.policy import ExecutionPolicy, load_model_for
from models.registry import Model, Reader


class Kind(StrEnum):
    """What kind of problem an inspection finds; it decides how findings are gathered and verified.

    `PLACE` stays where it is, `MOMENT` is over at once, `SUBJECT` moves away, `AREA` is a trend.
    """

    PLACE = "place"
    MOMENT = "moment"
    SUBJECT = "subject"
    AREA = "area"


class Inspection(ABC):
    """One inspection with its models loaded; safe to share between threads.

    A new one is a subclass in a file of its own, listed in `inference.inspections`. One whose
    models are not all detectors overrides `load`, `models` and `check_golden` too.

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

    @classmethod
    def load(
        cls,
        policy: ExecutionPolicy,
        *,
        variant: VariantChoice,
        threshold: float | None,
        root: Path | None,
    ) -> Self:
        """Load the models; arguments and errors as in `inference.inspections.get_inspection`."""
        return cls(
            {
                name: Detector(
                    Engine(load_model_for(policy, name, variant, root), policy), threshold
                )
                for name in cls.model_names
            }
        )

    def check_golden(self) -> None:
        """Ask every model for its golden picture.

        Raises:
            GoldenMismatch: An answer is another one than the recorded one.
            ModelInvalid: A golden picture is missing or damaged.
        """
        for detector in self.detectors.values():
            check_golden(detector, detector.model)

    @property
    def models(self) -> tuple[Model, ...]:
        """The loaded models, in the order of `model_names`; detections are traced to them."""
        return tuple(self.detectors[name].model for name in self.model_names)

    @property
    def readers(self) -> tuple[Reader, ...]:
        """The loaded models that read text."""
        return ()

    @property
    def used(self) -> tuple[Model | Reader, ...]:
        """Everything that was loaded; what is found is traced to it."""
        return (*self.models, *self.readers)

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
