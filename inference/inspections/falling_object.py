"""What falls from buildings: a clip in, events with where they began out."""

from pathlib import Path
from typing import Self

from inference.choices import VariantChoice
from inference.clips import Clip
from inference.falling.classifier import CLASSES, TrackletClassifier
from inference.falling.clip_events import ClipEvents
from inference.falling.detect import FallDetector, track_clip
from inference.falling.golden import check_golden
from inference.falling.view import View
from inference.inspections.base import ClipInspection, Kind
from inference.policy import ExecutionPolicy
from models.descriptions import TrackletsDescription
from models.errors import ModelInvalid
from models.registry import DescribedModel, ModelFile, load_described

_MODEL = "falling_object"


class FallingObject(ClipInspection):
    """Things thrown or fallen from a building, seen by a camera that looks up at it.

    Candidates and tracks are found without a model; the model, a small classifier of tracks, runs
    on the CPU whatever runs the detectors.

    Args:
        model: Tells falls from everything else that moves.
        threshold: Lowest score (0 to 1) of an event; by default the model's operating point.

    Raises:
        ModelInvalid: It is no classifier of tracks, or one of another version.
    """

    name = "falling_object"
    kind = Kind.MOMENT
    model_names = (_MODEL,)

    def __init__(
        self, model: DescribedModel[TrackletsDescription], threshold: float | None = None
    ) -> None:
        about = model.about
        if about.classes != CLASSES:
            raise ModelInvalid(
                f"{model.folder / about.file} has other classes than this version",
                hint="Reinstall the model, or train it again with this version.",
            )
        self.model = model
        self.suspected = about.suspected if threshold is None else threshold
        self._detector = FallDetector(
            TrackletClassifier(model.path),
            suspected=self.suspected,
            confirmed=max(about.confirmed, self.suspected),
        )

    @classmethod
    def load(
        cls,
        policy: ExecutionPolicy,  # noqa: ARG003
        *,
        variant: VariantChoice,  # noqa: ARG003
        threshold: float | None,
        root: Path | None,
    ) -> Self:
        """Load the classifier; it has one variant, which is taken for all."""
        return cls(load_described(TrackletsDescription, _MODEL, root), threshold)

    def check_golden(self) -> None:
        """Ask for the falls of the golden clip."""
        check_golden(self.inspect, self.model, self.suspected)

    @property
    def used(self) -> tuple[ModelFile, ...]:
        """The classifier."""
        return (self.model,)

    def inspect(self, clip: Clip, view: View | None = None) -> ClipEvents:
        """Find what falls in one clip; arguments and errors as in `ClipInspection`."""
        fitted = None if view is None else view.at_size(clip.width, clip.height)
        tracked = track_clip(clip, None if fitted is None else fitted.mask())
        events = self._detector.judge(tracked, None if fitted is None else fitted.grid)
        return ClipEvents(clip.width, clip.height, tracked.times, tuple(events))
