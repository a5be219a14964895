"""Names of files tell when a thing was captured and how soon it is posted, nothing more.

`20261121T080000.000000-<32 hexadecimal digits>[.alert].frame[.sealed]`, or `.clip`; the time is
UTC.
"""

import re
from datetime import UTC, datetime

from gateway.queue.order import Priority

_PATTERN = re.compile(r"\d{8}T\d{6}\.\d{6}-[0-9a-f]{32}(\.alert)?\.(?:frame|clip)(\.sealed)?")
_TIME = "%Y%m%dT%H%M%S.%f"
_ALERT = ".alert"
_SEALED = ".sealed"


def name_of(
    captured_at: datetime, key: str, priority: Priority, suffix: str, *, sealed: bool
) -> str:
    """Name a file.

    Args:
        captured_at: when it was captured; timezone-aware.
        key: hexadecimal digits that tell things of one moment apart; the first 32 are used.
        priority: how soon it is posted.
        suffix: `.frame` or `.clip`.
        sealed: whether it is encrypted.
    """
    alert = _ALERT if priority is Priority.ALERT else ""
    moment = captured_at.astimezone(UTC).strftime(_TIME)
    return f"{moment}-{key[:32]}{alert}{suffix}{_SEALED if sealed else ''}"


def is_ours(name: str) -> bool:
    """Return whether a file is one of the queue's."""
    return _PATTERN.fullmatch(name) is not None


def priority_of(name: str) -> Priority:
    """Return how soon a file is posted.

    The queue had no priorities once: a name that tells none is backfill.
    """
    return Priority.ALERT if _ALERT in name else Priority.BACKFILL


def is_sealed(name: str) -> bool:
    """Return whether a file is encrypted."""
    return name.endswith(_SEALED)


def captured_at_of(name: str) -> datetime:
    """Return when the thing in a file was captured."""
    return datetime.strptime(name.partition("-")[0], _TIME).replace(tzinfo=UTC)
