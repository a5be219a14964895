"""Hours of the day as rules write them: `mon-fri 07:00-09:00`, `22:00-06:00`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    r"(?:(?P<days>[a-z,\-]+) +)?(?P<from>\d{2}):(?P<from_m>\d{2})-(?P<to>\d{2}):(?P<to_m>\d{2})"
)


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of the local day, its beginning included and its end not.

    Attributes:
        days: on which it begins, 0 is Monday.
        start: minutes after midnight.
        end: minutes after midnight; before `start` for a span that goes on past midnight.
    """

    days: frozenset[int]
    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a span.

        Raises:
            ValueError: it is not one.
        """
        match = _HOURS.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"{text!r} is no span: write 07:00-09:00 or mon-fri 07:00-09:00")
        start = _minutes(match["from"], match["from_m"])
        end = _minutes(match["to"], match["to_m"])
        if start == end or start == 24 * 60:
            raise ValueError(f"{text!r} is empty; a whole day is 00:00-24:00")
        return cls(_days(match["days"]), start, end)

    def hold(self, moment: datetime) -> bool:
        """Say whether a moment, in local time, lies within."""
        minute = 60 * moment.hour + moment.minute
        today = moment.weekday() in self.days
        if self.start < self.end:
            return today and self.start <= minute < self.end
        yesterday = (moment.weekday() - 1) % 7 in self.days
        return (today and minute >= self.start) or (yesterday and minute < self.end)

    def __str__(self) -> str:
        clock = "-".join(
            f"{minute // 60:02d}:{minute % 60:02d}" for minute in (self.start, self.end)
        )
        days = ",".join(_DAYS[day] for day in sorted(self.days))
        return clock if len(self.days) == len(_DAYS) else f"{days} {clock}"


def any_holds(hours: Sequence[Hours], moment: datetime) -> bool:
    """Say whether a moment, in local time, lies within any span; no spans mean always."""
    return not hours or any(span.hold(moment) for span in hours)


def _minutes(hour: str, minute: str) -> int:
    minutes = 60 * int(hour) + int(minute)
    if int(minute) > 59 or minutes > 24 * 60:
        raise ValueError(f"{hour}:{minute} is no time of day")
    return minutes


def _days(text: str | None) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f"{part!r} is no day: they are {', '.join(_DAYS)}")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        days |= {day % 7 for day in range(start, end + 1 + (7 if end < start else 0))}
    return frozenset(days)
