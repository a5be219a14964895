"""How long a department has for a case: `24h`, `8 working hours`, `3 working days`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from api.deadlines.calendar import Calendar


class Unit(StrEnum):
    """What a term counts."""

    MINUTE = "min"
    HOUR = "h"
    WORKING_HOUR = "working hours"
    WORKING_DAY = "working days"


# The words of GB/T 30428 are understood too: urgent working hours run day and night.
_WORDS = {
    **dict.fromkeys(("min", "minute", "minutes", "分钟"), Unit.MINUTE),
    **dict.fromkeys(("h", "hour", "hours", "小时", "紧急工作时"), Unit.HOUR),
    **dict.fromkeys(("working hour", "working hours", "工作时", "个工作时"), Unit.WORKING_HOUR),
    **dict.fromkeys(("working day", "working days", "工作日", "个工作日"), Unit.WORKING_DAY),
}
_WORKING = (Unit.WORKING_HOUR, Unit.WORKING_DAY)
_LENGTHS = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.WORKING_HOUR: timedelta(hours=1),
}
_TEXT = re.compile(r"(?P<amount>[1-9][0-9]{0,2}) *(?P<unit>\D+)")


@dataclass(frozen=True, slots=True)
class Term:
    """How long a department has.

    Attributes:
        amount: of the unit, 1 … 999.
        unit: what is counted: time that always runs, or time of work.
    """

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a term.

        Raises:
            ValueError: it is not one.
        """
        match = _TEXT.fullmatch(text.strip())
        unit = _WORDS.get(" ".join(match["unit"].lower().split())) if match else None
        if match is None or unit is None:
            raise ValueError(
                f"{text!r} is no term: write 24h, 90 min, 8 working hours or 3 working days"
            )
        return cls(int(match["amount"]), unit)

    def __str__(self) -> str:
        if self.unit is Unit.HOUR:
            return f"{self.amount}h"
        unit = self.unit.value
        return f"{self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}"


def due(start: datetime, term: Term, calendar: Calendar) -> datetime:
    """Return when a term that begins at a moment is over, UTC.

    Hours count from the moment itself. Of days the first is not counted, and the last is over when
    work ends on it: Civil Code of the People's Republic of China, articles 201 and 203.

    Args:
        start: when it begins, timezone-aware.
        term: how long it is.
        calendar: when is work.
    """
    if term.unit is Unit.WORKING_DAY:
        return calendar.close_of_day(start, term.amount)
    return after(start, term.amount * _LENGTHS[term.unit], term, calendar)


def elapsed(start: datetime, end: datetime, term: Term, calendar: Calendar) -> timedelta:
    """Return how much time that a term counts lies between two moments, in their order."""
    if term.unit in _WORKING:
        return calendar.elapsed(start, end)
    return max(timedelta(), end - start)


def after(start: datetime, time: timedelta, term: Term, calendar: Calendar) -> datetime:
    """Return the moment by which so much time that a term counts has passed, UTC."""
    if term.unit in _WORKING:
        return calendar.after(start, time)
    return start + time
