"""When a picture was taken: lists, EXIF and names as cameras write them."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from PIL import Image

from inference.sites.errors import TimesUnknown
from inference.sites.times import read_times, time_of, why_undated

MOMENT = datetime(2026, 1, 22, 22, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "2026-01-22_22-23-05.jpg",
        "20260122_222305.jpg",
        "20260122222305.png",
        "20260122222305123.jpg",
        "192.168.1.64_01_20260122222305123_TIMING.jpg",
        "cam7-2026-01-22T22:23:05Z.jpg",
        "2026.01.22 22.23.05.jpg",
        "2026年01月22日22时23分05秒.jpg",
        "2026-1-22_22-23-5.jpg",
        "1769120585.jpg",
        "cam_1769120585000.jpg",
        "2026-01-22/22-23-05.jpg",
        "cam1/20260122/222305.jpg",
    ],
)
def test_names_tell_date_and_time(name: str, tmp_path: Path) -> None:
    assert time_of(tmp_path / name) == MOMENT


@pytest.mark.parametrize("name", ["06-57-28.jpg", "frame_0001.jpg", "2026-13-41_25-61-61.jpg"])
def test_what_is_missing_is_said_with_how_to_mend_it(name: str, tmp_path: Path) -> None:
    assert time_of(tmp_path / name) is None
    assert "--times" in why_undated(Path(name))
    if name.startswith("06"):
        assert "an hour but no day" in why_undated(Path(name))


def test_exif_goes_before_the_name(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:01:22 22:23:05"
    Image.new("RGB", (8, 8)).save(tmp_path / "20200101_000000.jpg", exif=exif)
    assert time_of(tmp_path / "20200101_000000.jpg") == MOMENT


def test_a_list_tells_times_with_and_without_zone(tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text(
        "file,captured_at,note\na.jpg,2026-01-22T22:23:05,x\nb.jpg,2026-01-22T22:23:05+08:00,\n"
    )
    there = MOMENT.replace(tzinfo=timezone(timedelta(hours=8)))
    assert read_times(path) == {"a.jpg": MOMENT, "b.jpg": there}


@pytest.mark.parametrize(
    "text", ["", "file,captured_at\n", "file,captured_at\na.jpg,soon\n", "a,b\n1,2\n"]
)
def test_a_list_without_times_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text(text)
    with pytest.raises(TimesUnknown) as raised:
        read_times(path)
    assert raised.value.hint
