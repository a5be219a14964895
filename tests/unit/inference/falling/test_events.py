from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from inference.falling.candidates import COLUMNS, PATCH
from inference.falling.events import FallEvent, make_events
from inference.falling.linking import Track
from inference.falling.origin import Grid
from inference.falling.tracklets import POINTS, SUMMARY_FEATURES, describe, fit_parabola

HEIGHT, FPS = 720, 25.0
TIMES = [(number, number / FPS) for number in range(200)]


def track(
    first: int,
    last: int,
    x: float = 300.0,
    y: float = 60.0,
    released: int = 20,
    pull: float = 300.0,
) -> Track:
    """Something dropped at frame `released`, seen from `first` to `last`."""
    numbers = np.arange(first, last + 1)
    t = (numbers - released) / FPS
    rows = np.zeros((len(numbers), len(COLUMNS)), np.float32)
    rows[:, 0], rows[:, 1] = x, y + pull * t**2 / 2
    for name, value in {
        "area": 12,
        "width": 4,
        "height": 4,
        "mean": 20,
        "snr": 3,
        "long": 1.5,
    }.items():
        rows[:, COLUMNS.index(name)] = value
    rows[:, COLUMNS.index("wide")] = 1.2
    rows[:, COLUMNS.index("sign")] = 1
    return Track(
        numbers,
        numbers / FPS,
        rows,
        np.zeros((len(numbers), 2, PATCH, PATCH), np.uint8),
        len(numbers),
        1.0,
        50.0,
    )


def events(
    tracks: Sequence[Track], scores: Sequence[float] | None = None, grid: Grid | None = None
) -> list[FallEvent]:
    given = np.array([0.95] * len(tracks) if scores is None else scores, np.float32)
    return make_events(tracks, given, TIMES, HEIGHT, suspected=0.5, confirmed=0.8, grid=grid)


def test_a_fall_becomes_an_event_that_begins_where_it_was_let_go() -> None:
    (event,) = events([track(27, 60)])
    assert event.status == "confirmed"
    assert event.score == pytest.approx(0.95)
    assert event.start_frame == pytest.approx(20, abs=1)
    assert event.end_frame == 60
    assert [frame for frame, _, _ in event.track] == list(range(27, 61))
    assert (event.origin.x, event.origin.y) == pytest.approx((300, 60), abs=2)
    assert event.origin.uncertainty_px > 0
    assert event.origin.floors is None


def test_scores_decide_between_confirmed_suspected_and_nothing() -> None:
    falls = [track(25, 60), track(25, 60, x=900), track(25, 60, x=1500)]
    found = sorted(events(falls, [0.9, 0.6, 0.4]), key=lambda one: one.origin.x)
    assert [(round(one.origin.x), one.status) for one in found] == [
        (300, "confirmed"),
        (900, "suspected"),
    ]


def test_what_travels_little_is_no_event() -> None:
    assert events([track(27, 30)]) == []


def test_a_fall_cut_by_balconies_is_one_event() -> None:
    (event,) = events([track(25, 33), track(40, 47), track(55, 65)])
    assert event.start_frame == pytest.approx(20, abs=1)
    assert event.end_frame == 65
    assert len(event.track) == 9 + 8 + 11


def test_a_mirror_image_is_merged() -> None:
    seen, mirrored = track(25, 60), track(26, 58, x=360, y=50, pull=280)
    (event,) = events([seen, mirrored], [0.95, 0.9])
    assert {x for _, x, _ in event.track} == {300.0}


def test_things_that_fall_apart_are_two_events() -> None:
    assert len(events([track(25, 60, x=200), track(25, 60, x=900)])) == 2
    assert len(events([track(25, 60), track(125, 160, released=120)])) == 2


def test_no_tracks_give_no_events() -> None:
    assert events([]) == []


GRID = Grid(((100, 0), (500, 0), (500, 700), (100, 700)), floors=10, columns=4)


def test_a_grid_names_floor_and_column() -> None:
    (event,) = events([track(27, 60, x=350)], grid=GRID)
    assert event.origin.floors is not None
    assert event.origin.columns is not None
    low, likely, high = event.origin.floors
    assert likely == 10  # 60 of 700 pixels below the top of ten floors
    assert low <= likely <= high
    assert event.origin.columns[1] == 3
    assert events([track(27, 40)], grid=GRID) == []  # less than two floors


def test_a_grid_seen_from_below_is_perspective() -> None:
    grid = Grid(((200, 50), (440, 50), (600, 470), (40, 470)), floors=20, columns=6)
    top, left = grid.cell(200, 50)
    assert (top, left) == pytest.approx((20, 0), abs=1e-3)
    assert grid.cell(600, 470) == pytest.approx((0, 6), abs=1e-3)
    middle, _ = grid.cell(320, 260)
    assert middle < 10  # the upper floors are squeezed


@pytest.mark.parametrize(
    ("corners", "floors"),
    [
        (((100, 0), (500, 0), (500, 700), (100, 700)), 0),
        (((500, 0), (100, 0), (100, 700), (500, 700)), 5),
        (((100, 0), (500, 0), (100, 700), (500, 700)), 5),
        (((100, 0), (500, float("nan")), (500, 700), (100, 700)), 5),
        (((0, 0), (0, 0), (0, 0), (0, 0)), 5),
    ],
)
def test_wrong_grids_are_refused(corners: tuple[tuple[float, float], ...], floors: int) -> None:
    with pytest.raises(ValueError, match=r"corners|floor"):
        Grid(corners, floors, 4)  # type: ignore[arg-type]


def test_the_parabola_is_that_of_the_fall() -> None:
    fit = fit_parabola(track(25, 60))
    assert fit.residual_px < 1e-2
    assert 2 * fit.coefficients[2] == pytest.approx([0, 300], abs=0.1)
    assert fit.at(np.array([20 / FPS]))[0] == pytest.approx([300, 60], abs=0.1)


def test_tracks_are_described_alike_at_every_resolution() -> None:
    small = track(25, 60)
    rows = small.rows.copy()
    rows[:, :2] *= 2
    large = replace(small, rows=rows)
    a, b = describe([small], HEIGHT), describe([large], 2 * HEIGHT)
    assert a.points == pytest.approx(b.points, abs=1e-3)
    resolution = SUMMARY_FEATURES.index("resolution")
    steps = SUMMARY_FEATURES.index("step_by_size")
    others = [n for n in range(len(SUMMARY_FEATURES)) if n not in (resolution, steps)]
    assert a.summary[:, others] == pytest.approx(b.summary[:, others], abs=2e-2)
    assert b.summary[0, resolution] > a.summary[0, resolution]


@pytest.mark.parametrize("count", [4, 31, 32, 33, 150])
def test_tracks_of_any_length_fit(count: int) -> None:
    described = describe([track(25, 24 + count)], HEIGHT)
    assert described.points[0, :, -1].sum() == min(count, POINTS)
    assert np.isfinite(described.points).all()
    assert np.isfinite(described.summary).all()
    assert len(describe([], HEIGHT).points) == 0
