"""What the classifier sees of a track: numbers of fixed size, in units that fit every camera."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.falling.candidates import COLUMNS, PATCH
from inference.falling.linking import Track

POINTS, PATCHES = 32, 4
POINT_FEATURES = (
    "x", "y", "height", "time", "speed_x", "speed_y", "gap", "area", "width", "tall", "sign",
    "contrast", "snr", "elongation", "alignment", "residual_x", "residual_y", "busy", "there",
)  # fmt: skip
SUMMARY_FEATURES = (
    "points", "coverage", "seconds", "travel_x", "travel_y", "straightness", "speed_x", "speed_y",
    "pull_x", "pull_y", "residual", "residual_by_size", "busy", "busiest", "crowd", "flips",
    "area_spread", "resolution", "step_by_size", "score", "others", "alike",
)  # fmt: skip
_COLUMN = {name: number for number, name in enumerate(COLUMNS)}
_ABOUT_S, _ALIKE = 2.0, 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Tracklets:
    """Tracks as the classifier takes them.

    Attributes:
        points: float32 (N, POINTS, len(POINT_FEATURES)): up to 32 points spread over each track.
            Lengths are in picture heights, times in seconds, sizes and steps as logarithms; rows
            beyond the last point are 0, also in the column `there`.
        summary: float32 (N, len(SUMMARY_FEATURES)).
        patches: uint8 (N, PATCHES, 2, PATCH, PATCH): brightness and step around four points.
    """

    points: NDArray[np.float32]
    summary: NDArray[np.float32]
    patches: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Parabola:
    """x and y as quadratic functions of time, fitted to a track.

    Attributes:
        start_s: Time of the track's first point.
        coefficients: (3, 2): position at `start_s`, speed there, half the acceleration; pixels and
            seconds.
        residual_px: Root mean square distance of the points from it.
    """

    start_s: float
    coefficients: NDArray[np.float64]
    residual_px: float

    def at(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions (N, 2) in pixels at times (N,)."""
        t = np.asarray(times, np.float64) - self.start_s
        return np.stack([np.ones_like(t), t, t**2], axis=1) @ self.coefficients

    def speed(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Speeds (N, 2) in pixels per second at times (N,)."""
        t = np.asarray(times, np.float64) - self.start_s
        return np.stack([np.ones_like(t), 2 * t], axis=1) @ self.coefficients[1:]


def fit_parabola(track: Track, first: int | None = None) -> Parabola:
    """Fit near-constant acceleration to a track, or to its first points, by least squares."""
    points, t = track.points[:first], track.times[:first] - track.times[0]
    basis = np.stack([np.ones_like(t), t, t**2], axis=1)
    coefficients = np.linalg.lstsq(basis, points, rcond=None)[0]
    away = points - basis @ coefficients
    return Parabola(
        float(track.times[0]), coefficients, float(np.sqrt((away**2).sum(axis=1).mean()))
    )


def describe(
    tracks: Sequence[Track], height: int, among: Sequence[Track] | None = None
) -> Tracklets:
    """Turn tracks into the classifier's input.

    Args:
        tracks: The tracks, each of at least three points.
        height: Height of the frames in pixels.
        among: All tracks of the clip, the given ones or what these were cut from among them: drops,
            flakes and cars come in number. None where `tracks` are all.
    """
    if not tracks:
        return Tracklets(
            np.zeros((0, POINTS, len(POINT_FEATURES)), np.float32),
            np.zeros((0, len(SUMMARY_FEATURES)), np.float32),
            np.zeros((0, PATCHES, 2, PATCH, PATCH), np.uint8),
        )
    company = _company(tracks, tracks if among is None else among)
    described = [
        _describe(track, height, near) for track, near in zip(tracks, company, strict=True)
    ]
    points, summaries, patches = zip(*described, strict=True)
    return Tracklets(np.stack(points), np.stack(summaries), np.stack(patches))


def _company(tracks: Sequence[Track], among: Sequence[Track]) -> NDArray[np.float64]:
    """(N, 2): how many tracks are there at about the same time, and how many as large and fast."""
    mine, all_of = (np.array([_traits(one) for one in many]) for many in (tracks, among))
    near = (mine[:, None, 0] < all_of[None, :, 1] + _ABOUT_S) & (
        mine[:, None, 1] > all_of[None, :, 0] - _ABOUT_S
    )
    alike = (np.abs(mine[:, None, 2:] - all_of[None, :, 2:]) < np.log(_ALIKE)).all(axis=2)
    return np.stack([near.sum(axis=1), (near & alike).sum(axis=1)], axis=1).astype(float)


def _traits(track: Track) -> tuple[float, float, float, float]:
    """First and last second, logarithms of size and of mean speed down the picture."""
    first, last = float(track.times[0]), float(track.times[-1])
    speed = float(track.points[-1, 1] - track.points[0, 1]) / max(last - first, 1e-3)
    area = float(np.median(track.rows[:, _COLUMN["area"]]))
    return first, last, float(np.log(max(area, 1.0)) / 2), float(np.log(max(speed, 1.0)))


def _describe(
    track: Track, height: int, company: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    fit = fit_parabola(track)
    rows = track.rows.astype(np.float64)
    count = len(rows)
    away = (track.points - fit.at(track.times)) / height
    chosen = np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))
    part, times, residual = rows[chosen], track.times[chosen], away[chosen]
    size = np.maximum(np.log(np.maximum(part[:, :5], 1e-3)), 0)
    place = part[:, :2] / height
    gaps = np.diff(times, prepend=times[0] - max(times[1] - times[0], 1e-3))
    steps = np.diff(place, axis=0, prepend=2 * place[:1] - place[1:2])
    speed = steps / gaps[:, None]
    angle = part[:, _COLUMN["angle"]] - np.arctan2(steps[:, 1], steps[:, 0])
    points = np.zeros((POINTS, len(POINT_FEATURES)), np.float32)
    columns = (
        place[:, 0] - place[0, 0], place[:, 1] - place[0, 1], place[:, 1], times - times[0],
        speed[:, 0], speed[:, 1], 5 * gaps, size[:, 2] / 3, size[:, 3] / 2, size[:, 4] / 2,
        part[:, _COLUMN["sign"]], np.log1p(part[:, _COLUMN["mean"]]) - 3,
        np.log(np.maximum(part[:, _COLUMN["snr"]], 1)),
        np.log(part[:, _COLUMN["long"]] / part[:, _COLUMN["wide"]]), np.cos(angle) ** 2,
        30 * residual[:, 0], 30 * residual[:, 1], part[:, _COLUMN["busy"]], np.ones(len(part)),
    )  # fmt: skip
    points[: len(part)] = np.clip(np.stack(columns, axis=1), -5, 5)
    shown = np.linspace(0, count - 1, PATCHES).round().astype(int)
    return points, _summary(track, fit, height, company), track.patches[shown]


def _summary(
    track: Track, fit: Parabola, height: int, company: NDArray[np.float64]
) -> NDArray[np.float32]:
    rows, times = track.rows.astype(np.float64), track.times
    seconds = float(times[-1] - times[0])
    steps = np.hypot(*np.diff(track.points, axis=0).T)
    travel = (track.points[-1] - track.points[0]) / height
    speed = (fit.coefficients[1] + fit.coefficients[2] * seconds) / height
    size = float(np.median(np.maximum(rows[:, _COLUMN["width"]], rows[:, _COLUMN["height"]])))
    sign = rows[:, _COLUMN["sign"]]
    values = (
        np.log(len(rows)) - 2, len(rows) / track.looked, seconds, travel[0], travel[1],
        np.hypot(*(track.points[-1] - track.points[0])) / max(steps.sum(), 1e-6), speed[0],
        speed[1], 2 * fit.coefficients[2, 0] / height, 2 * fit.coefficients[2, 1] / height,
        30 * fit.residual_px / height, np.log1p(fit.residual_px / max(size, 1)),
        rows[:, _COLUMN["busy"]].mean(), rows[:, _COLUMN["busy"]].max(),
        np.log1p(track.crowd) / 2, (np.diff(sign) != 0).mean(),
        np.log(np.maximum(rows[:, _COLUMN["area"]], 1)).std(), np.log(height / 720),
        np.log1p(np.median(steps) / max(size, 1)), track.score / len(rows) / 6,
        *(np.log1p(company) / 2),
    )  # fmt: skip
    return np.asarray(np.clip(np.array(values), -5, 5), np.float32)
