"""When is work: hours of the day, public holidays with the days made up for them (调休)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from api.rules.hours import Hours

_MIDNIGHT = 24 * 60
_AHEAD = timedelta(days=31)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone: write one like Asia/Shanghai") from None
    return name


def _country(code: str) -> str:
    import holidays

    if code not in holidays.list_supported_countries(include_aliases=False):
        raise ValueError(f"the public holidays of {code!r} are not known: write a code like CN")
    return code


def _hours(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    hours = Hours.parse(value)
    if hours.end <= hours.start:
        raise ValueError(f"{value!r} goes on past midnight: write two spans")
    return hours


_WORK = (Hours.parse("mon-fri 08:30-12:00"), Hours.parse("mon-fri 13:30-18:00"))
Days = Annotated[frozenset[date], Field(max_length=1000)]


class CalendarSettings(BaseModel):
    """When a city works, as its routing table says.

    A day that is made up for has the hours of the first day of the week that has any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    time_zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    country: Annotated[str, AfterValidator(_country)] | None = Field(
        "CN", description="ISO 3166-1 code: whose public holidays are kept; null for none"
    )
    hours: Annotated[
        tuple[Annotated[Hours, BeforeValidator(_hours)], ...], Field(min_length=1, max_length=50)
    ] = _WORK
    closed: Days = Field(frozenset(), description="days of the city without work")
    open: Days = Field(frozenset(), description="days of the city with work, whatever day it is")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if both := self.closed & self.open:
            raise ValueError(f"{min(both)} is both closed and open")
        for weekday in range(7):
            spans = self.on(weekday)
            for one, two in pairwise(spans):
                if two.start < one.end:
                    raise ValueError(f"{_clock(two.start)} is in two spans of a day")
        return self

    def on(self, weekday: int) -> list[Hours]:
        """Return the spans of a day of the week, 0 is Monday, in order."""
        return sorted(
            (hours for hours in self.hours if weekday in hours.days), key=lambda one: one.start
        )

    def warnings(self, at: datetime) -> list[str]:
        """Return what is not known of the month from a moment on.

        In China weekends are worked every year to make up for holidays, so that a year without
        such a day is one whose notice of the State Council is not out, or not in the package yet.
        """
        own, today = self.closed | self.open, at.astimezone(ZoneInfo(self.time_zone)).date()
        return [
            f"calendar: which weekends of {year} are worked is not known yet: update the package "
            "`holidays` when the State Council has said so, or write the days under closed and open"
            for year in sorted({today.year, (today + _AHEAD).year})
            if self.country == "CN"
            and not any(day.year == year for day in _public("CN", year)[1] | own)
        ]


class Calendar:
    """Counts time of work.

    Args:
        settings: when the city works.
    """

    def __init__(self, settings: CalendarSettings) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.time_zone)
        self._week = [settings.on(weekday) for weekday in range(7)]
        self._made_up = next(spans for spans in self._week if spans)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return how much time of work lies between two moments; none if the end comes first."""
        worked = timedelta()
        for opens, closes in self._spans(self._day(start)):
            if opens >= end:
                return worked
            worked += max(timedelta(), min(closes, end) - max(opens, start))
        raise AssertionError("days do not end")

    def after(self, start: datetime, work: timedelta) -> datetime:
        """Return the moment at which so much time of work has passed, UTC.

        It is the earliest such moment, so that work which fills a day is over when that day's
        work is; without any work it is the start.
        """
        if work <= timedelta():
            return start.astimezone(UTC)
        for opens, closes in self._spans(self._day(start)):
            begins = max(opens, start)
            if closes - begins >= work:
                return (begins + work).astimezone(UTC)
            work -= max(timedelta(), closes - begins)
        raise AssertionError("days do not end")

    def close_of_day(self, start: datetime, days: int) -> datetime:
        """Return when work ends on the n-th day of work after the day of a moment, UTC."""
        day = self._day(start)
        while days:
            day += timedelta(days=1)
            days -= bool(self.hours_of(day))
        return self._at(day, self.hours_of(day)[-1].end)

    def hours_of(self, day: date) -> list[Hours]:
        """Return the spans of work of a day, in order; none if there is no work."""
        settings = self._settings
        usual = self._week[day.weekday()]
        if day in settings.closed:
            return []
        if day in settings.open:
            return usual or self._made_up
        if settings.country is not None:
            off, made_up = _public(settings.country, day.year)
            if day in made_up:
                return usual or self._made_up
            if day in off:
                return []
        return usual

    def is_work(self, moment: datetime) -> bool:
        """Say whether a moment lies in time of work; the end of a span does not."""
        day = self._day(moment)
        return any(
            self._at(day, hours.start) <= moment < self._at(day, hours.end)
            for hours in self.hours_of(day)
        )

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        while True:
            for hours in self.hours_of(day):
                yield self._at(day, hours.start), self._at(day, hours.end)
            day += timedelta(days=1)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _at(self, day: date, minute: int) -> datetime:
        if minute == _MIDNIGHT:
            day, minute = day + timedelta(days=1), 0
        return datetime.combine(day, time(*divmod(minute, 60)), self._zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _public(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return a year's public holidays, and the weekend days that are worked to make up for some.

    Source: the `holidays` package, for China the notices of the State Council. A year whose notice
    is not out yet has the holidays of the law, none moved.
    """
    import holidays

    of_year = holidays.country_holidays(country, years=year, expand=False)
    return frozenset(of_year), frozenset(of_year.weekend_workdays)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
