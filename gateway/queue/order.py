"""What is posted first, and what goes first when there is no room."""

from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """How soon a frame or clip is posted: alerts before backfill."""

    ALERT = 0
    """Somebody should know now: the newest first."""
    BACKFILL = 1
    """What has time: the oldest first."""


class DropPolicy(StrEnum):
    """What a full queue does with another frame or clip. Every drop is counted.

    What is just being posted is never dropped.
    """

    OLDEST_BACKFILL = "oldest_backfill"
    """Drops the oldest backfill and, when no backfill is left, the oldest alert; the new one where
    it is itself the oldest of the least. Also when the disk has no room before the bound."""
    NEWEST = "newest"
    """Does not keep the new one."""
    REFUSE = "refuse"
    """Raises `QueueFull`; nothing is dropped."""
