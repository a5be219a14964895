"""The contract of an inspection: what it is called, what kind of problem it finds, how it looks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from inference.choices import VariantChoice
from inference.clips import Clip
from inference.decode import Picture
from inference.detections import Detections
from inference.detector import Detector
from inference.engine import Engine
from inference.falling.clip_events import ClipEvents
from inference.falling.view import View
from inference.golden import check_golden
from inference.policy import ExecutionPolicy, load_model_for
from inference.sites.baseline import Baseline
from inference.sites.light import LightMode
from inference.sites.site import Site, SiteSettings
from models.descriptions import ReaderDescription
from models.registry import DescribedModel, Model, ModelFile


class Kind(StrEnum):
    """What kind of problem an inspection finds; it decides how findings are gathered and verified.

    `PLACE` stays where it is, `MOMENT` is over at once, `SUBJECT` moves away, `AREA` is a trend,
    `DEVICE` is a camera or a gateway itself: no inspection finds it, the watch over them does.
    """

    PLACE = "place"
    MOMENT = "moment"
    SUBJECT = "subject"
    AREA = "area"
    DEVICE = "device"


class Inspection(ABC):
    """One inspection with its models loaded; safe to share between threads.

    A new one is a subclass of `PictureInspection`, `ClipInspection` or `SeriesInspection`, by what
    it takes, in a file of its own, listed in `inference.inspections`.

    Attributes:
        name: Stable identifier, used on the wire.
        kind: Kind of problem.
        model_names: Models that it needs, by folder name.
    """

    name: ClassVar[str]
    kind: ClassVar[Kind]
    model_names: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def load(
        cls,
        policy: ExecutionPolicy,
        *,
        variant: VariantChoice,
        threshold: float | None,
        root: Path | None,
    ) -> Self:
        """Load the models; arguments and errors as in `inference.inspections.get_inspection`."""

    @abstractmethod
    def check_golden(self) -> None:
        """Ask every model for what its answer is known to.

        Raises:
            GoldenMismatch: An answer is another one than the recorded one.
            ModelInvalid: A golden picture or clip is missing or damaged.
        """

    @property
    @abstractmethod
    def used(self) -> tuple[ModelFile, ...]:
        """Everything that was loaded; what is found is traced to it."""


class PictureInspection(Inspection):
    """Looks at one picture at a time.

    One whose models are not all detectors overrides `load`, `models` and `check_golden` too.

    Args:
        detectors: One detector for each of `model_names`.
    """

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
        """Ask every detector for its golden picture."""
        for detector in self.detectors.values():
            check_golden(detector, detector.model)

    @property
    def models(self) -> tuple[Model, ...]:
        """The loaded detectors, in the order of `model_names`; detections are traced to them."""
        return tuple(self.detectors[name].model for name in self.model_names)

    @property
    def readers(self) -> tuple[DescribedModel[ReaderDescription], ...]:
        """The loaded models that read text."""
        return ()

    @property
    def used(self) -> tuple[ModelFile, ...]:
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

    def inspect_with_faint(self, picture: Picture) -> tuple[Detections, Detections]:
        """Look at one picture and say what is there, and what is too faint to be reported.

        Faint detections say something only where a thing is known to be: whether it still is. An
        inspection that has no use for them tells none.
        """
        found = self.inspect(picture)
        return found, Detections.none(found.class_names)


class ClipInspection(Inspection):
    """Looks at some seconds of video.

    It decodes with FFmpeg and takes seconds: a service runs it in a worker process of its own.
    """

    @abstractmethod
    def inspect(self, clip: Clip, view: View | None = None) -> ClipEvents:
        """Look at one clip and say what happened in it.

        Args:
            clip: The clip.
            view: What its camera sees of the building, if that is known.

        Raises:
            ClipError: The clip cannot be decoded.
            PictureError: A picture of a folder of frames cannot be decoded.
        """


class SeriesInspection(Inspection):
    """Looks at a fixed camera's frames over days, against pictures of the place as it should be.

    It takes composites, not frames, and seconds: a service runs it in a worker process of its own.
    """

    @abstractmethod
    def watch(
        self, baselines: Mapping[LightMode, Baseline], settings: SiteSettings | None = None
    ) -> Site:
        """Make one camera ready to be looked at.

        Args:
            baselines: The camera's approved pictures.
            settings: What differs for this camera; by default what suits most.
        """
