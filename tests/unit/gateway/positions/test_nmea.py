from datetime import UTC, datetime

import pytest

from gateway.positions.gpsd import read_report
from gateway.positions.nmea import NmeaReader

RMC = "GPRMC,080013.00,A,3016.5160,N,12009.3060,E,19.4,271.5,221126,,,A"
GGA = "GPGGA,080013.00,3016.5160,N,12009.3060,E,1,08,1.2,10.0,M,0.0,M,,"
GST = "GPGST,080013.00,5.0,,,,3.0,4.0,6.0"


def sentence(body: str) -> str:
    checksum = 0
    for character in body:
        checksum ^= ord(character)
    return f"${body}*{checksum:02X}\r\n"


def test_a_position_is_wgs_84_with_course_speed_and_accuracy() -> None:
    reader = NmeaReader()
    assert reader.read(sentence(GGA)) is None
    reading = reader.read(sentence(RMC))
    assert reading is not None
    assert (reading.latitude, reading.longitude) == pytest.approx((30.275267, 120.1551), abs=1e-6)
    assert reading.speed_mps == pytest.approx(9.98, abs=0.01)
    assert reading.heading_deg == 271.5
    assert reading.accuracy_m == pytest.approx(6.0)
    assert reading.time == datetime(2026, 11, 22, 8, 0, 13, tzinfo=UTC)


def test_what_the_receiver_says_of_its_error_goes_before_what_is_assumed() -> None:
    reader = NmeaReader()
    for body in (GST, GGA):
        reader.read(sentence(body))
    reading = reader.read(sentence(RMC))
    assert reading is not None
    assert reading.accuracy_m == pytest.approx(5.0)
    alone = reader.read(sentence(RMC))
    assert alone is not None
    assert alone.accuracy_m is None, "what was said of an earlier position"


@pytest.mark.parametrize(
    "line",
    [
        sentence(RMC).replace("3016", "3017"),
        sentence(RMC)[:30],
        sentence(RMC.replace(",A,3016", ",V,3016")),
        sentence("GPRMC,080013.00,A,,,,,,,221126,,,A"),
        "",
        "$GPRMC",
        "\x00\xff garbage",
    ],
    ids=["checksum", "cut", "void", "empty", "nothing", "short", "noise"],
)
def test_damaged_or_void_sentences_are_no_position(line: str) -> None:
    reader = NmeaReader()
    assert reader.read(line) is None
    assert reader.read(sentence(RMC)) is not None


def test_positions_of_another_datum_are_left_out() -> None:
    reader = NmeaReader()
    reader.read(sentence("GPDTM,999,,0.0,N,0.0,E,0.0,W84"))
    assert reader.read(sentence(RMC)) is None
    reader.read(sentence("GPDTM,W84,,0.0,N,0.0,E,0.0,W84"))
    assert reader.read(sentence(RMC)) is not None


def test_a_report_of_gpsd_becomes_a_position_of_one_sigma() -> None:
    reading = read_report(
        '{"class":"TPV","mode":3,"lat":30.2,"lon":120.1,"track":12.5,"speed":9.98,"eph":22.8}'
    )
    assert reading is not None
    assert (reading.latitude, reading.longitude) == (30.2, 120.1)
    assert reading.accuracy_m == pytest.approx(14.06, abs=0.01)
    assert (reading.heading_deg, reading.speed_mps) == (12.5, 9.98)


@pytest.mark.parametrize(
    "line",
    [
        '{"class":"TPV","mode":1}',
        '{"class":"TPV","mode":3,"lat":30.2}',
        '{"class":"SKY"}',
        "[1]",
        "3",
        "{",
        '{"class":"TPV","mode":"3","lat":1,"lon":2}',
    ],
)
def test_other_reports_are_no_position(line: str) -> None:
    assert read_report(line) is None
