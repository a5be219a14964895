"""Within one pass of one camera: which detections of its frames show the same thing.

The error of the GPS and of the mounting moves all of them together, so neighbours are told apart
by far smaller distances than two passes would allow, and two things in one frame are two.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from api.findings.geodesy import Floats

GATE = 11.83
"""Squared Mahalanobis distance that holds 99.73 % of a two-dimensional Gaussian (chi-square)."""

_STEP_SD_M = 0.7  # of the camera's position in one frame against another of the same pass
_OVERLAP = 0.6  # of the smaller box: two boxes that share more show one thing


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One detection with a place.

    Attributes:
        detection_id: which.
        frame_id: its frame.
        at_s: when, seconds.
        position: (2,) east, north in metres, by the pass's own reckoning.
        covariance: (2, 2), square metres, the camera's position apart.
        class_name: what the model calls it.
        class_group: what it is gathered by.
        score: of the detection, 0 to 1.
        box: x1, y1, x2, y2 in pixels.
        size_m: width on the ground.
        same_within_m: two of this group closer than this are one thing.
        fixed: the look it stays in, where a person has judged that.
    """

    detection_id: str
    frame_id: str
    at_s: float
    position: Floats
    covariance: Floats
    class_name: str
    class_group: str
    score: float
    box: tuple[float, float, float, float]
    size_m: float
    same_within_m: float
    fixed: str | None = None


@dataclass(slots=True, eq=False)
class Track:
    """Sightings of one thing in one pass.

    The mean weights sightings by their information. Its covariance stays that of the surest
    sighting: what is wrong with the mounting is wrong in all of them and does not average out.
    """

    sightings: list[Sighting] = field(default_factory=list)
    mean: Floats = field(default_factory=lambda: np.zeros(2))
    covariance: Floats = field(default_factory=lambda: np.eye(2))
    _information: Floats = field(default_factory=lambda: np.zeros((2, 2)))
    _weighted: Floats = field(default_factory=lambda: np.zeros(2))

    def add(self, sighting: Sighting) -> None:
        """Take in one more sighting."""
        information = np.linalg.inv(sighting.covariance)
        self._information = self._information + information
        self._weighted = self._weighted + information @ sighting.position
        self.mean = np.asarray(np.linalg.solve(self._information, self._weighted), np.float64)
        if not self.sightings or sighting.covariance.trace() < self.covariance.trace():
            self.covariance = sighting.covariance
        self.sightings.append(sighting)

    @property
    def first_at_s(self) -> float:
        """When it was seen first, seconds."""
        return min(each.at_s for each in self.sightings)

    @property
    def last_at_s(self) -> float:
        """When it was seen last, seconds."""
        return max(each.at_s for each in self.sightings)

    @property
    def fixed(self) -> str | None:
        """The look that it is, where a person has judged that."""
        return next((each.fixed for each in self.sightings if each.fixed), None)

    def is_shown_by(self, sighting: Sighting) -> bool:
        """Say whether a sighting is another box around what this track has in the same frame."""
        if self.fixed and sighting.fixed:
            return self.fixed == sighting.fixed
        return self.sightings[0].class_group == sighting.class_group and any(
            other.frame_id == sighting.frame_id
            and (
                _overlap(other.box, sighting.box) > _OVERLAP
                or np.hypot(*(other.position - sighting.position)) < sighting.same_within_m
            )
            for other in self.sightings
        )


def tracks(sightings: Sequence[Sighting]) -> list[Track]:
    """Group the sightings of one pass by what they show.

    Frame by frame in order of time, however they arrived: global nearest neighbour, each track
    taking one thing of a frame at most.

    Args:
        sightings: of one camera and one pass.

    Returns:
        The tracks; every sighting is in one of them.
    """
    found: list[Track] = []
    ordered = sorted(
        sightings, key=lambda each: (each.at_s, each.frame_id, -each.score, each.detection_id)
    )
    for _, frame in groupby(ordered, key=lambda each: each.frame_id):
        waiting = list(frame)
        earlier = list(found)
        pairs = sorted(
            (
                (distance, s, t)
                for s, sighting in enumerate(waiting)
                for t, track in enumerate(earlier)
                if (distance := _distance(sighting, track)) <= GATE
            ),
        )
        taken: dict[int, Track] = {}
        used: set[int] = set()
        for _, s, t in pairs:
            if s not in taken and t not in used:
                taken[s] = earlier[t]
                used.add(t)
        for s, track in taken.items():
            track.add(waiting[s])
        for s, sighting in enumerate(waiting):
            if s in taken:
                continue
            track = next((each for each in found if each.is_shown_by(sighting)), None) or Track()
            if not track.sightings:
                found.append(track)
            track.add(sighting)
    return found


def _distance(sighting: Sighting, track: Track) -> float:
    """Return the squared Mahalanobis distance within a pass; infinite between groups."""
    if track.fixed and sighting.fixed:
        return -1.0 if track.fixed == sighting.fixed else np.inf
    if track.sightings[0].class_group != sighting.class_group:
        return np.inf
    apart = sighting.position - track.mean
    spread = _STEP_SD_M**2 + (sighting.same_within_m / 2) ** 2
    covariance = sighting.covariance + track.covariance + np.eye(2) * spread
    return float(apart @ np.linalg.solve(covariance, apart))


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Return the intersection of two boxes over the area of the smaller one."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0
