"""The slope and its interval, against figures of another program."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.counts.trend import Trend, theil_sen

TIMES = [0.0, 1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 9.0]


@pytest.mark.parametrize(
    ("values", "trend"),
    [  # scipy.stats.theilslopes 1.17.1, alpha=0.95, method="separate"
        ([1, 2, 4, 3, 5, 7, 6, 9], Trend(0.8166666666666667, 0.3333333333333333, 1.2)),
        ([0, 0, 1, 0, 3, 3, 2, 8], Trend(0.5, 0.0, 1.0)),
    ],
)
def test_the_slope_and_its_interval(values: list[float], trend: Trend) -> None:
    found = theil_sen(TIMES, values)
    assert found is not None
    assert found.slope == pytest.approx(trend.slope)
    assert found.low == pytest.approx(trend.low)
    assert found.high == pytest.approx(trend.high)


def test_two_points_say_nothing_and_four_have_no_interval() -> None:
    assert theil_sen([0, 1], [1, 2]) is None
    assert theil_sen([0, 1, 2, 3], [0, 2, 4, 7]) == Trend(2.166666666666667, None, None)


@given(
    wild=st.floats(-1e6, 1e6),
    place=st.integers(0, 9),
    slope=st.floats(-100, 100).map(lambda value: round(value, 3)),
)
def test_one_wild_day_does_not_bend_it(wild: float, place: int, slope: float) -> None:
    values = [slope * day for day in range(10)]
    values[place] = wild
    found = theil_sen(list(range(10)), values)
    assert found is not None
    assert found.slope == pytest.approx(slope, abs=1e-6)
