"""Terms and the working calendar, held against days that people in China worked or did not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.deadlines.calendar import Calendar, CalendarSettings
from api.deadlines.terms import Term, Unit, after, due, elapsed

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(CalendarSettings())
MOMENTS = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TERMS = st.builds(Term, st.integers(1, 60), st.sampled_from(Unit))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("24h", Term(24, Unit.HOUR)),
        (" 24 Hours ", Term(24, Unit.HOUR)),
        ("90 min", Term(90, Unit.MINUTE)),
        ("8 working hours", Term(8, Unit.WORKING_HOUR)),
        ("1 working  day", Term(1, Unit.WORKING_DAY)),
        ("3个工作日", Term(3, Unit.WORKING_DAY)),
        ("4工作时", Term(4, Unit.WORKING_HOUR)),
        ("2紧急工作时", Term(2, Unit.HOUR)),
    ],
)
def test_terms_are_read(text: str, term: Term) -> None:
    assert Term.parse(text) == term


@pytest.mark.parametrize(
    "text", ["", "h", "0h", "-1h", "1.5h", "3 days", "1000h", "3 working", "٣h"]
)
def test_what_is_no_term_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write 24h"):
        Term.parse(text)


@given(TERMS)
def test_a_term_is_written_as_it_is_read(term: Term) -> None:
    assert Term.parse(str(term)) == term


# The State Council moved work to 20 September and 10 October 2026, so that 1 to 7 October are off.
@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-09-30 10:00", "24h", "2026-10-01 10:00"),
        ("2026-11-23 09:00", "90 min", "2026-11-23 10:30"),
        ("2026-11-23 10:00", "1 working hour", "2026-11-23 11:00"),
        ("2026-11-23 11:30", "1 working hour", "2026-11-23 14:00"),
        ("2026-11-23 08:30", "8 working hours", "2026-11-23 18:00"),
        ("2026-11-23 03:00", "8 working hours", "2026-11-23 18:00"),
        ("2026-11-20 17:00", "2 working hours", "2026-11-23 09:30"),
        ("2026-09-30 17:00", "2 working hours", "2026-10-08 09:30"),
        ("2026-09-30 10:00", "1 working day", "2026-10-08 18:00"),
        ("2026-10-08 10:00", "2 working days", "2026-10-10 18:00"),
        ("2026-10-10 23:59", "1 working day", "2026-10-12 18:00"),
        ("2026-02-13 12:00", "1 working day", "2026-02-14 18:00"),
        ("2026-02-14 12:00", "1 working day", "2026-02-24 18:00"),
    ],
)
def test_when_a_term_is_over(start: str, term: str, end: str) -> None:
    assert due(local(start), Term.parse(term), CALENDAR) == local(end)


@pytest.mark.parametrize(
    ("year", "made_up"),
    [
        (2024, "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"),
        (2025, "01-26 02-08 04-27 09-28 10-11"),
        (2026, "01-04 02-14 02-28 05-09 09-20 10-10"),
    ],
)
def test_weekends_are_worked_where_the_state_council_says_so(year: int, made_up: str) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    weekends = [day for day in days if day.weekday() >= 5 and CALENDAR.hours_of(day)]
    assert [f"{day:%m-%d}" for day in weekends] == made_up.split()


def test_the_days_of_the_city_go_before_those_of_the_country() -> None:
    settings = CalendarSettings.model_validate(
        {"closed": ["2026-11-23", "2026-10-10"], "open": ["2026-10-01", "2026-11-22"]}
    )
    calendar = Calendar(settings)
    assert not calendar.hours_of(date(2026, 11, 23))
    assert not calendar.hours_of(date(2026, 10, 10))
    assert calendar.hours_of(date(2026, 10, 1))
    assert calendar.hours_of(date(2026, 11, 22))


def test_a_day_made_up_for_has_the_hours_of_the_first_day_of_the_week() -> None:
    hours = ["tue-thu 09:00-17:00", "fri 09:00-12:00"]
    calendar = Calendar(CalendarSettings.model_validate({"hours": hours}))
    saturday = date(2026, 10, 10)
    assert calendar.hours_of(saturday) == calendar.hours_of(date(2026, 10, 13))
    assert not calendar.hours_of(date(2026, 10, 12)), "nobody works on Mondays here"


def test_a_country_may_have_no_holidays_here_and_a_day_24_hours() -> None:
    settings = CalendarSettings.model_validate({"country": None, "hours": ["00:00-24:00"]})
    calendar = Calendar(settings)
    start = local("2026-09-30 10:00")
    assert calendar.elapsed(start, start + timedelta(days=30)) == timedelta(days=30)
    assert calendar.close_of_day(start, 1) == local("2026-10-02 00:00")


def test_an_hour_that_daylight_saving_skips_is_not_worked() -> None:
    calendar = Calendar(
        CalendarSettings.model_validate(
            {"time_zone": "Europe/Berlin", "country": None, "hours": ["00:00-24:00"]}
        )
    )
    assert calendar.close_of_day(datetime(2026, 3, 28, 12, tzinfo=UTC), 1) == datetime(
        2026, 3, 29, 22, tzinfo=UTC
    )
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert calendar.elapsed(start, start + timedelta(days=1)) == timedelta(days=1)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"time_zone": "Mars"}, "no time zone"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
        ({"country": "XX"}, "not known"),
        ({"hours": []}, "at least 1 item"),
        ({"hours": ["22:00-06:00"]}, "past midnight"),
        ({"hours": ["09:00"]}, "is no span"),
        ({"hours": ["09:00-12:00", "mon 11:00-18:00"]}, "11:00 is in two spans"),
        ({"closed": ["2026-11-23"], "open": ["2026-11-23"]}, "both closed and open"),
        ({"weekend": "sun"}, "Extra inputs"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        CalendarSettings.model_validate(values)


def test_a_year_whose_notice_is_not_out_is_warned_of_a_month_before() -> None:
    settings = CalendarSettings()
    assert settings.warnings(local("2026-11-22")) == []
    (this,) = settings.warnings(local("2098-11-01"))
    assert "which weekends of 2098" in this
    _, coming = settings.warnings(local("2098-12-15"))
    assert "which weekends of 2099" in coming
    known = CalendarSettings.model_validate({"open": ["2098-02-01"], "closed": ["2099-01-04"]})
    assert known.warnings(local("2098-12-15")) == []
    assert CalendarSettings(country=None).warnings(local("2098-12-15")) == []


@given(MOMENTS, TERMS)
def test_as_much_time_passes_until_a_term_is_over_as_it_counts(start: datetime, term: Term) -> None:
    end = due(start, term, CALENDAR)
    assert end > start
    assert end.tzinfo is UTC
    counted = elapsed(start, end, term, CALENDAR)
    assert after(start, counted, term, CALENDAR) == end
    if term.unit is Unit.WORKING_HOUR:
        assert counted == timedelta(hours=term.amount)


@given(MOMENTS, st.tuples(st.timedeltas(), st.timedeltas()), TERMS)
def test_time_that_is_counted_adds_up(
    start: datetime, gaps: tuple[timedelta, timedelta], term: Term
) -> None:
    first, second = (timedelta(seconds=abs(gap.total_seconds()) % 5_000_000) for gap in gaps)
    middle, end = start + first, start + first + second
    whole = elapsed(start, end, term, CALENDAR)
    parts = elapsed(start, middle, term, CALENDAR) + elapsed(middle, end, term, CALENDAR)
    assert whole == parts
    assert elapsed(end, start, term, CALENDAR) == timedelta()
