from datetime import UTC, datetime
from itertools import pairwise

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from gateway.positions.fix import Fix
from gateway.sampling.every import EveryMetres, EverySeconds
from gateway.sources.config import Metres

AT = datetime(2026, 11, 22, tzinfo=UTC)


def north(metres: float, speed_mps: float | None = None) -> Fix:
    """Give a position so far north of the beginning."""
    there = Geodesic.WGS84.Direct(30.0, 120.0, 0.0, metres)
    return Fix(AT, there["lat2"], there["lon2"], 14.0, speed_mps=speed_mps)


def nowhere(at: float) -> None:
    """Know no position."""


@given(
    interval=st.floats(0.1, 10),
    fps=st.floats(5, 30),
    jitter=st.lists(st.floats(-0.02, 0.02), min_size=200, max_size=200),
)
def test_as_many_pictures_come_as_were_asked_for(
    interval: float, fps: float, jitter: list[float]
) -> None:
    sampler = EverySeconds(interval)
    times = sorted(number / fps + late for number, late in enumerate(jitter))
    taken = [at for at in times if sampler.is_due(at, nowhere)]
    expected = 1 + (times[-1] - times[0]) / max(interval, 1 / fps)
    assert len(taken) == pytest.approx(expected, abs=2 + 0.3 * expected)
    if interval > 4 / fps:
        assert len(taken) == pytest.approx(expected, abs=2)


def test_after_a_pause_pictures_are_not_made_up_for() -> None:
    sampler = EverySeconds(2.0)
    taken = [at for at in (0.0, 1.0, 2.0, 60.0, 61.0, 62.0) if sampler.is_due(at, nowhere)]
    assert taken == [0.0, 2.0, 60.0, 62.0]


def test_pictures_come_every_ten_metres_of_the_drive() -> None:
    sampler = EveryMetres(Metres(10.0), 600.0)
    taken = [
        at for at in range(101) if sampler.is_due(at, lambda at: north(4.0 * at, speed_mps=4.0))
    ]
    assert len(taken) == 41
    assert {after - before for before, after in pairwise(taken)} == {2, 3}


def test_without_a_speed_the_way_is_still_that_of_the_drive() -> None:
    sampler = EveryMetres(Metres(20.0), 600.0)
    taken = [at for at in range(101) if sampler.is_due(at, lambda at: north(4.0 * at))]
    assert len(taken) == pytest.approx(20, abs=1)


@pytest.mark.parametrize("speed_mps", [None, 0.1])
def test_a_parked_bus_whose_position_wanders_sends_one_picture_in_ten_minutes(
    speed_mps: float | None,
) -> None:
    sampler = EveryMetres(Metres(10.0), 600.0)
    wander = [0.0, 6.0, -5.0, 4.0, 1.0, -4.0]

    def where(at: float) -> Fix:
        return north(wander[int(at) % 6], speed_mps)

    taken = [at for at in range(3600) if sampler.is_due(at, where)]
    assert taken == [0, 600, 1200, 1800, 2400, 3000]


def test_without_positions_one_picture_comes_in_ten_minutes() -> None:
    sampler = EveryMetres(Metres(10.0), 600.0)
    assert [at for at in range(0, 1300, 10) if sampler.is_due(at, nowhere)] == [0, 600, 1200]
