"""From classified tracks to events: one for each thing that fell, however often it was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.falling.linking import Track
from inference.falling.origin import Grid, Origin, locate
from inference.falling.tracklets import Parabola, fit_parabola

Status = Literal["confirmed", "suspected"]

_LEAST_TRAVEL = 0.05
_LEAST_FLOORS = 1.5
_BACK_S, _EARLY_S, _EARLY_POINTS = 0.4, 0.6, 5
_JOIN_S, _JOIN_NEAR = 1.2, 0.06
_MIRROR_NEAR, _MIRROR_SPEED = 0.3, 0.35


@dataclass(frozen=True, slots=True, eq=False)
class FallEvent:
    """Something fell.

    Attributes:
        start_frame: Frame in which it was let go or came into the picture, as far as can be told.
        end_frame: Last frame in which it was seen.
        score: How likely it is a fall, 0 to 1.
        status: `confirmed` where an operator need not doubt it, else `suspected`.
        track: (frame, x, y) where it was seen, pixels of the clip.
        origin: Where it came from.
    """

    start_frame: int
    end_frame: int
    score: float
    status: Status
    track: tuple[tuple[int, float, float], ...]
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    track: Track
    score: float
    fit: Parabola

    @property
    def start_s(self) -> float:
        return float(self.track.times[0])

    @property
    def end_s(self) -> float:
        return float(self.track.times[-1])


def make_events(
    tracks: Sequence[Track],
    scores: NDArray[np.float32],
    times: Sequence[tuple[int, float]],
    height: int,
    *,
    suspected: float,
    confirmed: float,
    grid: Grid | None = None,
) -> list[FallEvent]:
    """Gather tracks to events.

    Parts of one fall that balconies cut apart are joined, mirror images in glass are merged with
    what they mirror, and what travels less than about two floors is left out.

    Args:
        tracks: The tracks.
        scores: (N,) how likely each is a fall.
        times: Number and time in seconds of every frame of the clip.
        height: Height of the frames in pixels.
        suspected: Lowest score of an event.
        confirmed: Lowest score of a confirmed event.
        grid: The facade, if it is known.

    Returns:
        The events, by their start.
    """
    pieces = [
        _Piece(track, float(score), fit_parabola(track))
        for track, score in zip(tracks, scores, strict=True)
        if score >= suspected
    ]
    groups: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda one: -one.score * len(one.track.frames)):
        home = next(
            (group for group in groups if any(_same(piece, other, height) for other in group)), None
        )
        if home is None:
            groups.append([piece])
        else:
            home.append(piece)
    events = [_event(group, times, height, confirmed, grid) for group in groups]
    return sorted((one for one in events if one is not None), key=lambda one: one.start_frame)


def _same(a: _Piece, b: _Piece, height: int) -> bool:
    """Whether two tracks show one thing: continued, mirrored, or seen twice."""
    first, second = (a, b) if a.start_s <= b.start_s else (b, a)
    gap = second.start_s - first.end_s
    if gap > _JOIN_S:
        return False
    moment = np.array([second.start_s])
    away = np.hypot(*(first.fit.at(moment) - second.fit.at(moment))[0]) / height
    if away < _JOIN_NEAR + 0.1 * max(gap, 0.0):
        return True
    if gap > 0:
        return False
    span = np.linspace(second.start_s, min(first.end_s, second.end_s), 5)
    apart = second.fit.at(span) - first.fit.at(span)
    downward = [one.fit.speed(span)[:, 1] for one in (first, second)]
    faster = max(float(np.abs(downward).max()), 1e-6)
    alike = float(np.abs(downward[0] - downward[1]).max()) < _MIRROR_SPEED * faster
    return alike and float(np.hypot(*apart.T).max()) < _MIRROR_NEAR * height


def _event(
    group: list[_Piece],
    times: Sequence[tuple[int, float]],
    height: int,
    confirmed: float,
    grid: Grid | None,
) -> FallEvent | None:
    main = group[0]
    parts = [main, *(one for one in group[1:] if not _overlaps(one, main))]
    points = {
        int(frame): (round(float(x), 2), round(float(y), 2))
        for part in reversed(parts)
        for frame, (x, y) in zip(part.track.frames, part.track.points, strict=True)
    }
    track = tuple((frame, *points[frame]) for frame in sorted(points))
    first = min(parts, key=lambda one: one.start_s)
    start_s, point = _release(first)
    travel = track[-1][2] - float(point[1])
    if grid is None:
        if travel < _LEAST_TRAVEL * height:
            return None
    elif grid.cell(*point)[0] - grid.cell(*track[-1][1:])[0] < _LEAST_FLOORS:
        return None
    start = next((frame for frame, time_s in times if time_s >= start_s - 1e-6), track[0][0])
    score = max(one.score for one in parts)
    error = first.fit.residual_px + 0.2 * float(np.hypot(*(point - first.track.points[0])))
    return FallEvent(
        start_frame=min(start, track[0][0]),
        end_frame=track[-1][0],
        score=score,
        status="confirmed" if score >= confirmed else "suspected",
        track=track,
        origin=locate(point, max(error, 1.0), grid),
    )


def _overlaps(a: _Piece, b: _Piece) -> bool:
    return a.start_s < b.end_s and b.start_s < a.end_s


def _release(piece: _Piece) -> tuple[float, NDArray[np.float64]]:
    """When and where a thing stood still before it fell, if that was shortly before it was seen.

    Slow things are not seen: they do not move by their own size within a few frames.
    """
    # Later, drag has slowed it, and a parabola through all of it would lead too far back.
    early = int(np.count_nonzero(piece.track.times <= piece.start_s + _EARLY_S))
    fit = fit_parabola(piece.track, max(early, _EARLY_POINTS))
    _, speed, bend = fit.coefficients
    back = -float(speed[1]) / (2 * float(bend[1])) if bend[1] > 1e-6 else 0.0
    start_s = piece.start_s + min(0.0, max(back, -_BACK_S))
    return start_s, fit.at(np.array([start_s]))[0]
