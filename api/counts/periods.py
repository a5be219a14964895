"""Days and weeks as people in the field know them: in their own time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class PeriodKind(StrEnum):
    """How long a period is; a week begins on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"


_DAYS = {PeriodKind.DAY: 1, PeriodKind.WEEK: 7}


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a week of a time zone. Daylight saving makes some of them an hour longer or shorter.

    Attributes:
        kind: how long it is.
        first: its first day.
        zone: where.
    """

    kind: PeriodKind
    first: date
    zone: ZoneInfo

    @classmethod
    def of_day(cls, kind: PeriodKind, day: date, zone: ZoneInfo) -> "Period":
        """Return the period that a day of the zone lies in."""
        back = day.weekday() if kind is PeriodKind.WEEK else 0
        return cls(kind, day - timedelta(days=back), zone)

    @classmethod
    def of(cls, kind: PeriodKind, moment: datetime, zone: ZoneInfo) -> "Period":
        """Return the period that a moment lies in."""
        return cls.of_day(kind, local_day(moment, zone), zone)

    @property
    def name(self) -> str:
        """Return its name by ISO 8601: `2026-11-21` or `2026-W47`."""
        if self.kind is PeriodKind.DAY:
            return self.first.isoformat()
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def last(self) -> date:
        """Return its last day."""
        return self.first + timedelta(days=_DAYS[self.kind] - 1)

    @property
    def start(self) -> datetime:
        """Return its first moment, UTC."""
        return day_start(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Return the first moment after it, UTC."""
        return day_start(self.last + timedelta(days=1), self.zone)

    @property
    def next(self) -> "Period":
        """Return the period that follows."""
        return Period(self.kind, self.last + timedelta(days=1), self.zone)

    def until(self, last: "Period") -> Iterator["Period"]:
        """Give this period and those that follow, `last` included."""
        period = self
        while period.first <= last.first:
            yield period
            period = period.next


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the day of a time zone that a moment lies in."""
    return moment.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day of a time zone, UTC.

    A midnight that daylight saving leaves out is the moment of the change; of one that comes twice
    it is the first (PEP 495, fold=0).
    """
    return datetime.combine(day, time.min, zone).astimezone(UTC)
