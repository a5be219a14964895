"""Which sights of one camera are sights of the same vehicle.

Frame by frame in order of capture, sights join the passage whose vehicle is expected nearest:
where it was, moved on as fast as it went between its last two frames. Distances count in
diagonals of the boxes. What plates say helps where both were kept. Everything is computed from
the sights alone, so that the order in which frames arrive does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import hypot, log

from api.passages.sights import Sight

GAP_S = 3.0
"""A vehicle that was not seen for longer begins a new passage."""

_NEAR, _NEAR_AT_FIRST, _NEAR_SAME_PLATE = 0.5, 0.9, 3.0
_SIZE_RATIO = 2.0
_SAME_PLATE, _OTHER_PLATE = -0.5, 0.3
_NEVER = float("inf")


@dataclass(slots=True)
class _Passage:
    sights: list[Sight] = field(default_factory=list)

    def cost(self, sight: Sight) -> float:
        """Return how badly a sight continues this, infinite where it cannot."""
        last = self.sights[-1]
        seconds = (sight.at - last.at).total_seconds()
        if not 0.0 < seconds <= GAP_S:
            return _NEVER
        x, y = last.middle
        near = _NEAR_AT_FIRST
        if len(self.sights) > 1:
            before = self.sights[-2]
            share = seconds / (last.at - before.at).total_seconds()
            x += share * (last.middle[0] - before.middle[0])
            y += share * (last.middle[1] - before.middle[1])
            near = _NEAR
        size = (last.size + sight.size) / 2
        apart = hypot(sight.middle[0] - x, sight.middle[1] - y) / size
        stayed = hypot(sight.middle[0] - last.middle[0], sight.middle[1] - last.middle[1]) / size
        apart = min(apart, stayed)  # it may have stopped
        plates = _plates(last, sight)
        if plates == _SAME_PLATE:
            near = _NEAR_SAME_PLATE
        grown = abs(log(sight.size / last.size))
        if apart > near or grown > log(_SIZE_RATIO):
            return _NEVER
        return apart + grown / 2 + plates


def passages_of(sights: Sequence[Sight]) -> list[list[Sight]]:
    """Put sights together into passages, each in order of capture.

    Args:
        sights: of one camera.
    """
    passages: list[_Passage] = []
    ordered = sorted(sights, key=lambda each: (each.at, each.box, each.key))
    for _, together in groupby(ordered, key=lambda each: each.at):
        frame = list(together)
        open_ones = [
            each for each in passages if (frame[0].at - each.sights[-1].at).total_seconds() <= GAP_S
        ]
        pairs = sorted(
            (cost, n, m)
            for n, passage in enumerate(open_ones)
            for m, sight in enumerate(frame)
            if (cost := passage.cost(sight)) != _NEVER
        )
        joined: dict[int, int] = {}
        for _, n, m in pairs:
            if n not in joined.values() and m not in joined:
                joined[m] = n
        for m, sight in enumerate(frame):
            if m in joined:
                open_ones[joined[m]].sights.append(sight)
            else:
                passages.append(_Passage([sight]))
    return [passage.sights for passage in passages]


def _plates(a: Sight, b: Sight) -> float:
    if a.reading is None or b.reading is None:
        return 0.0
    return _SAME_PLATE if a.reading.text == b.reading.text else _OTHER_PLATE
