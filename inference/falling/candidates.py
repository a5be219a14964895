"""Small things that move: what is in one frame and neither shortly before nor shortly after."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.clips import ClipFrame
from inference.falling.steady import Steadier

PATCH = 32
GAP_S = 0.16
_BLOCK = 16
_LEAST_STEP, _NOISE_FACTOR = 6.0, 5.0
_NOISE_MEMORY, _BUSY_MEMORY_S, _BUSY_BLOCK = 40, 2.0, 32
_EDGE_FACTOR = 0.4
_CELL, _GRAINY = 4, 2.0
_MOST, _LARGEST_SHARE, _LARGEST_SIDE = 160, 0.03, 0.25

COLUMNS = (
    "x", "y", "area", "width", "height", "peak", "mean", "sign", "snr", "long", "wide", "angle",
    "busy",
)  # fmt: skip
"""Columns of `Candidates.rows`: centre in pixels of the frame as it came, area in pixels, sides of
the box, largest and mean step in grey levels, +1 for brighter and -1 for darker than before and
after, largest step over the local threshold, standard deviations along the principal axes in
pixels, angle of the long axis in radians from x to y, share of recent frames with candidates
nearby."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What moves in one frame.

    Attributes:
        index: Number of the frame in the clip.
        time_s: When it was taken.
        rows: float32 (N, len(COLUMNS)), strongest first.
        patches: uint8 (N, 2, PATCH, PATCH): brightness around each, and its step against before
            and after.
        crowded: Whether there were more than are kept, or a change of the whole picture.
    """

    index: int
    time_s: float
    rows: NDArray[np.float32]
    patches: NDArray[np.uint8]
    crowded: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Still:
    index: int
    time_s: float
    luma: NDArray[np.uint8]
    shift: NDArray[np.float64]


def find_candidates(
    frames: Iterable[ClipFrame], region: NDArray[np.uint8] | None = None
) -> Iterator[Candidates]:
    """Find what moves, at native resolution.

    A pixel belongs to something that moves when it is brighter than both, or darker than both, the
    frames `GAP_S` before and after, by more than the noise there. A lasting change (a lamp, a key
    frame's new quantisation, what a thing uncovers) is no such pulse.

    Args:
        frames: Frames in the order of their times.
        region: uint8 (H, W), 0 where nothing is looked for; None for everywhere.

    Yields:
        One value for each frame that has neighbours `GAP_S` to either side.
    """
    steadier, field = Steadier(), None
    grainy: bool | None = None
    buffer: deque[_Still] = deque()
    at = 0
    for frame in frames:
        luma = frame.luma()
        if field is None:
            field = _Field(luma.shape, region)
        if grainy is None and buffer:
            grainy = cv2.norm(luma, buffer[-1].luma, cv2.NORM_L1) / luma.size > _GRAINY
        shift = steadier.shift(luma)
        if grainy:
            # A thing has three pixels or more; grain has one.
            luma = np.asarray(cv2.blur(luma, (3, 3)), np.uint8)
        buffer.append(_Still(frame.index, frame.time_s, luma, shift))
        # `at` is the frame whose turn it is: it waits until one is late enough.
        while at < len(buffer) and buffer[-1].time_s - buffer[at].time_s >= GAP_S:
            now = buffer[at]
            before = [n for n in range(at) if now.time_s - buffer[n].time_s >= GAP_S]
            if before:
                after = next(
                    n for n in range(at + 1, len(buffer))
                    if buffer[n].time_s - now.time_s >= GAP_S
                )  # fmt: skip
                yield field.look(buffer[before[-1]], now, buffer[after])
                for _ in range(before[-1]):
                    buffer.popleft()
                at -= before[-1]
            at += 1


class _Field:
    """What is remembered between frames: how noisy and how busy each place is."""

    def __init__(self, shape: tuple[int, ...], region: NDArray[np.uint8] | None) -> None:
        self._height, self._width = shape
        self._noise: NDArray[np.float32] | None = None
        self._frames = 0
        self._busy = np.zeros(
            (self._height // _BUSY_BLOCK + 1, self._width // _BUSY_BLOCK + 1), np.float32
        )
        self._last_s: float | None = None
        self._region = region

    def look(self, before: _Still, now: _Still, after: _Still) -> Candidates:
        views = _aligned(before, now, after)
        noise = self._measure_noise(views)
        brighter = cv2.subtract(views.now, cv2.max(views.before, views.after))
        darker = cv2.subtract(cv2.min(views.before, views.after), views.now)
        step = np.asarray(cv2.max(brighter, darker), np.uint8)
        lowest = max(_LEAST_STEP, float(np.sort(noise, axis=None)[noise.size // 20]) - 1)
        places = _above(step, lowest)
        crowded = len(places) > _LARGEST_SHARE * step.size
        if crowded:
            places = _above(step, _tail(step, _LARGEST_SHARE))
        rows, full = self._measure(places, step, brighter, noise, views)
        rows[:, COLUMNS.index("busy")] = self._remember(rows, now.time_s)
        patches = _patches(now.luma, step, rows, views.margin)
        rows[:, :2] += views.margin
        return Candidates(now.index, now.time_s, rows, patches, crowded or full)

    def _measure_noise(self, views: "_Views") -> NDArray[np.float32]:
        """float32 (blocks down, blocks across): the step that noise hardly ever makes there."""
        # Every fourth row is enough for a mean, and a quarter of the work.
        change = cv2.absdiff(views.now[::4], views.before[::4])
        blocks = max(1, self._width // _BLOCK), max(1, self._height // _BLOCK)
        seen = cv2.resize(change, blocks, interpolation=cv2.INTER_AREA).astype(np.float32)
        self._frames = min(self._frames + 1, _NOISE_MEMORY)
        known = seen if self._noise is None else self._noise
        # What passes raises a block once; the median around it hides it.
        calm = np.minimum(seen, 2 * cv2.medianBlur(seen, 3) + 1)
        self._noise = np.asarray(known + (calm - known) / self._frames, np.float32)
        return np.asarray(np.maximum(_NOISE_FACTOR * (self._noise + 0.3), _LEAST_STEP), np.float32)

    def _measure(
        self,
        places: NDArray[np.int64],
        step: NDArray[np.uint8],
        positive: NDArray[Any],
        noise: NDArray[np.float32],
        views: "_Views",
    ) -> tuple[NDArray[np.float32], bool]:
        """Join the pixels above the noise to things, and measure each."""
        ys, xs = np.divmod(places, step.shape[1])
        values = step.ravel()[places].astype(np.float64)
        block = (ys * noise.shape[0] // step.shape[0], xs * noise.shape[1] // step.shape[1])
        limit = noise[block] + views.slack * _EDGE_FACTOR * _edges(views.now, ys, xs)
        kept = values > limit
        if self._region is not None:
            kept &= self._region[ys + views.margin, xs + views.margin] > 0
        ys, xs, values, limit = ys[kept], xs[kept], values[kept], limit[kept]
        if len(values) == 0:
            return np.empty((0, len(COLUMNS)), np.float32), False
        label, total = _cluster(ys, xs, step.shape)
        weight = np.bincount(label, values, total)
        area = np.bincount(label, minlength=total)
        x = np.bincount(label, values * xs, total) / weight
        y = np.bincount(label, values * ys, total) / weight
        across, down = xs - x[label], ys - y[label]
        xx = np.bincount(label, values * across**2, total) / weight + 1 / 12
        yy = np.bincount(label, values * down**2, total) / weight + 1 / 12
        xy = np.bincount(label, values * across * down, total) / weight
        bright = np.bincount(label, positive[ys, xs] > 0, total) / area
        order = np.argsort(label, kind="stable")
        starts = np.searchsorted(label[order], np.arange(total))

        def largest(numbers: NDArray[Any]) -> NDArray[Any]:
            return np.asarray(np.maximum.reduceat(numbers[order], starts))

        wide, tall = largest(xs) + largest(-xs) + 1, largest(ys) + largest(-ys) + 1
        peak, over = largest(values), largest(values / limit)
        spread = np.sqrt(np.maximum((xx - yy) ** 2 / 4 + xy**2, 0))
        middle = (xx + yy) / 2
        columns = (
            x, y, area, wide, tall, peak, weight / area, np.where(bright >= 0.5, 1, -1), over,
            np.sqrt(middle + spread), np.sqrt(np.maximum(middle - spread, 1 / 12)),
            np.arctan2(2 * xy, xx - yy) / 2, np.zeros(total),
        )  # fmt: skip
        rows = np.stack(columns, axis=1)
        keep = np.maximum(wide, tall) <= _LARGEST_SIDE * self._height
        # One pixel by itself is noise unless it is far above it.
        keep &= (area >= 2) | (over > 2)
        rows = rows[keep]
        best = np.argsort(-rows[:, 8] * np.sqrt(rows[:, 2]), kind="stable")
        return rows[best[:_MOST]].astype(np.float32), len(best) > _MOST

    def _remember(self, rows: NDArray[np.float32], time_s: float) -> NDArray[np.float32]:
        """How busy each candidate's place was before it; then it counts itself."""
        row = np.clip(rows[:, 1] / _BUSY_BLOCK, 0, self._busy.shape[0] - 1).astype(int)
        column = np.clip(rows[:, 0] / _BUSY_BLOCK, 0, self._busy.shape[1] - 1).astype(int)
        busy = self._busy[row, column].copy()
        gap_s = GAP_S if self._last_s is None else time_s - self._last_s
        self._last_s = time_s
        keep = float(np.exp(-gap_s / _BUSY_MEMORY_S))
        self._busy *= keep
        here = np.zeros_like(self._busy)
        here[row, column] = 1 - keep
        self._busy += here
        return np.asarray(busy, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Views:
    """Three frames laid over each other, cut where one of them has no pixels.

    Attributes:
        margin: How much was cut on each side.
        slack: How badly they fit, up to 1 pixel; 0 where the camera stood still.
    """

    before: NDArray[np.uint8]
    now: NDArray[np.uint8]
    after: NDArray[np.uint8]
    margin: int
    slack: float


def _aligned(before: _Still, now: _Still, after: _Still) -> _Views:
    """Lay frames over each other by whole pixels; the rest is left to `slack`."""
    gaps = [before.shift - now.shift, after.shift - now.shift]
    whole = [np.rint(gap).astype(int) for gap in gaps]
    margin = int(np.abs(whole).max())
    height, width = now.luma.shape
    cut = []
    for still, (right, down) in ((before, whole[0]), (now, (0, 0)), (after, whole[1])):
        rows = slice(margin + down, height - margin + down)
        cut.append(still.luma[rows, margin + right : width - margin + right])
    moved = np.abs(gaps).max() > 0
    rest = max(float(np.abs(gap - step).max()) for gap, step in zip(gaps, whole, strict=True))
    return _Views(cut[0], cut[1], cut[2], margin, min(1.0, rest + 0.3) if moved else 0.0)


def _tail(step: NDArray[np.uint8], share: float) -> int:
    """Level that at most this share of the pixels exceeds."""
    counts = cv2.calcHist([step], [0], None, [256], [0, 256]).ravel()
    at_most = np.cumsum(counts[::-1])[::-1] <= share * step.size
    return int(np.argmax(at_most)) - 1 if at_most.any() else 255


def _above(step: NDArray[np.uint8], limit: float) -> NDArray[np.int64]:
    """Flat indices of the pixels above a limit; most of a frame is skipped eight pixels at once."""
    _, above = cv2.threshold(step, int(limit), 255, cv2.THRESH_BINARY)
    mask = np.asarray(above, np.uint8).ravel()
    whole = mask[: mask.size // 8 * 8]
    words = np.flatnonzero(whole.view(np.uint64))
    inside = words[:, None] * 8 + np.arange(8)
    tail = np.arange(whole.size, mask.size)
    places = np.concatenate([inside.ravel(), tail])
    return np.asarray(places[mask[places] > 0], np.int64)


def _edges(
    luma: NDArray[np.uint8], ys: NDArray[np.int64], xs: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How steep the picture is at some pixels, grey levels over two pixels."""
    bottom, right = luma.shape[0] - 1, luma.shape[1] - 1
    up, down = np.maximum(ys - 1, 0), np.minimum(ys + 1, bottom)
    left, far = np.maximum(xs - 1, 0), np.minimum(xs + 1, right)
    vertical = np.abs(luma[down, xs].astype(float) - luma[up, xs])
    across = np.abs(luma[ys, far].astype(float) - luma[ys, left])
    return np.asarray(np.maximum(vertical, across), np.float64)


def _cluster(
    ys: NDArray[np.int64], xs: NDArray[np.int64], shape: tuple[int, ...]
) -> tuple[NDArray[np.int32], int]:
    """Number the things that pixels belong to: those in touching cells of `_CELL` pixels."""
    grid = np.zeros((shape[0] // _CELL + 1, shape[1] // _CELL + 1), np.uint8)
    grid[ys // _CELL, xs // _CELL] = 1
    total, labels = cv2.connectedComponents(grid, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32)[ys // _CELL, xs // _CELL] - 1, total - 1


def _patches(
    luma: NDArray[np.uint8], step: NDArray[np.uint8], rows: NDArray[np.float32], margin: int
) -> NDArray[np.uint8]:
    """uint8 (N, 2, PATCH, PATCH): brightness and step around each row."""
    luma = luma[margin : luma.shape[0] - margin, margin : luma.shape[1] - margin]
    height, width = luma.shape
    patches = np.zeros((len(rows), 2, PATCH, PATCH), np.uint8)
    for patch, (x, y) in zip(patches, rows[:, :2].round().astype(int).tolist(), strict=True):
        left = min(max(x - PATCH // 2, 0), max(width - PATCH, 0))
        top = min(max(y - PATCH // 2, 0), max(height - PATCH, 0))
        part = np.s_[top : top + PATCH, left : left + PATCH]
        tall, wide = luma[part].shape
        patch[0, :tall, :wide], patch[1, :tall, :wide] = luma[part], step[part]
    return patches
