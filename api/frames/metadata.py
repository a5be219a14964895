"""What a gateway says of a frame: parsed by hand, because it stands before every frame."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

from api.errors import Unprocessable

HEADER_PREFIX = b"xunjian-"
HEADERS: dict[bytes, str] = {
    b"idempotency-key": "idempotency_key",
    b"xunjian-camera": "camera",
    b"xunjian-captured-at": "captured_at",
    b"xunjian-latitude": "latitude",
    b"xunjian-longitude": "longitude",
    b"xunjian-gps-accuracy": "gps_accuracy_m",
    b"xunjian-heading": "heading_deg",
    b"xunjian-speed": "speed_mps",
    b"xunjian-clock-offset-ms": "clock_offset_ms",
    b"xunjian-flags": "flags",
    b"xunjian-priority": "priority",
}

Priority = Literal["alert", "backfill"]
LIVE_WITHIN_S = 60.0
"""What was captured so lately is live where its gateway does not say."""

_KEY = re.compile(r"[\x20-\x7e]{1,200}")
# Name: (smallest, largest, what is said when it is neither).
_RANGES: dict[str, tuple[float, float, str]] = {
    "latitude": (-90.0, 90.0, "must lie between -90 and 90 degrees (WGS-84)"),
    "longitude": (-180.0, 180.0, "must lie between -180 and 180 degrees (WGS-84)"),
    "gps_accuracy_m": (
        math.ulp(0.0),
        math.inf,
        "must be greater than 0 (metres, 1-sigma radius)",
    ),
    "heading_deg": (0.0, 360.0, "must lie between 0 and 360 degrees, clockwise from true north"),
    "speed_mps": (0.0, math.inf, "must be 0 or more (metres per second)"),
    "clock_offset_ms": (-math.inf, math.inf, "must be a number of milliseconds"),
}
_NAMES = frozenset(HEADERS.values())
_FLAG = re.compile(r"([a-z][a-z0-9_.-]{0,39})=([^\x00-\x1f\x7f,=]{1,60})")
_MOST_FLAGS = 20


@dataclass(frozen=True, slots=True)
class FrameMetadata:
    """What a gateway says of a frame.

    Attributes:
        camera: id or name of a camera of the gateway.
        captured_at: when it was captured, by the gateway's clock, timezone-aware.
        idempotency_key: the gateway's name for this frame, 1 to 200 printable ASCII characters.
        latitude: WGS-84, degrees, -90 to 90; given together with the longitude or not at all.
        longitude: WGS-84, degrees, -180 to 180.
        gps_accuracy_m: 1-sigma radius of the position in metres, greater than 0.
        heading_deg: where the camera's vehicle is heading, degrees clockwise from true north,
            0 to less than 360.
        speed_mps: speed over ground in metres per second, 0 or more.
        clock_offset_ms: the gateway's clock minus the service's, in milliseconds.
        flags: what other devices at the camera say of the moment, for example an emission sensor:
            values by name; None without any.
        priority: whether it goes before what can wait, as the gateway says it; None where it does
            not.
    """

    camera: str
    captured_at: datetime
    idempotency_key: str
    latitude: float | None = None
    longitude: float | None = None
    gps_accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_mps: float | None = None
    clock_offset_ms: float | None = None
    flags: Mapping[str, str] | None = None
    priority: Priority | None = None

    def is_live(self, moment: datetime) -> bool:
        """Say whether it goes before what can wait: by its priority, or else by its age."""
        if self.priority is not None:
            return self.priority == "alert"
        return -self.ahead_s(moment) <= LIVE_WITHIN_S

    def ahead_s(self, moment: datetime) -> float:
        """Return how many seconds after a moment of our clock it says it was captured."""
        offset_s = (self.clock_offset_ms or 0.0) / 1000
        return self.captured_at.timestamp() - offset_s - moment.timestamp()

    def canonical(self, camera_id: str) -> bytes:
        """Return what must be the same when a frame is posted again.

        The measured clock offset and the priority are left out: a gateway that measures its clock
        anew, or is no longer in a hurry, still posts the same frame.
        """
        return json.dumps(
            [
                camera_id,
                self.captured_at.isoformat(),
                self.latitude,
                self.longitude,
                self.gps_accuracy_m,
                self.heading_deg,
                self.speed_mps,
                *([sorted(self.flags.items())] if self.flags else []),
            ]
        ).encode()


def metadata_of_request(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> FrameMetadata:
    """Read the metadata of a single frame from a request.

    Args:
        headers: names in lower case and values, as ASGI gives them; values are UTF-8.
        query: the query string; its names are those of `FrameMetadata`.

    Raises:
        Unprocessable: something is missing, unknown, given twice or out of range.
    """
    given: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for header, value in headers:
        name = HEADERS.get(header)
        if name is None:
            if header.startswith(HEADER_PREFIX):
                wrong.append((f"header.{header.decode('latin-1')}", "is not a header we know"))
            continue
        try:
            text = value.decode()
        except UnicodeDecodeError:
            wrong.append((name, "is not UTF-8"))
            continue
        if name in given:
            wrong.append((name, "is given twice"))
        given[name] = text
    if query:
        for name, text in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name in given:
                wrong.append((name, "is given twice"))
            given[name] = text
    return parse_metadata(given, wrong)


def parse_metadata(
    given: Mapping[str, Any], wrong: Iterable[tuple[str, str]] = ()
) -> FrameMetadata:
    """Check the metadata of one frame.

    Args:
        given: values by the names of `FrameMetadata`; numbers may be text.
        wrong: (name, what is wrong) found before.

    Raises:
        Unprocessable: with every error found, when there is any.
    """
    wrong = list(wrong)
    wrong.extend((name, "is not a name we know") for name in given if name not in _NAMES)
    camera = _text(given, "camera", wrong)
    key = _text(given, "idempotency_key", wrong)
    if key and not _KEY.fullmatch(key):
        wrong.append(("idempotency_key", "must be 1 to 200 printable ASCII characters"))
    captured_at = _time(_text(given, "captured_at", wrong), wrong)
    numbers = {name: _number(given.get(name), name, wrong) for name in _RANGES}
    if (given.get("latitude") is None) != (given.get("longitude") is None):
        wrong.append(("latitude", "and longitude are given together or not at all"))
    flags = _flags(given.get("flags"), wrong)
    priority = given.get("priority")
    if priority not in (None, "alert", "backfill"):
        wrong.append(("priority", "must be alert or backfill"))
    if numbers["heading_deg"] == 360.0:
        numbers["heading_deg"] = 0.0
    if wrong or captured_at is None:
        raise _unprocessable(wrong)
    return FrameMetadata(
        camera,
        captured_at,
        key,
        flags=flags,
        priority=cast("Priority | None", priority),
        **numbers,
    )


def _text(given: Mapping[str, Any], name: str, wrong: list[tuple[str, str]]) -> str:
    value = given.get(name)
    if value is None or value == "":
        wrong.append((name, "is required"))
    elif not isinstance(value, str) or "\0" in value:
        wrong.append((name, "must be text"))
    else:
        return value
    return ""


def _time(text: str, wrong: list[tuple[str, str]]) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    wrong.append(
        ("captured_at", "must be an RFC 3339 time with its offset, like 2026-11-21T08:00:00.123Z")
    )
    return None


def _number(value: Any, name: str, wrong: list[tuple[str, str]]) -> float | None:
    if value is None:
        return None
    smallest, largest, otherwise = _RANGES[name]
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isfinite(number) and smallest <= number <= largest:
        return number
    wrong.append((name, otherwise))
    return None


def _flags(value: Any, wrong: list[tuple[str, str]]) -> dict[str, str] | None:
    """Read flags: `name=value, …` as a header has them, or an object of texts as JSON has them."""
    if value is None or value == "" or value == {}:
        return None
    pairs = (
        [part.strip() for part in value.split(",")]
        if isinstance(value, str)
        else [f"{name}={text}" for name, text in value.items() if isinstance(text, str)]
        if isinstance(value, Mapping)
        else []
    )
    matches = [_FLAG.fullmatch(pair) for pair in pairs]
    flags = {match[1]: match[2].strip() for match in matches if match is not None}
    if not pairs or len(flags) != len(matches) or len(flags) > _MOST_FLAGS:
        wrong.append(("flags", f"must be name=value, … with at most {_MOST_FLAGS} different names"))
        return None
    return flags


def _unprocessable(wrong: list[tuple[str, str]]) -> Unprocessable:
    return Unprocessable(
        "; ".join(f"{name} {message}" for name, message in wrong[:3]),
        code="invalid-metadata",
        extra={"errors": [{"location": name, "message": message} for name, message in wrong]},
    )
