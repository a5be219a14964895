from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.devices.clocks import moment_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
EIGHT = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T08:00:00+08:00",
        "2026-11-22T00:00:00Z",
        "2026-11-22T08:00:00",
        "2026-11-22 08:00:00.000",
        " 20261122080000 ",
        "20261122080000000",
        "2026-11-21T19:00:00.000-05:00",
    ],
)
def test_a_time_is_what_the_device_says_and_local_without_an_offset(text: str) -> None:
    assert moment_of(text, SHANGHAI) == EIGHT


def test_milliseconds_count() -> None:
    moment = moment_of("20261122080000365", SHANGHAI)
    assert moment is not None
    assert moment.microsecond == 365_000


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-13-01T00:00:00", "20261322080000000", "0001-01-01T00:00:00+14:00"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert moment_of(text, SHANGHAI) is None
