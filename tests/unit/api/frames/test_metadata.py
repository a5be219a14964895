import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import Unprocessable
from api.frames.metadata import HEADERS, FrameMetadata, metadata_of_request, parse_metadata

NEEDED = {
    "camera": "bus-17-front",
    "captured_at": "2026-11-21T08:00:00.123Z",
    "idempotency_key": "bus-17/000123",
}


def refused(given: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Unprocessable) as raised:
        parse_metadata(given)
    assert raised.value.code == "invalid-metadata"
    return [(one["location"], one["message"]) for one in raised.value.extra["errors"]]


def test_headers_and_query_say_the_same() -> None:
    values = {
        **NEEDED,
        "latitude": "30.2741",
        "longitude": "120.1551",
        "gps_accuracy_m": "4.5",
        "heading_deg": "271.5",
        "speed_mps": "8.3",
        "clock_offset_ms": "-40",
        "priority": "backfill",
    }
    names = {name: header for header, name in HEADERS.items()}
    by_header = metadata_of_request(
        [(names[name], value.encode()) for name, value in values.items()], b""
    )
    by_query = metadata_of_request([], urlencode(values).encode())
    assert by_header == by_query == parse_metadata(values)
    assert by_header == FrameMetadata(
        camera="bus-17-front",
        captured_at=datetime(2026, 11, 21, 8, 0, 0, 123000, tzinfo=UTC),
        idempotency_key="bus-17/000123",
        latitude=30.2741,
        longitude=120.1551,
        gps_accuracy_m=4.5,
        heading_deg=271.5,
        speed_mps=8.3,
        clock_offset_ms=-40.0,
        priority="backfill",
    )


def test_a_camera_may_have_a_chinese_name_in_either_place() -> None:
    headers = [(b"idempotency-key", b"k"), (b"xunjian-captured-at", b"2026-11-21T08:00:00+08:00")]
    name = "17路前置"
    assert metadata_of_request([*headers, (b"xunjian-camera", name.encode())], b"").camera == name
    query = urlencode({"camera": name}).encode()
    assert metadata_of_request(headers, query).camera == name


def test_an_offset_is_kept_as_utc() -> None:
    metadata = parse_metadata(NEEDED | {"captured_at": "2026-11-21T16:00:00+08:00"})
    assert metadata.captured_at == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert metadata.captured_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_is_named(name: str) -> None:
    assert refused(NEEDED | {name: None}) == [(name, "is required")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("captured_at", "2026-11-21T08:00:00"),
        ("captured_at", "yesterday"),
        ("captured_at", "0001-01-01T00:00:00+14:00"),
        ("captured_at", 1763712000),
        ("latitude", "91"),
        ("latitude", "nan"),
        ("longitude", "-180.5"),
        ("longitude", "east"),
        ("gps_accuracy_m", "0"),
        ("gps_accuracy_m", "inf"),
        ("heading_deg", "361"),
        ("heading_deg", "-1"),
        ("speed_mps", "-0.1"),
        ("speed_mps", True),
        ("clock_offset_ms", "1e400"),
        ("clock_offset_ms", [1]),
        ("idempotency_key", "k" * 201),
        ("idempotency_key", "钥匙"),
        ("idempotency_key", "a\nb"),
        ("camera", 7),
        ("camera", "a\0b"),
        ("lattitude", "30"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: Any) -> None:
    good = {"latitude": "30", "longitude": "120"}
    errors = refused(NEEDED | good | {name: value})
    assert [location for location, _ in errors] == [name]


def test_a_position_is_given_whole() -> None:
    assert refused(NEEDED | {"latitude": 30.0})[0][0] == "latitude"


def test_every_error_is_told_at_once() -> None:
    wrong = refused({"camera": "c", "latitude": "x", "longitude": "y"})
    assert {location for location, _ in wrong} == {
        "idempotency_key",
        "captured_at",
        "latitude",
        "longitude",
    }


def test_an_unknown_header_of_ours_and_a_value_given_twice_are_refused() -> None:
    headers = [
        (b"xunjian-camera", b"c"),
        (b"xunjian-lattitude", b"30"),
        (b"xunjian-captured-at", b"2026-11-21T08:00:00Z"),
        (b"idempotency-key", b"k"),
        (b"accept", b"*/*"),
    ]
    with pytest.raises(Unprocessable) as raised:
        metadata_of_request(headers, b"camera=d")
    locations = [one["location"] for one in raised.value.extra["errors"]]
    assert locations == ["header.xunjian-lattitude", "camera"]


def test_due_north_is_zero() -> None:
    assert parse_metadata(NEEDED | {"heading_deg": 360}).heading_deg == 0.0


def test_a_clock_measured_anew_is_still_the_same_frame() -> None:
    first = parse_metadata(NEEDED | {"clock_offset_ms": 10})
    again = parse_metadata(NEEDED | {"clock_offset_ms": 12})
    moved = parse_metadata(NEEDED | {"latitude": 30, "longitude": 120})
    assert first.canonical("id") == again.canonical("id")
    assert first.canonical("id") != moved.canonical("id")
    assert first.canonical("id") != first.canonical("other")


def test_the_clock_offset_counts_when_the_future_is_told() -> None:
    metadata = parse_metadata(NEEDED | {"clock_offset_ms": 60_000})
    assert metadata.ahead_s(metadata.captured_at) == pytest.approx(-60)


_text = st.text(max_size=30)
_anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _text, st.lists(_text))


@given(
    st.dictionaries(st.sampled_from([*HEADERS.values(), "other"]), _anything),
)
def test_any_metadata_is_read_or_refused(given: dict[str, Any]) -> None:
    with contextlib.suppress(Unprocessable):
        metadata = parse_metadata(given)
        metadata.ahead_s(datetime(2026, 11, 21, tzinfo=UTC))
        metadata.canonical("id")


@given(
    st.lists(st.tuples(st.sampled_from([*HEADERS, b"accept", b"xunjian-x"]), st.binary())),
    st.binary(),
)
def test_any_request_is_read_or_refused(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    with contextlib.suppress(Unprocessable):
        metadata_of_request(headers, query)


@pytest.mark.parametrize(
    ("priority", "age_s", "live"),
    [
        (None, 59.0, True),
        (None, 61.0, False),
        (None, -5.0, True),
        ("alert", 1e6, True),
        ("backfill", 0.0, False),
    ],
)
def test_what_is_new_is_live_unless_its_gateway_says_otherwise(
    priority: str | None, age_s: float, live: bool
) -> None:
    received_at = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    captured_at = received_at + timedelta(seconds=7 - age_s)
    metadata = parse_metadata(
        {
            **NEEDED,
            "captured_at": captured_at.isoformat(),
            "clock_offset_ms": 7000,
            **({"priority": priority} if priority else {}),
        }
    )
    assert metadata.is_live(received_at) is live


def test_a_frame_stays_the_same_whatever_its_priority() -> None:
    hurried, later = (parse_metadata({**NEEDED, "priority": one}) for one in ("alert", "backfill"))
    assert hurried.canonical("c") == later.canonical("c") == parse_metadata(NEEDED).canonical("c")
    assert refused({**NEEDED, "priority": "urgent"})[0][0] == "priority"
