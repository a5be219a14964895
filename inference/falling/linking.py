"""Links candidates of successive frames to tracks: several hypotheses for each while they pay.

Every track is a Kalman filter of position, speed and acceleration in x and y (near-constant
acceleration: Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking and
Navigation", 2001, section 6.2), scored by the logarithm of how much better it explains its
candidates than clutter does (Blackman, "Multiple hypothesis tracking for multiple target tracking",
IEEE AES Magazine 19, 2004). Speeds are in picture heights, so that they mean the same at every
resolution.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.falling.candidates import COLUMNS, Candidates
from inference.falling.kalman import predict, update

_X, _Y, _AREA, _MEAN, _SIGN, _SNR, _BUSY = (
    COLUMNS.index(name) for name in ("x", "y", "area", "mean", "sign", "snr", "busy")
)
_MOST_TRACKS, _BRANCHES, _SAME_END, _SAME_ROOT = 400, 2, 2, 4
_FASTEST, _SLOWEST = 2.5, 0.02
_STEEPEST = 4.0
_PULL, _PULL_SPREAD = 0.25, 0.5
_GATE = 12.0
_BIRTH_S, _MISS_FRAMES = 0.3, 3
_MISS_S, _KNOWN_POINTS, _KNOWN_MISS_S = 0.3, 5, 0.6
_FEW, _ASPECT, _FLIP = 4, 16 / 9, -1.0
_MISS, _MISS_PER_S = -0.4, -4.0
_LEAST_GAIN, _FORGET = -3.0, 0.9
_RISE = 0.008
_LARGEST_RATIO = 4.0
_BUSIEST = 0.5
_LEAST_POINTS, _LEAST_TRAVEL, _LEAST_TRAVEL_PX = 4, 0.03, 12.0
_MOST_SHARED = 0.5

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Candidates that may be one thing.

    Attributes:
        frames: int64 (N,) numbers of the frames, rising.
        times: float64 (N,) seconds.
        rows: float32 (N, len(COLUMNS)), a candidate of each frame.
        patches: uint8 (N, 2, PATCH, PATCH).
        looked: How many frames were looked at from the first to the last.
        crowd: Mean number of candidates in its frames.
        score: Log-likelihood ratio against clutter.
    """

    frames: NDArray[np.int64]
    times: _Array
    rows: NDArray[np.float32]
    patches: NDArray[np.uint8]
    looked: int
    crowd: float
    score: float

    @property
    def points(self) -> _Array:
        """(N, 2) x, y in pixels."""
        return self.rows[:, :2].astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A candidate of a hypothesis, the one before it, and frame and row of the first one."""

    frame: Candidates
    row: int
    order: int
    parent: "_Node | None"
    length: int
    root: tuple[int, int]


@dataclass(slots=True, eq=False)
class _Pool:
    """Hypotheses side by side.

    Attributes:
        states: (T, 2, 3) position, speed and acceleration in x and y; pixels and seconds.
        covariances: (T, 3, 3), the same for x and y.
        scores: (T,) log-likelihood ratios.
        recent: (T,) the same with the past forgotten, so that a long past does not outweigh a
            jump from one thing to another.
        hit_s: (T,) time of the last candidate.
        hit_order: (T,) which frame it was in.
        begin: (T, 2) time and y of the first candidate.
        lowest: (T,) largest y so far.
        nodes: The last candidate of each.
    """

    states: _Array
    covariances: _Array
    scores: _Array
    recent: _Array
    hit_s: _Array
    hit_order: NDArray[np.int64]
    begin: _Array
    lowest: _Array
    nodes: list[_Node]

    def take(self, kept: NDArray[np.int64]) -> "_Pool":
        arrays: dict[str, Any] = {name: getattr(self, name)[kept] for name in _ARRAYS}
        return replace(self, **arrays, nodes=[self.nodes[index] for index in kept.tolist()])

    def join(self, other: "_Pool") -> "_Pool":
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _ARRAYS
        }
        return replace(self, **arrays, nodes=self.nodes + other.nodes)


_ARRAYS = tuple(one.name for one in fields(_Pool) if one.name != "nodes")


def link(frames: Iterable[Candidates], height: int) -> Iterator[Track]:
    """Link candidates to tracks that go down the picture.

    Args:
        frames: Candidates of the frames in the order of their times.
        height: Height of the frames in pixels.

    Yields:
        Tracks of at least four candidates, each when nothing has continued it for a while; of
        those that share most of their candidates only the best.
    """
    linker = _Linker(height)
    for frame in frames:
        yield from linker.step(frame)
    yield from linker.finish()


class _Linker:
    def __init__(self, height: int) -> None:
        self._height = height
        self._order = -1
        self._recent: deque[tuple[int, Candidates]] = deque(maxlen=2)
        self._pool = _empty_pool()
        self._ended: list[tuple[float, _Node]] = []

    def step(self, frame: Candidates) -> Iterator[Track]:
        self._order += 1
        grown = self._extend(frame)
        born = self._begin(frame)
        self._recent.append((self._order, frame))
        self._pool = _prune(grown.join(born))
        yield from self._release()

    def finish(self) -> Iterator[Track]:
        self._retire(self._pool)
        self._pool = _empty_pool()
        yield from self._release()

    def _extend(self, frame: Candidates) -> _Pool:
        pool = self._pool
        if not pool.nodes:
            return pool
        # A hypothesis waits for its next candidate at the time of the last one.
        gap = frame.time_s - pool.hit_s
        known = np.array([node.length >= _KNOWN_POINTS for node in pool.nodes])
        late = (gap > np.where(known, _KNOWN_MISS_S, _MISS_S)) & (
            self._order - pool.hit_order > _MISS_FRAMES
        )
        self._retire(pool.take(np.flatnonzero(late)))
        pool, gap = pool.take(np.flatnonzero(~late)), gap[~late]
        price = _MISS + _MISS_PER_S * (frame.time_s - self._recent[-1][1].time_s)
        if not pool.nodes or not len(frame.rows):
            pool.scores, pool.recent = pool.scores + price, pool.recent + price
            return pool
        states, covariances = predict(pool.states, pool.covariances, gap, self._height)
        rows = frame.rows.astype(np.float64)
        noise = _point_variance(rows)
        spread = covariances[:, 0, 0][:, None] + noise[None, :]
        away = rows[None, :, :2] - states[:, None, :, 0]
        distance = (away**2).sum(axis=2) / spread
        last = np.stack([node.frame.rows[node.row] for node in pool.nodes]).astype(np.float64)
        ratio = _ratio(last[:, None, _AREA], rows[None, :, _AREA])
        similar = -0.5 * np.log(ratio) ** 2 - 0.3 * np.log(
            _ratio(last[:, None, _MEAN], rows[None, :, _MEAN])
        )
        flips = last[:, None, _SIGN] != rows[None, :, _SIGN]
        gain = self._rarity(rows) - distance / 2 - np.log(spread) + similar + _FLIP * flips
        gain[(distance > _GATE) | (ratio > 2 * _LARGEST_RATIO)] = -np.inf
        gain[~self._descends(pool, rows, noise, frame.time_s)] = -np.inf
        best = np.argsort(-gain, axis=1)[:, :_BRANCHES]
        parents = np.repeat(np.arange(len(pool.nodes)), best.shape[1])
        chosen = best.ravel()
        worth = gain[parents, chosen]
        taken = worth > _LEAST_GAIN
        parents, chosen, worth = parents[taken], chosen[taken], worth[taken]
        hit = pool.take(parents)
        hit.states, hit.covariances = update(
            states[parents], covariances[parents], rows[chosen, :2], noise[chosen]
        )
        hit.scores, hit.recent = hit.scores + worth, _FORGET * hit.recent + worth
        hit.lowest = np.maximum(hit.lowest, rows[chosen, _Y])
        hit.hit_s = np.full(len(parents), frame.time_s)
        hit.hit_order = np.full(len(parents), self._order)
        hit.nodes = [
            _Node(frame, row, self._order, parent, parent.length + 1, parent.root)
            for row, parent in zip(chosen.tolist(), hit.nodes, strict=True)
        ]
        pool.scores, pool.recent = pool.scores + price, pool.recent + price
        return hit.join(pool)

    def _rarity(self, rows: _Array) -> float:
        """Logarithm of how many times the picture could hold what is in it, per square pixel.

        With the width of the prediction it says how unlikely clutter is to lie where it does.
        """
        area = _ASPECT * self._height**2
        return float(np.log(area / (2 * np.pi * max(len(rows), _FEW))))

    def _descends(
        self, pool: _Pool, rows: _Array, noise: _Array, time_s: float
    ) -> NDArray[np.bool_]:
        """(T, N): whether a hypothesis would still go down, as laundry in the wind does not."""
        slack = 3 * np.sqrt(noise)[None, :] + _RISE * self._height
        keeps = rows[None, :, _Y] >= pool.lowest[:, None] - slack
        seconds = time_s - pool.begin[:, :1]
        sinks = rows[None, :, _Y] - pool.begin[:, 1:] + slack >= _SLOWEST * self._height * seconds
        return np.asarray(keeps & sinks, np.bool_)

    def _begin(self, frame: Candidates) -> _Pool:
        born = _empty_pool()
        rows = frame.rows.astype(np.float64)
        if not len(rows):
            return born
        for order, earlier in self._recent:
            gap = frame.time_s - earlier.time_s
            old = earlier.rows.astype(np.float64)
            if not len(old) or gap > _BIRTH_S:
                continue
            speed = (rows[None, :, :2] - old[:, None, :2]) / gap / self._height
            across, down = np.abs(speed[..., 0]), speed[..., 1]
            fits = (down > _SLOWEST) & (down < _FASTEST) & (across < _STEEPEST * down)
            fits &= _ratio(old[:, None, _AREA], rows[None, :, _AREA]) < _LARGEST_RATIO
            fits &= old[:, None, _SIGN] == rows[None, :, _SIGN]
            fits &= (old[:, None, _BUSY] < _BUSIEST) & (rows[None, :, _BUSY] < _BUSIEST)
            first, second = np.nonzero(fits)
            if len(first) > _MOST_TRACKS:
                strongest = np.argsort(-(old[first, _SNR] + rows[second, _SNR]))[:_MOST_TRACKS]
                first, second = first[strongest], second[strongest]
            born = born.join(self._pairs((order, earlier), frame, first, second, gap, old, rows))
        return born

    def _pairs(
        self,
        before: tuple[int, Candidates],
        frame: Candidates,
        first: NDArray[np.int64],
        second: NDArray[np.int64],
        gap: float,
        old: _Array,
        rows: _Array,
    ) -> _Pool:
        order, earlier = before
        count = len(first)
        states = np.zeros((count, 2, 3))
        states[:, :, 0] = rows[second, :2]
        states[:, :, 1] = (rows[second, :2] - old[first, :2]) / gap
        states[:, 1, 2] = _PULL * self._height
        noise = _point_variance(rows)[second]
        pull = (_PULL_SPREAD * self._height) ** 2
        covariances = np.zeros((count, 3, 3))
        covariances[:, 0, 0] = noise
        covariances[:, 0, 1] = covariances[:, 1, 0] = noise / gap
        covariances[:, 1, 1] = 2 * noise / gap**2 + pull * gap**2 / 4
        covariances[:, 2, 2] = pull
        covariances[:, 1, 2] = covariances[:, 2, 1] = pull * gap / 2
        nodes = [
            _Node(frame, end, self._order, _Node(earlier, start, order, None, 1, root), 2, root)
            for start, end in zip(first.tolist(), second.tolist(), strict=True)
            for root in ((order, start),)
        ]
        return _Pool(
            states,
            covariances,
            np.full(count, float(order + 1 - self._order)),
            np.full(count, float(order + 1 - self._order)),
            np.full(count, frame.time_s),
            np.full(count, self._order),
            np.stack([np.full(count, earlier.time_s), old[first, _Y]], axis=1),
            rows[second, _Y],
            nodes,
        )

    def _retire(self, pool: _Pool) -> None:
        for score, node in zip(pool.scores.tolist(), pool.nodes, strict=True):
            if node.length >= _LEAST_POINTS:
                self._ended.append((score, node))

    def _release(self) -> Iterator[Track]:
        """Give away ended tracks once no living hypothesis may outdo them."""
        if not self._ended:
            return
        living = {node.root for node in self._pool.nodes}
        waiting = [one for one in self._ended if one[1].root in living]
        ready = [one for one in self._ended if one[1].root not in living]
        self._ended = waiting
        used: set[tuple[int, int]] = set()
        for score, node in sorted(ready, key=lambda one: -one[0]):
            chain = _chain(node)
            keys = {(part.order, part.row) for part in chain}
            if len(keys & used) > _MOST_SHARED * len(keys):
                continue
            track = _track(chain, score)
            travel = float(track.points[-1, 1] - track.points[0, 1])
            if travel >= max(_LEAST_TRAVEL * self._height, _LEAST_TRAVEL_PX):
                used |= keys
                yield track


def _empty_pool() -> _Pool:
    return _Pool(
        np.zeros((0, 2, 3)),
        np.zeros((0, 3, 3)),
        np.zeros(0),
        np.zeros(0),
        np.zeros(0),
        np.zeros(0, np.int64),
        np.zeros((0, 2)),
        np.zeros(0),
        [],
    )


def _point_variance(rows: _Array) -> _Array:
    """How badly a candidate's centre is known, square pixels."""
    return np.asarray((0.7 + 0.12 * np.sqrt(rows[:, _AREA])) ** 2)


def _ratio(a: _Array, b: _Array) -> _Array:
    return np.asarray(np.maximum(a, b) / np.maximum(np.minimum(a, b), 1e-6))


def _prune(pool: _Pool) -> _Pool:
    """Keep the best, and few of those that begin or end alike.

    Of those that end in the same two candidates only the best one stays. Without a limit for each
    beginning the variants of a few snow flakes would crowd out what falls among them.
    """
    order = np.argsort(-pool.recent, kind="stable")
    ends: Counter[tuple[int, int]] = Counter()
    roots: Counter[tuple[int, int]] = Counter()
    pairs: set[tuple[int, int, int]] = set()
    kept: list[int] = []
    for index in order.tolist():
        node = pool.nodes[index]
        pair = (node.order, node.row, -1 if node.parent is None else node.parent.row)
        end = (node.order, node.row)
        if pair in pairs or ends[end] >= _SAME_END or roots[node.root] >= _SAME_ROOT:
            continue
        pairs.add(pair)
        ends[end] += 1
        roots[node.root] += 1
        kept.append(index)
        if len(kept) == _MOST_TRACKS:
            break
    return pool.take(np.array(kept, np.int64))


def _chain(node: _Node) -> list[_Node]:
    """A hypothesis's candidates, the first one first."""
    chain = [node]
    while chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    return chain[::-1]


def _track(chain: list[_Node], score: float) -> Track:
    return Track(
        frames=np.array([node.frame.index for node in chain], np.int64),
        times=np.array([node.frame.time_s for node in chain]),
        rows=np.stack([node.frame.rows[node.row] for node in chain]),
        patches=np.stack([node.frame.patches[node.row] for node in chain]),
        looked=chain[-1].order - chain[0].order + 1,
        crowd=float(np.mean([len(node.frame.rows) for node in chain])),
        score=score,
    )
