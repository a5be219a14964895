import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dispatch.schedule import DEFAULT_SCHEDULE_S, next_wait


def test_the_schedule_is_the_one_that_is_documented() -> None:
    assert DEFAULT_SCHEDULE_S == (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)


@pytest.mark.parametrize("attempts", range(1, 7))
def test_waits_follow_the_schedule_with_some_chance(attempts: int) -> None:
    planned = DEFAULT_SCHEDULE_S[attempts]
    waits = []
    for _ in range(200):
        wait = next_wait(DEFAULT_SCHEDULE_S, attempts)
        assert wait is not None
        waits.append(wait.total_seconds())

    assert min(waits) >= 0.9 * planned
    assert max(waits) <= 1.1 * planned
    assert statistics.pstdev(waits) > 0.01 * planned, "no jitter"


def test_after_the_last_attempt_there_is_no_next() -> None:
    assert next_wait(DEFAULT_SCHEDULE_S, 7) is None
    assert next_wait((0.0,), 1, retry_after_s=60) is None


@given(st.integers(1, 6), st.floats(0, 1e9))
def test_a_department_is_never_disturbed_before_it_asks_but_after_a_day_at_most(
    attempts: int, asked: float
) -> None:
    wait = next_wait(DEFAULT_SCHEDULE_S, attempts, retry_after_s=asked)
    assert wait is not None
    assert wait.total_seconds() >= min(asked, 86_400) - 1e-6
    assert wait.total_seconds() <= max(1.1 * DEFAULT_SCHEDULE_S[attempts], 86_400)
