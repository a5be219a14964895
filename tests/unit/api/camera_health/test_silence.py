"""A camera is silent by its own rhythm."""

from datetime import UTC, datetime, timedelta

import pytest

from api.camera_health.silence import Rhythm, hour_of, is_silent

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)  # a Sunday
FLOOR, CEILING = timedelta(minutes=15), timedelta(days=1)


def rhythm(days: int, hours: range, pictures: int, *, but_not_on: int | None = None) -> Rhythm:
    """Return a camera that sent so many pictures in these hours of the day."""
    start = hour_of(NOW)
    past = (start - timedelta(hours=back) for back in range(1, days * 24 + 1))
    return Rhythm(
        {hour: pictures for hour in past if hour.hour in hours and hour.weekday() != but_not_on}
    )


def silent(known: Rhythm, quiet: timedelta, *, at: datetime = NOW) -> bool:
    return is_silent(known, heard_at=at - quiet, at=at, floor=FLOOR, ceiling=CEILING)


def test_a_checkpoint_that_never_sleeps_is_silent_after_a_quarter_of_an_hour() -> None:
    checkpoint = rhythm(15, range(24), 1800)
    assert not silent(checkpoint, timedelta(minutes=14))
    assert silent(checkpoint, timedelta(minutes=15))


def test_a_bus_at_night_is_not_silent() -> None:
    bus = rhythm(15, range(6, 22), 500)
    night = NOW.replace(hour=4)
    assert not silent(bus, timedelta(hours=6), at=night)
    assert silent(bus, timedelta(hours=9), at=NOW.replace(hour=7))


def test_a_day_of_rest_is_not_silence() -> None:
    bus = rhythm(15, range(6, 22), 500, but_not_on=NOW.weekday())
    assert not silent(bus, timedelta(hours=16))


def test_a_pole_with_a_picture_an_hour_is_not_silent_after_the_first_that_is_missing() -> None:
    pole = rhythm(15, range(24), 1)
    assert not silent(pole, timedelta(hours=9))
    assert silent(pole, timedelta(hours=11))


def test_a_weekly_outage_makes_nothing_usual_that_was_not() -> None:
    hours = dict(rhythm(15, range(24), 1800).hours)
    del hours[hour_of(NOW) - timedelta(weeks=1)]
    assert not silent(Rhythm(hours), timedelta(minutes=20))


@pytest.mark.parametrize(("days", "expected"), [(1, False), (2, True), (9, True)])
def test_a_new_camera_has_a_rhythm_after_two_days(days: int, expected: bool) -> None:
    assert silent(rhythm(days, range(24), 1800), timedelta(minutes=20)) is expected


def test_without_a_rhythm_there_is_the_ceiling() -> None:
    assert not silent(Rhythm({}), timedelta(hours=23))
    assert silent(Rhythm({}), CEILING)
