from collections.abc import Sequence

import numpy as np
import pytest

from inference.falling.candidates import COLUMNS, PATCH, Candidates
from inference.falling.linking import Track, link

HEIGHT = 720
FPS = 25.0


def row(x: float, y: float, area: float = 20.0) -> list[float]:
    values = {
        "x": x, "y": y, "area": area, "width": 5, "height": 5, "peak": 40, "mean": 30, "sign": 1,
        "snr": 4, "long": 2, "wide": 2,
    }  # fmt: skip
    return [float(values.get(name, 0.0)) for name in COLUMNS]


def frames(points: Sequence[Sequence[tuple[float, float]]], fps: float = FPS) -> list[Candidates]:
    """Candidates of each frame at the points given."""
    return [
        Candidates(
            number,
            number / fps,
            np.array([row(*p) for p in each], np.float32).reshape(-1, len(COLUMNS)),
            np.zeros((len(each), 2, PATCH, PATCH), np.uint8),
            crowded=False,
        )
        for number, each in enumerate(points)
    ]


def falling(number: int, fps: float = FPS, x: float = 200.0) -> tuple[float, float]:
    time_s = number / fps
    return x + 20 * time_s, 30 + 60 * time_s + 200 * time_s**2


def best(found: Sequence[Track]) -> Track:
    return max(found, key=lambda one: one.score)


def test_a_fall_becomes_one_track() -> None:
    (track,) = link(frames([[falling(n)] for n in range(30)]), HEIGHT)
    assert track.frames.tolist() == list(range(30))
    assert track.points == pytest.approx(np.array([falling(n) for n in range(30)]), abs=1e-3)
    assert (track.looked, track.crowd) == (30, 1.0)


@pytest.mark.parametrize("fps", [8.0, 10.0, 30.0])
def test_few_points_of_a_slow_camera_are_enough(fps: float) -> None:
    count = 5 if fps < 20 else 12
    found = list(link(frames([[falling(n, fps)] for n in range(count)], fps), HEIGHT))
    assert [len(track.frames) for track in found] == [count]


def test_a_fall_is_followed_through_clutter_and_gaps() -> None:
    rng = np.random.default_rng(3)
    points = []
    for number in range(35):
        clutter = [(x, y) for x, y in rng.uniform(0, HEIGHT, (40, 2)).tolist()]
        seen = [falling(number)] if number % 5 != 2 and not 15 <= number < 20 else []
        points.append(clutter + seen)
    track = best(list(link(frames(points), HEIGHT)))
    true = np.array([falling(n) for n in track.frames.tolist()])
    on = np.hypot(*(track.points - true).T) < 6
    assert on.mean() > 0.9
    assert track.frames[0] <= 2
    assert track.frames[-1] >= 32


def test_a_fall_is_followed_among_snow() -> None:
    rng, count, flakes = np.random.default_rng(1), 26, 120
    start = rng.uniform(0, HEIGHT, (flakes, 2))
    speed = rng.uniform([-20, 60], [20, 140], (flakes, 2))
    points = []
    for number in range(count):
        there = (start + speed * number / FPS) % HEIGHT
        there = there[rng.random(flakes) < 0.85]
        points.append([(x, y) for x, y in there.tolist()] + [falling(number)])
    found = list(link(frames(points), HEIGHT))
    true = np.array([falling(n) for n in range(count)])
    on = [np.hypot(*(track.points - true[track.frames]).T) < 3 for track in found]
    assert max((np.count_nonzero(one) for one in on if one.mean() > 0.8), default=0) >= 20


def test_crossing_falls_stay_two() -> None:
    def left(n: int) -> tuple[float, float]:
        return 200 + 6.0 * n, 50 + 12.0 * n

    def right(n: int) -> tuple[float, float]:
        return 380 - 6.0 * n, 53 + 12.0 * n

    found = sorted(
        link(frames([[left(n), right(n)] for n in range(30)]), HEIGHT), key=lambda t: -t.score
    )
    assert len(found) >= 2
    ends = sorted(track.points[-1, 0] for track in found[:2])
    assert ends == pytest.approx([380 - 6 * 29, 200 + 6 * 29], abs=8)


def test_what_rises_stands_or_goes_sideways_is_no_track() -> None:
    points = [[(100.0, 600 - 12.0 * n), (300.0, 300.0), (20 + 15.0 * n, 100.0)] for n in range(30)]
    assert list(link(frames(points), HEIGHT)) == []


def test_no_candidates_give_no_tracks() -> None:
    assert list(link([], HEIGHT)) == []
    assert list(link(frames([[]] * 20), HEIGHT)) == []


def test_much_clutter_is_bounded() -> None:
    rng = np.random.default_rng(1)
    crowd = [[tuple(p) for p in rng.uniform(0, HEIGHT, (160, 2)).tolist()] for _ in range(15)]
    found = list(link(frames(crowd), HEIGHT))
    assert len(found) < 300
