"""How many clean looks are enough, against closed forms and chance itself."""

from datetime import timedelta
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.verification.odds import (
    ALLOWED,
    LEAST_LOOKS,
    LEAST_WAIT,
    MOST_WAIT,
    PRIOR_LOOKS,
    Odds,
    false_share,
    wait_for,
)

Rate = st.floats(0.01, 0.99)
Count = st.integers(0, 40)


def test_all_missed_is_what_drawing_rates_and_passes_gives() -> None:
    odds = Odds(0.5, seen=3, missed=1, false_share=0.5)
    rng = np.random.default_rng(1)
    rates = rng.beta(PRIOR_LOOKS * 0.5 + 1, PRIOR_LOOKS * 0.5 + 3, 400_000)
    for looks in (1, 2, 4):
        assert isclose(odds.all_missed(looks), float((rates**looks).mean()), rel_tol=0.02)


@given(rate=Rate, seen=Count, missed=Count, share=Rate)
def test_as_many_as_needed_and_not_one_more(
    rate: float, seen: int, missed: int, share: float
) -> None:
    odds = Odds(rate, seen=seen, missed=missed, false_share=share)
    needed = odds.needed()
    if needed is None:
        assert share * odds.all_missed(20) > ALLOWED
        return
    assert share * odds.all_missed(needed) <= ALLOWED
    assert needed == LEAST_LOOKS or share * odds.all_missed(needed - 1) > ALLOWED


@given(rate=Rate, seen=Count, missed=Count, share=Rate)
def test_what_was_seen_more_often_needs_no_more_looks(
    rate: float, seen: int, missed: int, share: float
) -> None:
    def needed(seen: int, missed: int) -> float:
        return Odds(rate, seen=seen, missed=missed, false_share=share).needed() or 99

    assert needed(seen + 1, missed) <= needed(seen, missed) <= needed(seen, missed + 1)


def test_misses_of_one_pothole_are_not_independent() -> None:
    odds = Odds(0.5, seen=1, missed=0, false_share=0.5)
    assert odds.all_missed(4) > odds.all_missed(1) ** 4


def test_the_more_claims_were_false_the_more_are_expected() -> None:
    assert false_share([]) == 0.5
    assert false_share([False] * 8) == 0.1
    assert false_share([True, False]) == 0.5


@pytest.mark.parametrize(("passes", "days"), [(0, 28.0), (1, 28.0), (56, 7.0), (14, 12.93)])
def test_the_wait_goes_by_how_often_somebody_passes(passes: int, days: float) -> None:
    wait = wait_for(3, passes, timedelta(days=28))
    assert LEAST_WAIT <= wait <= MOST_WAIT
    assert wait / timedelta(days=1) == pytest.approx(days, abs=0.01)
