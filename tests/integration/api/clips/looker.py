"""An inspection of clips that sees the square of `tests/unit/inference/clips/films.py` fall.

It decodes every frame for real; only the verdict is simple, so that no model is needed.
"""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from inference.choices import VariantChoice
from inference.clips import Clip
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent
from inference.falling.origin import locate
from inference.falling.view import View
from inference.inspections import ClipInspection, Kind
from inference.policy import ExecutionPolicy
from models.registry import ModelFile

MODEL = ModelFile("falling_object", "0.1.0", "fp32", Path("model.onnx"), "ab" * 32, Path())
_BRIGHT = 200
_LEAST_FRAMES = 5


class Looker(ClipInspection):
    """Says that whatever is bright in five frames or more falls."""

    name: ClassVar[str] = "falling_object"
    kind: ClassVar[Kind] = Kind.MOMENT
    model_names: ClassVar[tuple[str, ...]] = ("falling_object",)

    @classmethod
    def load(
        cls,
        policy: ExecutionPolicy,  # noqa: ARG003
        *,
        variant: VariantChoice,  # noqa: ARG003
        threshold: float | None,  # noqa: ARG003
        root: Path | None,  # noqa: ARG003
    ) -> Self:
        return cls()

    def check_golden(self) -> None: ...

    @property
    def used(self) -> tuple[ModelFile, ...]:
        return (MODEL,)

    def inspect(self, clip: Clip, view: View | None = None) -> ClipEvents:
        times, track = [], []
        for frame in clip.frames():
            times.append((frame.index, frame.time_s))
            ys, xs = np.nonzero(frame.luma() > _BRIGHT)
            if len(xs):
                track.append((frame.index, float(xs.mean()), float(ys.mean())))
        events = []
        if len(track) >= _LEAST_FRAMES:
            point = np.array(track[0][1:])
            origin = locate(point, 2.0, view.grid if view else None)
            events.append(
                FallEvent(track[0][0], track[-1][0], 0.9, "confirmed", tuple(track), origin)
            )
        return ClipEvents(clip.width, clip.height, tuple(times), tuple(events))
