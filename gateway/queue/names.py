"""Names of files tell when a thing was captured, its bytes and how soon it is posted, no more.

`20261121T080000.000000-<32 hexadecimal digits>-<bytes of the file>[.alert].frame[.sealed]`, or
`.clip`; the time is UTC. A queue of 200,000 files starts by reading their names alone.
"""

import re
from datetime import UTC, datetime

from gateway.queue.order import Priority

_STEM = r"\d{8}T\d{6}\.\d{6}-[0-9a-f]{32}"
_OURS = re.compile(_STEM + r"-\d{1,15}(?:\.alert)?\.(?:frame|clip)(?:\.sealed)?")
_FORMER = re.compile(_STEM + r"\.(?:frame|clip)")
_TIME_LENGTH = 22
_STEM_LENGTH = _TIME_LENGTH + 1 + 32
_TIME = "%Y%m%dT%H%M%S.%f"
_ALERT = ".alert"
_SEALED = ".sealed"


def stem_of(captured_at: datetime, key: str) -> str:
    """Return how the name of a thing begins, which no other thing's does.

    Args:
        captured_at: when it was captured; timezone-aware.
        key: hexadecimal digits that tell things of one moment apart; the first 32 are used.
    """
    moment = captured_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{moment.replace('-', '').replace(':', '')[:_TIME_LENGTH]}-{key[:32]}"


def name_of(stem: str, size: int, priority: Priority, suffix: str, *, sealed: bool) -> str:
    """Name a file.

    Args:
        stem: how the name begins.
        size: the file's bytes.
        priority: how soon it is posted.
        suffix: `.frame` or `.clip`.
        sealed: whether it is encrypted.
    """
    alert = _ALERT if priority is Priority.ALERT else ""
    return f"{stem}-{size}{alert}{suffix}{_SEALED if sealed else ''}"


def is_ours(name: str) -> bool:
    """Return whether a file is one of the queue's."""
    return _OURS.fullmatch(name) is not None


def from_former(name: str, size: int) -> str | None:
    """Return what a file of the version before is called now, None when it is none.

    Its names told neither bytes nor priority: what they name is backfill.
    """
    return f"{name[:_STEM_LENGTH]}-{size}{name[_STEM_LENGTH:]}" if _FORMER.fullmatch(name) else None


def size_of(name: str) -> int:
    """Return the bytes of a file."""
    return int(name[_STEM_LENGTH + 1 : name.index(".", _STEM_LENGTH)])


def priority_of(name: str) -> Priority:
    """Return how soon a file is posted."""
    return Priority.ALERT if _ALERT in name else Priority.BACKFILL


def is_sealed(name: str) -> bool:
    """Return whether a file is encrypted."""
    return name.endswith(_SEALED)


def captured_at_of(name: str) -> datetime:
    """Return when the thing in a file was captured."""
    return datetime.strptime(name[:_TIME_LENGTH], _TIME).replace(tzinfo=UTC)
