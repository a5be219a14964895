from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import SourceRefused
from gateway.positions.config import ReplayedPositions
from gateway.positions.replay import ReplayFeed
from gateway.sources.clock import capture_clock, utc
from tests.unit.gateway.positions.test_nmea import GGA, RMC, sentence

BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def gpx(path: Path, *points: tuple[int, float]) -> Path:
    """Write a track that goes north: seconds and degrees north of 30."""
    lines = "".join(
        f'<trkpt lat="{30 + north}" lon="120.1"><time>{(BEGIN + timedelta(seconds=at)).isoformat()}'
        "</time><hdop>1.5</hdop></trkpt>"
        for at, north in points
    )
    path.write_text(
        '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>{lines}</trkseg></trk></gpx>"
    )
    return path


def feed(path: Path, *, starts_now: bool = False) -> ReplayFeed:
    return ReplayFeed(ReplayedPositions(kind="replay", path=path, starts_now=starts_now), 3.0)


def test_a_picture_between_two_points_lies_between_them(tmp_path: Path) -> None:
    fix = feed(gpx(tmp_path / "drive.gpx", (0, 0.0), (2, 0.0002))).at(BEGIN + timedelta(seconds=1))
    assert fix is not None
    assert fix.latitude == pytest.approx(30.0001, abs=1e-7)
    assert fix.speed_mps == pytest.approx(11.1, abs=0.1)
    assert fix.heading_deg == pytest.approx(0, abs=0.01)
    assert fix.accuracy_m == pytest.approx(7.5)


def test_no_position_is_made_up_across_a_gap(tmp_path: Path) -> None:
    drive = feed(gpx(tmp_path / "drive.gpx", (0, 0.0), (60, 0.01)))
    assert drive.at(BEGIN + timedelta(seconds=30)) is None
    assert drive.at(BEGIN - timedelta(seconds=4)) is None
    near = drive.at(BEGIN + timedelta(seconds=58))
    assert near is not None
    assert near.latitude == pytest.approx(30.01)


def test_a_drive_can_begin_now(tmp_path: Path) -> None:
    drive = feed(gpx(tmp_path / "drive.gpx", (0, 0.0), (5, 0.0005)), starts_now=True)
    fix = drive.at(utc(capture_clock.now()))
    assert fix is not None
    assert fix.latitude == pytest.approx(30.0, abs=1e-4)


def test_nmea_with_damaged_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "drive.nmea"
    damaged = sentence(RMC.replace("080013", "080014")).replace("3016", "4016")
    path.write_text(sentence(GGA) + sentence(RMC) + damaged)
    drive = feed(path)
    fix = drive.at(datetime(2026, 11, 22, 8, 0, 14, tzinfo=UTC))
    assert fix is not None
    assert fix.latitude == pytest.approx(30.275267, abs=1e-6)
    assert fix.accuracy_m == pytest.approx(6.0)


@pytest.mark.parametrize("content", ["", "<gpx", "<gpx version='1.1'></gpx>"])
def test_a_file_without_positions_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "drive.gpx"
    path.write_text(content)
    with pytest.raises(SourceRefused, match=r"drive\.gpx"):
        feed(path)
