"""How many bytes may be sent in a day and in a month."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

import structlog

from gateway.queue.files import write_durably

_log = structlog.get_logger()

_BLOCK = 1024**2
_DAYS_KEPT = 62


class Quota:
    """A bound on the bytes of frames and clips that are sent, tries that failed included.

    The bytes of headers and TLS are not counted: add a few per cent. Counts are kept by the day, so
    that a clock that jumps and comes back forgets nothing. They are written a mebibyte ahead of
    what is sent: a power cut costs at most that much of the quota, and never lets more be sent.
    Something larger than the whole quota is sent when nothing else was, and takes the rest of its
    day or month. Safe for several threads.

    Args:
        path: the file of the counts.
        per_day: the most bytes of a day; None for any number.
        per_month: the most bytes of a month; None for any number.
        timezone: whose days and months are meant; None for this machine's.
        now: the clock; timezone-aware.
    """

    def __init__(
        self,
        path: Path,
        *,
        per_day: int | None = None,
        per_month: int | None = None,
        timezone: tzinfo | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._per_day = per_day
        self._per_month = per_month
        self._timezone = timezone
        self._now = now
        self._lock = threading.Lock()  # of what follows
        self._spent = _read(path)
        self._booked = dict(self._spent)
        self._reserved = 0

    @property
    def spent_today(self) -> int:
        """Return the bytes that were sent today."""
        return self._spent.get(self._today(), 0)

    @property
    def spent_this_month(self) -> int:
        """Return the bytes that were sent this month."""
        return self._month(self._today())

    def reserve(self, size: int, *, beyond: bool = False) -> bool:
        """Set bytes aside for something that is to be sent, until `release`.

        Args:
            size: how many.
            beyond: set them aside even if they are too many.

        Returns:
            Whether they were set aside.
        """
        with self._lock:
            today = self._today()
            used = (
                (self._spent.get(today, 0), self._per_day),
                (self._month(today), self._per_month),
            )
            for spent, most in used:
                before = spent + self._reserved
                if not beyond and most is not None and before > 0 and before + size > most:
                    return False
            self._reserved += size
            return True

    def release(self, size: int) -> None:
        """Give back what was set aside; what was sent of it has been counted by `spend`."""
        with self._lock:
            self._reserved -= size

    def spend(self, count: int) -> None:
        """Count bytes that are going out."""
        with self._lock:
            today = self._today()
            self._spent[today] = self._spent.get(today, 0) + count
            if self._spent[today] > self._booked.get(today, 0):
                self._book(self._spent | {today: self._spent[today] + _BLOCK})

    def close(self) -> None:
        """Write the counts as they are."""
        with self._lock:
            self._book(dict(self._spent))

    def _today(self) -> date:
        return self._now().astimezone(self._timezone).date()

    def _month(self, today: date) -> int:
        return sum(
            count
            for day, count in self._spent.items()
            if (day.year, day.month) == (today.year, today.month)
        )

    def _book(self, counts: dict[date, int]) -> None:
        newest = dict(sorted(counts.items())[-_DAYS_KEPT:])
        content = json.dumps({day.isoformat(): count for day, count in newest.items()})
        try:
            write_durably(self._path, [content.encode()])
        except OSError as error:  # a full disk must not keep the queue from being emptied
            _log.error("the quota's count cannot be written", error=error.strerror)
        self._booked = newest


def _read(path: Path) -> dict[date, int]:
    try:
        counts = json.loads(path.read_bytes())
        return {date.fromisoformat(day): max(int(count), 0) for day, count in counts.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError):
        _log.error("the quota's count cannot be read; it begins anew", path=str(path))
        return {}
