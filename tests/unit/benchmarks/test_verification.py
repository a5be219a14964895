"""What the month's table counts."""

import pytest

from api.verification.models import VerificationState
from benchmarks.verification import Claim, Rates, sum_up

PASSED, FAILED = VerificationState.PASSED, VerificationState.FAILED
ASKED, WAITING = VerificationState.NEEDS_PERSON, VerificationState.WAITING


def test_shares_are_of_true_and_of_false_claims() -> None:
    row = sum_up(
        "x",
        2,
        [
            Claim(true=True, needed=3, state=PASSED, days=2.0, doubtful=0),
            Claim(true=True, needed=3, state=PASSED, days=8.0, doubtful=1),
            Claim(true=True, needed=4, state=FAILED, days=1.0, doubtful=0),
            Claim(true=True, needed=None, state=ASKED, days=None, doubtful=0),
            Claim(true=False, needed=3, state=PASSED, days=3.0, doubtful=0),
            Claim(true=False, needed=3, state=FAILED, days=0.5, doubtful=0),
            Claim(true=False, needed=3, state=WAITING, days=None, doubtful=0),
            Claim(true=False, needed=3, state=FAILED, days=0.5, doubtful=0),
        ],
    )
    assert (row.true_claims, row.false_claims) == (4, 4)
    assert row.closed_within_7_days == 0.25
    assert row.median_days_to_close == 5.0
    assert (row.false_reopens, row.false_claims_closed) == (0.25, 0.25)
    assert row.false_claims_reopened == 0.5
    assert row.false_closes_of_all_closed == pytest.approx(1 / 3, abs=1e-4)
    assert row.asked_a_person == 0.125


def test_nothing_is_claimed_of_no_claims() -> None:
    row = sum_up("x", 1, [])
    assert row.closed_within_7_days is None
    assert row.false_claims_closed is None


def test_rates_are_the_card_s() -> None:
    rates = Rates.of_card()
    assert 0.3 < rates.recall < 0.7
    assert 0.05 < rates.alarms < 0.5
