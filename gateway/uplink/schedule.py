"""When what is no alert may be sent: at night, or at the bus stop's Wi-Fi."""

import re
import socket
import threading
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Self
from urllib.parse import urlsplit

import httpx

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_PATIENCE_S = 3.0
_FRESH_S = 30.0


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of every day, by local time; it may go past midnight.

    Args:
        start: its beginning.
        end: its end, no longer in it.
    """

    start: time
    end: time

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `22:00-06:00`; `00:00-24:00` is the whole day.

        Raises:
            ValueError: it is something else.
        """
        match = _HOURS.fullmatch(text.strip())
        try:
            if match is None:
                raise ValueError
            hour, minute, end_hour, end_minute = map(int, match.groups())
            end = time(0, 0) if (end_hour, end_minute) == (24, 0) else time(end_hour, end_minute)
            return cls(time(hour, minute), end)
        except ValueError:
            raise ValueError(f"{text!r} are no hours: write them like 22:00-06:00") from None

    def __contains__(self, moment: time) -> bool:
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


class Schedule:
    """Says whether backfill may be sent now. Safe for several threads.

    Args:
        hours: within any of them; at any time when there are none.
        when_reachable: and only while this answers, `HOST:PORT` by a connection or an address
            `http://…` by a 2xx: what is reached on the good network only.
        timezone: of the hours; None for this machine's.
        now: the clock; timezone-aware.
        monotonic: the clock by which an answer grows stale, in seconds.
        reach: tells whether a place answers.

    Raises:
        ValueError: `when_reachable` is neither.
    """

    def __init__(
        self,
        *,
        hours: Sequence[Hours] = (),
        when_reachable: str | None = None,
        timezone: tzinfo | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = clock.monotonic,
        reach: Callable[[str], bool] | None = None,
    ) -> None:
        if when_reachable is not None:
            check_place(when_reachable)
        self._hours = tuple(hours)
        self._place = when_reachable
        self._timezone = timezone
        self._now = now
        self._monotonic = monotonic
        self._reach = reach or reachable
        self._asking = threading.Lock()
        self._answered = False
        self._stale_at = monotonic()

    def open(self) -> bool:
        """Return whether backfill may be sent now; this may wait some seconds for an answer."""
        moment = self._now().astimezone(self._timezone).time()
        if self._hours and not any(moment in hours for hours in self._hours):
            return False
        return self._place is None or self._is_there(self._place)

    def _is_there(self, place: str) -> bool:
        if self._monotonic() >= self._stale_at and self._asking.acquire(blocking=False):
            try:
                self._answered = self._reach(place)
                self._stale_at = self._monotonic() + _FRESH_S
            finally:
                self._asking.release()
        return self._answered


def check_place(place: str) -> None:
    """See that a place can be asked.

    Raises:
        ValueError: it is neither `HOST:PORT` nor `http://…` or `https://…`.
    """
    if not (place.startswith(("http://", "https://")) and urlsplit(place).hostname):
        _split(place)


def reachable(place: str) -> bool:
    """Try to reach a place: a connection to `HOST:PORT`, or a 2xx of `http://…`.

    A sign-in page that answers in its stead sends elsewhere, which is no 2xx.
    """
    try:
        if place.startswith(("http://", "https://")):
            return httpx.get(place, timeout=_PATIENCE_S, trust_env=False).is_success
        socket.create_connection(_split(place), timeout=_PATIENCE_S).close()
    except (OSError, httpx.HTTPError, httpx.InvalidURL):
        return False
    return True


def _split(place: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{place}")
        if parts.hostname and parts.port and parts.netloc == place:
            return parts.hostname, parts.port
    except ValueError:
        pass
    raise ValueError(f"{place!r} cannot be asked: write HOST:PORT or http://…")
