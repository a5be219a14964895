import base64
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.devices.pushing import Pushed
from api.errors import ProblemError
from api.mqtt_ingest.broker import Broker, broker_of
from api.mqtt_ingest.message import read_message

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
PICTURE = base64.b64encode(b"\xff\xd8\xff").decode()


def read(
    payload: bytes, topic: str = "poles/7/pictures", wanted: str = "poles/+/pictures"
) -> Pushed:
    """Read a message as of `NOW`."""
    return read_message(topic, payload, topic_filter=wanted, received_at=NOW, zone=SHANGHAI)


def told(**values: Any) -> bytes:
    """Return a message with a picture."""
    return json.dumps({"picture": PICTURE, **values}).encode()


def test_a_bare_picture_is_of_now() -> None:
    pushed = read(b"\xff\xd8\xffrest")
    assert (pushed.data, pushed.captured_at, pushed.channel) == (b"\xff\xd8\xffrest", NOW, "7")


def test_json_says_more() -> None:
    detection = {"class": "car", "box": [0.1, 0.2, 0.3, 0.4], "score": 0.5, "plate": "京A12345"}
    pushed = read(
        told(
            captured_at="2026-11-22T08:00:00",
            channel="back",
            id="1",
            latitude=30.1,
            longitude=120.2,
            detections=[detection],
            firmware="1.0",
        )
    )
    assert (pushed.data, pushed.channel) == (b"\xff\xd8\xff", "back")
    assert pushed.captured_at == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert pushed.measured == {"latitude": 30.1, "longitude": 120.2}
    (said,) = pushed.external
    assert (said.class_name, said.score, said.plate) == ("car", 0.5, "京A12345")
    assert said.box == (0.1, 0.2, 0.3, 0.4)
    assert pushed.event != read(told(id="2")).event


@pytest.mark.parametrize(
    ("topic", "wanted", "channel"),
    [
        ("poles/7/pictures", "poles/+/pictures", "7"),
        ("poles/7/pictures", "poles/7/pictures", None),
        ("poles/7/a/b", "poles/#", "7/a/b"),
        ("poles", "poles/#", None),
        ("city/east/poles/7", "city/+/poles/+", "east/7"),
    ],
)
def test_the_channel_is_what_wildcards_stand_for(
    topic: str, wanted: str, channel: str | None
) -> None:
    assert read(b"\xff\xd8\xff", topic, wanted).channel == channel


@pytest.mark.parametrize(
    "payload",
    [
        b"{",
        b"{}",
        b'{"picture": 1}',
        b'{"picture": "***"}',
        told(captured_at="yesterday"),
        told(detections=[{"class": "car", "box": [1, 2, 3, 4]}]),
        pytest.param(told(detections=[{"class": "car"}] * 101), id="too many detections"),
        told(channel="x" * 65),
        pytest.param(b'{"picture": ' * 10_000, id="nested too deeply"),
        b'{"picture": "\xff"}',
    ],
)
def test_nonsense_is_refused(payload: bytes) -> None:
    with pytest.raises(ProblemError):
        read(payload)


def test_an_address_of_a_broker_is_read() -> None:
    assert broker_of("mqtts://pole:s3cret%2Fwith%40@broker.example") == Broker(
        "broker.example", 8883, True, "pole", "s3cret/with@"
    )
    assert broker_of("mqtt://127.0.0.1:1884") == Broker("127.0.0.1", 1884, False, None, None)


@pytest.mark.parametrize("url", ["", "http://a", "mqtt://", "mqtt://a/topic", "mqtt://a:b"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be|Port"):
        broker_of(url)
