"""Alarms, in all the ways that devices write them, and what is none."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import strategies

from api.devices.parts import Part
from api.errors import BadRequest
from api.isapi.alert import read_alert
from api.isapi.pictures import pictures_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
TOLD = {
    "channelID": 2,
    "dateTime": "2026-11-22T08:00:00+08:00",
    "activePostCount": 1,
    "eventType": "ANPR",
    "eventState": "active",
    "ANPR": {
        "licensePlate": "京A12345",
        "confidenceLevel": 97,
        "plateColor": "newEnergyGreen",
        "vehicleType": "largeBus",
        "pictureInfoList": [
            {
                "fileName": "licensePlatePicture.jpg",
                "type": "licensePlatePicture",
                "pId": "a",
            },
            {
                "fileName": "detectionPicture.jpg",
                "type": "detectionPicture",
                "pId": "b",
                "absTime": "20261122080001250",
                "plateRect": {"X": 500, "Y": 500, "width": 100, "height": 50},
                "vehicelRect": {"X": 250, "Y": 250, "width": 500, "height": 500},
            },
        ],
    },
}
XML = """<?xml version="1.0" encoding="{encoding}"?>
<EventNotificationAlert version="2.0" xmlns="{namespace}">
<channelID>2</channelID><dateTime>2026-11-22T08:00:00</dateTime>
<eventType>ANPR</eventType><eventState>active</eventState><UUID>1</UUID>
<ANPR><licensePlate>京A12345</licensePlate><licensePlateInfo><plateColor>yellow</plateColor>
</licensePlateInfo><vehicleType>unknown</vehicleType></ANPR></EventNotificationAlert>"""


def part(content_id: str, name: str = "", data: bytes = b"\xff\xd8\xff") -> Part:
    return Part(name, f"{name}.jpg", "image/jpeg", content_id, data)


def test_the_scene_of_an_alarm_is_taken_with_what_is_said_of_it() -> None:
    alert = read_alert(json.dumps(TOLD).encode(), SHANGHAI)
    (pushed,) = pictures_of(alert, [part("a", data=b"\xff\xd8\xffplate"), part("b")], SHANGHAI)
    assert (pushed.channel, pushed.data) == ("2", b"\xff\xd8\xff")
    assert pushed.captured_at == datetime(2026, 11, 22, 0, 0, 1, 250_000, tzinfo=UTC)
    vehicle, plate = pushed.external
    assert (vehicle.class_name, vehicle.box) == ("bus", (0.25, 0.25, 0.75, 0.75))
    assert (plate.class_name, plate.plate, plate.score) == ("plate", "京A12345", 0.97)
    assert plate.box == pytest.approx((0.5, 0.5, 0.6, 0.55))
    assert plate.attributes["plate_color"] == "green"


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.isapi.org/ver20/XMLSchema",
        "http://www.hikvision.com/ver20/XMLSchema",
        "http://www.std-cgi.com/ver10/XMLSchema",
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "gb2312", "GBK"])
def test_namespaces_and_encodings_differ_between_firmwares(namespace: str, encoding: str) -> None:
    data = XML.format(namespace=namespace, encoding=encoding).encode(encoding)
    alert = read_alert(data, SHANGHAI)
    assert (alert.event_type, alert.channel, alert.active) == ("anpr", "2", True)
    assert alert.at == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    (pushed,) = pictures_of(alert, [part("", "detectionPicture")], SHANGHAI)
    (plate,) = pushed.external
    assert (plate.plate, plate.attributes["plate_color"]) == ("京A12345", "yellow")


@pytest.mark.parametrize(
    ("changes", "active"),
    [
        ({"eventType": "videoloss", "eventState": "inactive"}, False),
        ({"eventType": "heartBeat"}, False),
        ({"eventType": "videoloss", "eventState": "active"}, True),
        ({"eventType": "VMD"}, True),
    ],
)
def test_a_heartbeat_is_no_event(changes: dict[str, str], active: bool) -> None:
    assert read_alert(json.dumps(TOLD | changes).encode(), SHANGHAI).active is active


def test_cut_outs_alone_are_no_scene_but_a_vehicle_is() -> None:
    alert = read_alert(json.dumps({**TOLD, "ANPR": {}}).encode(), SHANGHAI)
    cut_outs = [
        part("1", "licensePlatePicture"),
        part("2", "featurePicture"),
        part("3", "facePicture"),
    ]
    assert pictures_of(alert, cut_outs, SHANGHAI) == []
    vehicle = part("4", "vehiclePicture", b"\xff\xd8\xffvehicle")
    (pushed,) = pictures_of(alert, [*cut_outs, vehicle], SHANGHAI)
    assert pushed.data == vehicle.data


DEEP = "<a>" * 5000 + "</a>" * 5000
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    "<EventNotificationAlert>&c;</EventNotificationAlert>"
)
FILE = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'
    "<EventNotificationAlert><eventType>&b;</eventType></EventNotificationAlert>"
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"<",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"\x00" * 100,
        b'{"EventNotificationAlert": []}',
        b'{"eventType": "ANPR"}',
        b'{"eventType": {"a": 1}, "dateTime": "2026-11-22T08:00:00"}',
        b'{"eventType": "ANPR", "dateTime": "yesterday"}',
        b'{"a":' * 100_000,
        (b'{"a":' * 40) + b"1" + b"}" * 40,
        b"<EventNotificationAlert/>",
        b"<other><eventType>ANPR</eventType></other>",
        b'<?xml version="1.0" encoding="klingon"?><EventNotificationAlert/>',
        f"<EventNotificationAlert>{DEEP}</EventNotificationAlert>".encode(),
        BOMB.encode(),
        FILE.encode(),
    ],
)
def test_what_is_no_alarm_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest):
        read_alert(data, SHANGHAI)


_VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.floats() | strategies.text(max_size=8),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(
                ["ANPR", "pictureInfo", "plateRect", "X", "pId", "licensePlate", "confidenceLevel"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@hypothesis.given(told=_VALUES, infos=_VALUES)
@hypothesis.settings(max_examples=25)
def test_whatever_an_alarm_says_nothing_breaks(told: object, infos: object) -> None:
    data = json.dumps({**TOLD, "ANPR": told, "pictureInfoList": infos}).encode()
    alert = read_alert(data, SHANGHAI)
    for pushed in pictures_of(alert, [part("a", "detectionPicture")], SHANGHAI):
        assert all(one.box is None or len(one.box) == 4 for one in pushed.external)
