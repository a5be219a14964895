"""Within one pass of one camera: which detections of its frames show the same thing.

The error of the GPS and of the mounting moves all of them together, so neighbours are told apart
by far smaller distances than two passes would allow, and two things in one frame are two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from math import hypot, inf

import numpy as np

from api.findings.geodesy import Floats

GATE = 11.83
"""Squared Mahalanobis distance that holds 99.73 % of a two-dimensional Gaussian (chi-square)."""

_STEP_SD_M = 0.7  # of the camera's position in one frame against another of the same pass
_OVERLAP = 0.6  # of the smaller box: two boxes that share more show one thing


Covariance = tuple[float, float, float]
"""Variance to the east, covariance, variance to the north; square metres."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One detection with a place.

    Attributes:
        detection_id: which.
        frame_id: its frame.
        at_s: when, seconds.
        east_m: by the pass's own reckoning.
        north_m: by the pass's own reckoning.
        covariance: the camera's position apart.
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
    east_m: float
    north_m: float
    covariance: Covariance
    class_group: str
    score: float
    box: tuple[float, float, float, float]
    size_m: float
    same_within_m: float
    fixed: str | None = None


class Track:
    """Sightings of one thing in one pass, one or more.

    The mean weights sightings by their information. Its covariance stays that of the surest
    sighting: what is wrong with the mounting is wrong in all of them and does not average out.

    Plain numbers, since there are many tiny matrices and every one costs less than an array.

    Attributes:
        sightings: in order of time.
        east_m: the mean.
        north_m: the mean.
        surest: the sighting with the least variance.
        fixed: the look that it is, where a person has judged that.
    """

    def __init__(self, first: Sighting) -> None:
        self.sightings: list[Sighting] = []
        self.surest = first
        self.fixed: str | None = None
        self._information = (0.0, 0.0, 0.0)
        self._pull = (0.0, 0.0)
        self.add(first)

    def add(self, sighting: Sighting) -> None:
        """Take in one more sighting."""
        self.sightings.append(sighting)
        self.fixed = self.fixed or sighting.fixed
        if _trace(sighting) < _trace(self.surest):
            self.surest = sighting
        a, b, c = _inverse(sighting.covariance)
        east, north = sighting.east_m, sighting.north_m
        p, q, r = self._information
        self._information = (p + a, q + b, r + c)
        e, n = self._pull
        self._pull = (e + a * east + b * north, n + b * east + c * north)
        p, q, r = _inverse(self._information)
        e, n = self._pull
        self.east_m, self.north_m = p * e + q * n, q * e + r * n

    @property
    def mean(self) -> Floats:
        """(2,) east, north in metres."""
        return np.array((self.east_m, self.north_m))

    @property
    def covariance(self) -> Floats:
        """(2, 2), square metres, the camera's position apart."""
        a, b, c = self.surest.covariance
        return np.array(((a, b), (b, c)))

    @property
    def first_at_s(self) -> float:
        """When it was seen first, seconds."""
        return self.sightings[0].at_s

    @property
    def last_at_s(self) -> float:
        """When it was seen last, seconds."""
        return self.sightings[-1].at_s

    def distance(self, sighting: Sighting) -> float:
        """Return the squared Mahalanobis distance of a sighting; infinite between groups."""
        if self.fixed and sighting.fixed:
            return -1.0 if self.fixed == sighting.fixed else inf
        if self.surest.class_group != sighting.class_group:
            return inf
        own, its = self.surest.covariance, sighting.covariance
        spread = _STEP_SD_M**2 + (sighting.same_within_m / 2) ** 2
        a, b, c = _inverse((own[0] + its[0] + spread, own[1] + its[1], own[2] + its[2] + spread))
        east, north = sighting.east_m - self.east_m, sighting.north_m - self.north_m
        return a * east * east + 2 * b * east * north + c * north * north

    def is_shown_by(self, sighting: Sighting) -> bool:
        """Say whether a sighting is another box around what this track has in the same frame."""
        if self.fixed and sighting.fixed:
            return self.fixed == sighting.fixed
        if self.surest.class_group != sighting.class_group:
            return False
        in_frame = takewhile(
            lambda other: other.frame_id == sighting.frame_id, reversed(self.sightings)
        )
        return any(
            _overlap(other.box, sighting.box) > _OVERLAP
            or hypot(other.east_m - sighting.east_m, other.north_m - sighting.north_m)
            < sighting.same_within_m
            for other in in_frame
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
        waiting = dict(enumerate(frame))
        earlier = dict(enumerate(found))
        pairs = sorted(
            (distance, s, t)
            for s, sighting in waiting.items()
            for t, track in earlier.items()
            if (distance := track.distance(sighting)) <= GATE
        )
        for _, s, t in pairs:
            if s in waiting and t in earlier:
                earlier.pop(t).add(waiting.pop(s))
        for sighting in waiting.values():
            track = next((each for each in found if each.is_shown_by(sighting)), None)
            if track is not None:
                track.add(sighting)
            else:
                found.append(Track(sighting))
    return found


def _trace(sighting: Sighting) -> float:
    return sighting.covariance[0] + sighting.covariance[2]


def _inverse(matrix: Covariance) -> Covariance:
    """Return the inverse of a symmetric positive definite (2, 2) matrix."""
    a, b, c = matrix
    determinant = a * c - b * b
    return c / determinant, -b / determinant, a / determinant


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Return the intersection of two boxes over the area of the smaller one."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0
