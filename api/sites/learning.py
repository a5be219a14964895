"""Baselines learned: from the first frames of a camera to pictures that a person can approve."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from api.baselines import service as baselines
from api.baselines.service import Learned
from api.counts.periods import local_day
from api.sites.models import FrameUse
from api.sites.reading import Held, Known, Pictures, facts
from inference.sites.baseline import WANTED_DAYS, WANTED_FRAMES, Baseline, learn_baselines
from inference.sites.errors import BaselineImpossible
from inference.sites.frame import Frame

_MOST_FRAMES = 60
_PNG = "image/png"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned of a camera's frames, not yet written.

    Attributes:
        baselines: by light.
        uses: what became of each frame, by its id: its use and, if it was refused, why.
        problem: why there is no baseline.
    """

    baselines: dict[str, Learned]
    uses: dict[str, tuple[FrameUse, str | None]]
    problem: str | None = None

    def write(self, session: Session, known: Known) -> None:
        """Put the baselines before a person, in the open transaction."""
        for light, learned in sorted(self.baselines.items()):
            baselines.propose(session, camera_id=known.camera.id, light=light, learned=learned)
        known.site.problem = self.problem
        known.site.few_by = None


def enough(frames: Sequence[Held], pictures: Pictures, *, few: bool) -> list[Held]:
    """Return the frames that baselines are made of: those of the first days that are enough.

    Later ones may show what has been built since.

    Args:
        frames: those that wait, oldest first.
        pictures: knows the time zone.
        few: whether a person says that all of them are enough.

    Returns:
        Frames of at least 2 days, 8 or more; none while there are fewer.
    """
    if few:
        return list(frames)
    taken: list[Held] = []
    days = groupby(frames, key=lambda one: local_day(one.frame.captured_at, pictures.zone))
    for number, (_, of_day) in enumerate(days, start=1):
        taken += of_day
        if len(taken) >= WANTED_FRAMES and number >= WANTED_DAYS:
            return taken
    return []


def learn(frames: Sequence[Held], pictures: Pictures) -> Lesson:
    """Make baselines of a camera's frames, and keep their pictures.

    Args:
        frames: those that wait.
        pictures: reads and keeps pictures.

    Raises:
        ObjectStoreError: the store does not answer.
    """
    chosen = [
        frames[index]
        for index in np.linspace(0, len(frames) - 1, min(len(frames), _MOST_FRAMES))
        .round()
        .astype(int)
    ]
    uses: dict[str, tuple[FrameUse, str | None]] = {
        held.frame.id: (FrameUse.LEARNED, None) for held in frames
    }
    read: list[Frame] = []
    for held in chosen:
        frame = pictures.frame(held)
        if frame is None:
            uses[held.frame.id] = (FrameUse.REFUSED, "unreadable")
        else:
            read.append(frame)
    try:
        learned = learn_baselines(read)
    except BaselineImpossible as error:
        uses = dict.fromkeys(uses, (FrameUse.REFUSED, "other_view"))
        return Lesson({}, uses, f"{error}. {error.hint}" if error.hint else str(error))
    for ref in learned.left_out:
        uses[ref.name] = (FrameUse.REFUSED, "other_view")
    return Lesson({light: _keep(one, pictures) for light, one in learned.baselines.items()}, uses)


def _keep(baseline: Baseline, pictures: Pictures) -> Learned:
    height, width = baseline.image.shape[:2]
    return Learned(
        object_key=pictures.objects.put(_png(baseline.image), _PNG),
        width=width,
        height=height,
        frames=[facts(ref) for ref in baseline.frames],
        warnings=list(baseline.warnings),
    )


def _png(image: NDArray[np.uint8]) -> bytes:
    """Return a picture as PNG: a baseline loses nothing by being kept."""
    return bytes(cv2.imencode(".png", image)[1])
