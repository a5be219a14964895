import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dispatch.policy import MIN_REVIEWS, Precision, wilson_lower_bound


@pytest.mark.parametrize(
    ("successes", "trials", "bound"),
    [
        # R: binom::binom.wilson(x, n)$lower
        (0, 10, 0.0),
        (5, 10, 0.2365931),
        (10, 10, 0.7224672),
        (95, 100, 0.8882495),
        (81, 263, 0.2552914),
    ],
)
def test_the_bound_is_that_of_the_literature(successes: int, trials: int, bound: float) -> None:
    assert wilson_lower_bound(successes, trials) == pytest.approx(bound, abs=5e-4)


@given(st.integers(1, 2000), st.floats(0, 1))
def test_the_bound_solves_wilsons_equation(trials: int, share: float) -> None:
    """The bound b is where the score test is just significant: |p - b| = z sqrt(b(1-b)/n)."""
    successes = round(share * trials)
    bound = wilson_lower_bound(successes, trials)
    assert 0 <= bound <= successes / trials + 1e-12
    left = successes / trials - bound
    right = 1.959963984540054 * math.sqrt(bound * (1 - bound) / trials)
    assert left == pytest.approx(right, abs=1e-6)


@given(st.integers(0, 500), st.integers(0, 500))
def test_more_of_the_same_allows_more(confirmed: int, rejected: int) -> None:
    once = Precision(confirmed, rejected).lower_bound
    twice = Precision(2 * confirmed, 2 * rejected).lower_bound
    assert twice >= once - 1e-12


def test_few_reviews_allow_nothing_however_good() -> None:
    assert not Precision(MIN_REVIEWS - 1, 0).meets(0.5)
    assert Precision(MIN_REVIEWS, 0).meets(0.9)
    assert not Precision(0, 0).meets(0.0)
