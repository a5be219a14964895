"""Names of files tell when a thing was captured and how soon it is posted, nothing more.

`20261121T080000.000000-<32 hexadecimal digits>[.alert].frame`, or `.clip`; the time is UTC.
"""

import re
from datetime import UTC, datetime

from gateway.queue.order import Priority

_PATTERN = re.compile(r"(\d{8}T\d{6}\.\d{6})-[0-9a-f]{32}(\.alert)?\.(?:frame|clip)")
_TIME = "%Y%m%dT%H%M%S.%f"
_ALERT = ".alert"


def name_of(captured_at: datetime, key: str, priority: Priority, suffix: str) -> str:
    """Name a file.

    Args:
        captured_at: when it was captured; timezone-aware.
        key: hexadecimal digits that tell things of one moment apart; the first 32 are used.
        priority: how soon it is posted.
        suffix: `.frame` or `.clip`.
    """
    alert = _ALERT if priority is Priority.ALERT else ""
    return f"{captured_at.astimezone(UTC).strftime(_TIME)}-{key[:32]}{alert}{suffix}"


def priority_of(name: str) -> Priority | None:
    """Return how soon a file is posted, None when its name is none of ours.

    The queue had no priorities once: a name that tells none is backfill.
    """
    match = _PATTERN.fullmatch(name)
    if match is None:
        return None
    return Priority.ALERT if match[2] else Priority.BACKFILL


def captured_at_of(name: str) -> datetime:
    """Return when the thing in a file was captured."""
    return datetime.strptime(name.partition("-")[0], _TIME).replace(tzinfo=UTC)
