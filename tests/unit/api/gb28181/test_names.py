from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.gb28181.names import read_name

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAME = "34020000001310000001022025081609220825001"


@pytest.mark.parametrize(
    "name", [NAME, f"{NAME}.jpg", f"{NAME}.JPEG", f"C:\\a\\{NAME}.jpg", f"a/{NAME}"]
)
def test_a_name_tells_who_and_when(name: str) -> None:
    read = read_name(name, SHANGHAI)
    assert read is not None
    assert read.channel == "34020000001310000001"
    assert read.at.astimezone(UTC) == datetime(2025, 8, 16, 1, 22, 8, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "snapshot.jpg",
        NAME[:-1],
        f"{NAME}0",
        NAME.replace("20250816", "20251316"),
        f"{NAME}.jpg.exe",
    ],
)
def test_other_names_tell_nothing(name: str) -> None:
    assert read_name(name, SHANGHAI) is None
