"""When a message is tried again."""

import random
from collections.abc import Sequence
from datetime import timedelta

# Seconds before each attempt; the example of Standard Webhooks 1.0, "Retry schedule".
DEFAULT_SCHEDULE_S = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
_JITTER = 0.1
_LONGEST_WAIT_S = 24 * 3600.0


def next_wait(
    schedule_s: Sequence[float], attempts: int, *, retry_after_s: float | None = None
) -> timedelta | None:
    """Return how long to wait after a failed attempt, or None when it was the last.

    The wait is that of the schedule, 10 % more or less by chance so that messages which failed
    together do not come back together, and never less than the department asked for.

    Args:
        schedule_s: seconds before the first attempt, before the second, ….
        attempts: how many were made.
        retry_after_s: what the department asked for; a day at most is granted.
    """
    if attempts >= len(schedule_s):
        return None
    wait = schedule_s[attempts] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - jitter
    return timedelta(seconds=max(wait, min(retry_after_s or 0.0, _LONGEST_WAIT_S)))
