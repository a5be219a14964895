"""Days and weeks of a time zone, also where the clock is moved."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.counts.periods import Period, PeriodKind, day_start

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu"]


@given(
    kind=st.sampled_from(PeriodKind),
    moment=st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
)
def test_every_moment_lies_in_one_period_and_the_next_one_follows(
    kind: PeriodKind, moment: datetime, zone: str
) -> None:
    at = moment.replace(tzinfo=UTC)
    period = Period.of(kind, at, ZoneInfo(zone))
    assert period.start <= at < period.end
    assert period.next.start == period.end
    assert Period.of(kind, period.start, ZoneInfo(zone)) == period
    assert Period.of(kind, period.end - timedelta(microseconds=1), ZoneInfo(zone)) == period
    assert (period.last - period.first).days == (6 if kind is PeriodKind.WEEK else 0)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 11, 21), "2026-W47"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_weeks_are_named_by_iso_8601(day: date, name: str) -> None:
    assert Period.of_day(PeriodKind.WEEK, day, ZoneInfo("Asia/Shanghai")).name == name


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself was left out
        ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
    ],
)
def test_daylight_saving_makes_days_longer_or_shorter(zone: str, day: date, hours: int) -> None:
    period = Period.of_day(PeriodKind.DAY, day, ZoneInfo(zone))
    assert period.end - period.start == timedelta(hours=hours)
    assert period.start.astimezone(ZoneInfo(zone)).date() == day


def test_shanghais_day_begins_at_16_utc() -> None:
    assert day_start(date(2026, 7, 6), ZoneInfo("Asia/Shanghai")) == datetime(
        2026, 7, 5, 16, tzinfo=UTC
    )
