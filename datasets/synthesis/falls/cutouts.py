"""Birds and aeroplanes cut out of real clips of still cameras, by their own motion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np

from datasets.synthesis.falls.sprites import SIDE
from datasets.synthesis.types import Array, Image

_APART, _LEAST_STEP, _STEPS_OF_NOISE = 12, 10.0, 6.0
_LEAST_AREA, _LARGEST_SHARE = 15, 0.03
_LONGEST_JUMP_PX, _LEAST_FRAMES, _LEAST_TRAVEL, _MARGIN = 20.0, 12, 2.0, 1.5
_MOST_FRAMES = 300


@dataclass(frozen=True, eq=False)
class Cutout:
    """Something that flew through a real picture.

    Attributes:
        times: (N,) seconds, from 0.
        places: (N, 2) where it is, x and y in pixels of that picture.
        side_px: Side of the square that holds it, in those pixels.
        sprites: (N, SIDE, SIDE, 4) BGRA, 0 to 1.
    """

    times: Array
    places: Array
    side_px: float
    sprites: Array

    def shape(self, time_s: float) -> Array:
        """What it looks like, (SIDE, SIDE, 4)."""
        return np.asarray(self.sprites[int(np.abs(self.times - time_s).argmin())])


@dataclass(frozen=True)
class _Blob:
    frame: int
    x: float
    y: float
    side: float


@cache
def cut_out(path: Path) -> Cutout | None:
    """Cut out what flies farthest in a clip; None where nothing does.

    Args:
        path: A clip of a camera that stands still, with little that moves.
    """
    frames, rate = _read(path)
    lumas = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.float32) for frame in frames]
    steps = {
        n: np.minimum(np.abs(lumas[n] - lumas[n - _APART]), np.abs(lumas[n] - lumas[n + _APART]))
        for n in range(_APART, len(lumas) - _APART)
    }
    flight = max(_flights(steps), key=_travel, default=())
    side = _MARGIN * float(np.quantile([one.side for one in flight], 0.9)) if flight else 0.0
    if len(flight) < _LEAST_FRAMES or _travel(flight) < _LEAST_TRAVEL * side:
        return None
    times = np.array([one.frame for one in flight]) / rate
    return Cutout(
        times - times[0],
        np.array([(one.x, one.y) for one in flight]),
        side,
        np.stack([_sprite(frames[one.frame], steps[one.frame], one, side) for one in flight]),
    )


def cut_outs(paths: Sequence[Path]) -> list[Cutout]:
    """Cut out what moves in each of some clips."""
    return [one for one in map(cut_out, paths) if one is not None]


def _read(path: Path) -> tuple[list[Image], float]:
    frames: list[Image] = []
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        rate = float(stream.average_rate or 30)
        for frame in film.decode(stream):
            frames.append(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
            if len(frames) == _MOST_FRAMES:
                break
    return frames, rate


def _flights(steps: dict[int, Array]) -> Iterator[tuple[_Blob, ...]]:
    """What moves most, followed for as long as it goes on nearby."""
    flight: list[_Blob] = []
    for frame, step in steps.items():
        blob = _largest(frame, step, flight[-1] if flight else None)
        if blob is None:
            yield tuple(flight)
            flight = []
        else:
            flight.append(blob)
    yield tuple(flight)


def _travel(flight: tuple[_Blob, ...]) -> float:
    if not flight:
        return 0.0
    return float(np.hypot(flight[-1].x - flight[0].x, flight[-1].y - flight[0].y))


def _largest(frame: int, step: Array, last: _Blob | None) -> _Blob | None:
    limit = max(_LEAST_STEP, _STEPS_OF_NOISE * float(step.mean()))
    mask = cv2.dilate((step > limit).astype(np.uint8), np.ones((3, 3), np.uint8))
    _, _, boxes, centres = cv2.connectedComponentsWithStats(mask)
    areas = boxes[:, 4]
    fits = (areas >= _LEAST_AREA) & (areas <= _LARGEST_SHARE * step.size)
    fits[0] = False
    if last is not None:
        fits &= np.hypot(*(centres - [last.x, last.y]).T) <= _LONGEST_JUMP_PX
    if not fits.any():
        return None
    best = int(np.argmax(np.where(fits, areas, 0)))
    x, y = centres[best].tolist()
    return _Blob(frame, x, y, float(boxes[best, 2:4].max()))


def _sprite(frame: Image, step: Array, blob: _Blob, side: float) -> Array:
    size, centre = max(3, round(side)), (blob.x, blob.y)
    colours = cv2.getRectSubPix(frame, (size, size), centre).astype(np.float32) / 255
    change = cv2.getRectSubPix(step, (size, size), centre)
    alpha = np.clip(1.6 * cv2.GaussianBlur(change, (3, 3), 0) / max(float(change.max()), 1), 0, 1)
    # What moves at the edge of the square is something else, or grain.
    axis = np.linspace(-1, 1, size)
    alpha *= np.clip(4 * (1 - np.hypot(axis[:, None], axis[None, :])), 0, 1)
    alpha[alpha < 0.2] = 0
    sprite = np.dstack([colours, alpha.astype(np.float32)])
    return np.asarray(cv2.resize(sprite, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)
