"""Cohen's kappa, Wilson's interval, and the draw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.database import new_id
from api.dispatch.policy import wilson_lower_bound
from api.reviews.models import Verdict
from api.second_reviews.agreement import cohens_kappa
from api.second_reviews.drawing import is_drawn
from api.statistics import wilson_interval

C, R = Verdict.CONFIRM, Verdict.REJECT


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        # Wikipedia, "Cohen's kappa", the three worked examples.
        ({(C, C): 20, (C, R): 5, (R, C): 10, (R, R): 15}, 0.4),
        ({(C, C): 45, (C, R): 15, (R, C): 25, (R, R): 15}, 0.1304),
        ({(C, C): 25, (C, R): 35, (R, C): 5, (R, R): 35}, 0.2593),
        ({(C, C): 3, (R, R): 2}, 1.0),
        ({(C, R): 3, (R, C): 3}, -1.0),
    ],
)
def test_kappa(pairs: dict[tuple[Verdict, Verdict], int], kappa: float) -> None:
    assert cohens_kappa(pairs) == pytest.approx(kappa, abs=5e-5)


def test_kappa_says_nothing_where_chance_always_agrees() -> None:
    assert cohens_kappa({}) is None
    assert cohens_kappa({(C, C): 7}) is None


@given(st.integers(1, 500), st.floats(0, 1))
def test_the_interval_holds_the_share_and_begins_at_the_policies_bound(
    trials: int, share: float
) -> None:
    successes = round(share * trials)
    low, high = wilson_interval(successes, trials)
    assert low - 1e-12 <= successes / trials <= high + 1e-12
    assert low == pytest.approx(wilson_lower_bound(successes, trials))
    # Counting failures instead of successes mirrors it.
    mirrored = wilson_interval(trials - successes, trials)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high))


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 1.0])
def test_the_draw_takes_its_share(share: float) -> None:
    ids = [new_id() for _ in range(20_000)]
    drawn = sum(is_drawn(each, share) for each in ids)
    assert drawn == pytest.approx(share * len(ids), abs=5 * (len(ids) * 0.25) ** 0.5)
    assert [is_drawn(each, share) for each in ids[:50]] == [
        is_drawn(each, share) for each in ids[:50]
    ]
    if share in (0.0, 1.0):
        assert drawn == share * len(ids)
