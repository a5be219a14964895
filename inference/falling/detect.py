"""A clip to its falls: frames, candidates, tracks, classes, events."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.clips import Clip, ClipFrame
from inference.falling.candidates import find_candidates
from inference.falling.classifier import CLASSES, TrackletClassifier
from inference.falling.events import FallEvent, make_events
from inference.falling.linking import Track, link
from inference.falling.origin import Grid
from inference.falling.tracklets import describe


@dataclass(frozen=True, slots=True, eq=False)
class TrackedClip:
    """What moved down the picture in a clip.

    Attributes:
        tracks: What may have fallen.
        times: Number and time in seconds of every frame.
        height: Height of the frames in pixels.
    """

    tracks: tuple[Track, ...]
    times: tuple[tuple[int, float], ...]
    height: int

    @property
    def fps(self) -> float:
        """Mean frame rate, by the frames' own times; 0 for fewer than two frames."""
        if len(self.times) < 2:
            return 0.0
        return (len(self.times) - 1) / (self.times[-1][1] - self.times[0][1])


def track_clip(clip: Clip, region: NDArray[np.uint8] | None = None) -> TrackedClip:
    """Follow what moves down the picture.

    Args:
        clip: The clip.
        region: uint8 (H, W), 0 where nothing is looked for, e.g. outside the building.

    Raises:
        ClipError: The clip cannot be decoded.
        PictureError: A picture of a folder of frames cannot be decoded.
    """
    times: list[tuple[int, float]] = []

    def counted() -> Iterator[ClipFrame]:
        for frame in clip.frames():
            times.append((frame.index, frame.time_s))
            yield frame

    tracks = tuple(link(find_candidates(counted(), region), clip.height))
    return TrackedClip(tracks, tuple(times), clip.height)


def score_tracks(classifier: TrackletClassifier, tracked: TrackedClip) -> NDArray[np.float32]:
    """(N,) how likely each track of a clip is a fall, 0 to 1."""
    return classifier(describe(tracked.tracks, tracked.height))[:, CLASSES.index("fall")]


class FallDetector:
    """Finds falls in clips; may be shared by threads.

    Args:
        classifier: Tells falls from everything else.
        suspected: Lowest score (0 to 1) of an event.
        confirmed: Lowest score of a confirmed event.
    """

    def __init__(self, classifier: TrackletClassifier, suspected: float, confirmed: float) -> None:
        self._classifier = classifier
        self._suspected = suspected
        self._confirmed = confirmed

    def judge(self, tracked: TrackedClip, grid: Grid | None = None) -> list[FallEvent]:
        """Tell which of a clip's tracks are falls, and gather them to events."""
        return make_events(
            tracked.tracks,
            score_tracks(self._classifier, tracked),
            tracked.times,
            tracked.height,
            suspected=self._suspected,
            confirmed=self._confirmed,
            grid=grid,
        )
