"""No more bytes of a day and a month than the quota allows, whatever the power and the clock do."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.uplink import Quota

MEBIBYTE = 1024**2
BEIJING = timezone(timedelta(hours=8))


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def send(quota: Quota, size: int) -> bool:
    if not quota.reserve(size):
        return False
    quota.spend(size)
    quota.release(size)
    return True


def test_a_day_and_a_month_have_their_bounds_by_local_time(tmp_path: Path) -> None:
    clock = Clock()
    quota = Quota(tmp_path / "quota", per_day=100, per_month=250, timezone=BEIJING, now=clock)
    assert send(quota, 60)
    assert not send(quota, 50)
    assert send(quota, 40)
    clock.now = datetime(2026, 11, 22, 16, tzinfo=UTC)  # midnight in Beijing
    assert quota.spent_today == 0
    assert send(quota, 100)
    clock.now += timedelta(days=1)
    assert send(quota, 50)
    assert not send(quota, 10), "the month's"
    assert quota.spent_this_month == 250
    clock.now = datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert send(quota, 100)


def test_what_is_in_flight_counts_and_what_was_not_sent_does_not(tmp_path: Path) -> None:
    quota = Quota(tmp_path / "quota", per_day=100, now=Clock())
    assert quota.reserve(60)
    assert not quota.reserve(60)
    quota.release(60)
    assert quota.reserve(60)


def test_an_alert_may_go_beyond_and_is_counted(tmp_path: Path) -> None:
    quota = Quota(tmp_path / "quota", per_day=100, now=Clock())
    assert send(quota, 100)
    assert quota.reserve(50, beyond=True)
    quota.spend(50)
    quota.release(50)
    assert quota.spent_today == 150


def test_something_larger_than_the_quota_goes_when_nothing_else_did(tmp_path: Path) -> None:
    clock = Clock()
    quota = Quota(tmp_path / "quota", per_day=100, now=clock)
    assert send(quota, 10)
    assert not send(quota, 500)
    clock.now += timedelta(days=1)
    assert send(quota, 500)
    assert not send(quota, 1)


@settings(max_examples=40)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["send", "crash", "close"]), st.integers(1, 3 * MEBIBYTE)),
        max_size=30,
    )
)
def test_a_crash_never_lets_more_be_sent_and_costs_little(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("quota") / "count"
    most = 20 * MEBIBYTE
    quota = Quota(path, per_day=most, now=Clock())
    sent = crashes = 0
    for step, size in steps:
        if step == "send":
            if send(quota, size):
                sent += size
            else:
                assert sent + size + crashes * MEBIBYTE > most
        else:
            crashes += step == "crash"
            if step == "close":
                quota.close()
            quota = Quota(path, per_day=most, now=Clock())
    assert sent <= most
    assert sent <= quota.spent_today <= sent + crashes * MEBIBYTE


@settings(max_examples=40)
@given(days=st.lists(st.integers(-400, 400), max_size=20))
def test_a_clock_that_jumps_about_forgets_no_day(
    tmp_path_factory: pytest.TempPathFactory, days: list[int]
) -> None:
    clock = Clock()
    start = clock.now
    path = tmp_path_factory.mktemp("quota") / "count"
    sent: Counter[datetime] = Counter()
    quota = Quota(path, per_day=100, now=clock)
    for day in days:
        clock.now = start + timedelta(days=day)
        sent[clock.now] += 30 * send(quota, 30)
        assert quota.spent_today == sent[clock.now] <= 100
    clock.now = start
    assert quota.spent_today == sent[start]


def test_a_count_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "count"
    for nonsense in (b"\xff", b"[]", b'{"x": 1}', b'{"2026-11-22": "many"}', b"{"):
        path.write_bytes(nonsense)
        assert Quota(path, per_day=100, now=Clock()).spent_today == 0


def test_a_full_disk_does_not_keep_the_queue_from_being_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.uplink.quota.write_durably", full)
    quota = Quota(tmp_path / "count", per_day=100, now=Clock())
    assert send(quota, 60)
    assert not send(quota, 60)
