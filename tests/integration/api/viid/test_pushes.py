"""Images, vehicles and video slices: each item is answered by itself, whatever is in it."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.cameras.models import Camera
from api.clips.models import Clip
from api.database import Database
from api.errors import TooBusy
from api.frames.models import Frame
from api.settings import Settings
from tests.conftest import MakeCamera, sqlite_only
from tests.integration.api.viid.conftest import GATE, Comes
from tests.viid_device import (
    PLATE,
    SCENE,
    VEHICLE,
    ViidDevice,
    codes_of,
    image,
    motor_vehicle,
    status_of,
    statuses_of,
    sub_image,
    video_slice,
)

pytestmark = pytest.mark.usefixtures("without_models")

SHOT = datetime(2026, 11, 16, 2, 0, 7, tzinfo=UTC)
SHOT_IN_CHINA = "20261116100007"
OTHER = "33010600001190000002"
FOREIGN = "33010600001190000666"


@pytest.fixture
def device(comes: Comes) -> ViidDevice:
    """Give a device that is registered at a service that inspects."""
    device = comes()
    device.register().raise_for_status()
    wait_until_ready(device)
    return device


def wait_until_ready(device: ViidDevice) -> None:
    """Wait until the service inspects."""
    for _ in range(100):
        if device.client.get("/readyz").status_code == 200:
            return
        time.sleep(0.1)
    raise AssertionError(device.client.get("/readyz").text)


def _frames(database: Database) -> list[Frame]:
    with database.read() as session:
        return list(session.scalars(select(Frame).order_by(Frame.captured_at)))


def test_an_image_becomes_a_frame_once(
    device: ViidDevice, database: Database, rendered_road_jpeg: bytes
) -> None:
    pushed = image(rendered_road_jpeg, SHOT, device_id=GATE)
    first = device.push_images(pushed)
    assert first.status_code == 200, first.text
    (status,) = statuses_of(first)
    assert (status["StatusCode"], status["StatusString"]) == (0, "OK")
    assert status["Id"] == pushed["ImageInfo"]["ImageID"]
    assert status["RequestURL"] == "/VIID/Images"
    (frame,) = _frames(database)
    assert frame.captured_at == SHOT  # 10:00:07 in China
    again = device.push_images(pushed)
    assert codes_of(again) == [0]
    assert len(_frames(database)) == 1


def test_items_are_answered_one_by_one(
    comes: Comes, make_camera: MakeCamera, database: Database, rendered_road_jpeg: bytes
) -> None:
    second = make_camera()
    device = comes(channels={OTHER: second.id})
    device.register().raise_for_status()
    wait_until_ready(device)

    def pushed(number: int, device_id: str = GATE, **info: Any) -> dict[str, Any]:
        shot_at = SHOT + timedelta(seconds=number)
        return image(rendered_road_jpeg, shot_at, device_id=device_id, number=number, **info)

    flat = {**pushed(2)["ImageInfo"], "Data": pushed(2)["Data"]}
    items: list[tuple[Any, int]] = [
        (pushed(0), 0),
        (pushed(1, OTHER), 0),
        (flat, 0),
        (pushed(3, DeviceID=None), 0),
        (pushed(4, ShotTime=SHOT_IN_CHINA + "250"), 0),
        (pushed(5, FOREIGN), 4),
        (pushed(6, ShotTime="2026-11-16 10:00:07"), 8),
        (pushed(7, ShotTime="20261316100007"), 8),
        (pushed(8, ShotTime=None), 8),
        (pushed(9, ShotTime="20361116100007"), 8),  # ten years ahead
        (pushed(10, ImageID=None), 8),
        (pushed(11, ImageID={"a": 1}), 8),
        (pushed(12, DeviceID=["x"]), 8),
        ({**pushed(13), "Data": "no base64!"}, 8),
        ({**pushed(14), "Data": 5}, 8),
        ({**pushed(15), "Data": ""}, 8),
        ({**pushed(16, StoragePath="http://169.254.169.254/"), "Data": None}, 8),
        ({**pushed(17), "Data": base64.b64encode(b"no picture").decode()}, 8),
        ({**pushed(18), "Data": base64.b64encode(rendered_road_jpeg[:5000]).decode()}, 8),
        ({"ImageInfo": "text"}, 8),
        ({}, 8),
        ({**pushed(19), "MotorVehicleList": []}, 8),
    ]
    answer = device.push_images(*(item for item, _ in items))
    assert answer.status_code == 200
    statuses = statuses_of(answer)
    assert [one["StatusCode"] for one in statuses] == [code for _, code in items], statuses
    assert statuses[5]["Id"] == items[5][0]["ImageInfo"]["ImageID"]
    frames = _frames(database)
    assert len(frames) == 5
    assert sum(frame.camera_id == second.id for frame in frames) == 1
    assert {frame.captured_at.microsecond for frame in frames} == {0, 250_000}


@sqlite_only
def test_what_is_no_list(device: ViidDevice, settings: Settings) -> None:
    settings.max_batch_bytes = 4 << 20
    bodies = [
        (b"", 400, 7),
        (b"{", 400, 7),
        (b'{"ImageListObject": {"Image": ' + b"[" * 100_000, 400, 7),
        (b'{"ImageListObject": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, 400, 7),
        (b'{"ImageListObject": [' + b"{}," * 600_000 + b"{}]}", 400, 8),
        (b'{"ImageListObject": {"Image": [' + b"{}," * 1000 + b"{}]}}", 400, 8),
        (b'{"ImageListObject": {"Image": []}}', 400, 8),
        (b'{"ImageListObject": {"Image": 5}}', 400, 8),
        (b'{"ImageListObject": {"Image": [1, 2]}}', 400, 8),
        (b'{"ImageListObject": NaN}', 400, 8),
        (b'{"MotorVehicleListObject": {}}', 400, 8),
        (b"x" * 5_000_000, 413, 8),
    ]
    for body, http_status, code in bodies:
        answer = device.client.post("/VIID/Images", content=body)
        assert (answer.status_code, status_of(answer)["StatusCode"]) == (http_status, code)


def test_a_vehicle_brings_a_frame_and_what_the_device_says(
    device: ViidDevice, database: Database, rendered_road_jpeg: bytes, sign_in: Any
) -> None:
    pictures = [
        sub_image(b"a plate", SHOT, device_id=GATE, number=1, kind=PLATE),
        sub_image(b"a vehicle", SHOT, device_id=GATE, number=2, kind=VEHICLE),
        sub_image(rendered_road_jpeg, SHOT, device_id=GATE, number=3, kind=SCENE),
    ]
    vehicle = motor_vehicle(
        pictures,
        device_id=GATE,
        PlateNo="京A12345",
        PlateColor="5",
        PlateReliability="92",
        VehicleClass="H11",
        Speed=83.5,
        Direction="5",
        LaneNo=2,
        IsCovered=True,
        IsDecked=0,
        DrivingStatusCode="京A12345",
        VehicleBrand="京A12345",
    )
    assert codes_of(device.push_vehicles(vehicle)) == [0]
    (frame,) = _frames(database)
    assert frame.captured_at == SHOT
    told = sign_in("operator").get(f"/v1/frames/{frame.id}").json()
    assert told["flags"] == {
        "speed_kmh": "83.5",
        "direction": "northeast",
        "lane": "2",
        "plate_covered": "1",
    }
    (external,) = told["external"]
    assert external["class"] == "truck"
    assert external["box"] == [100, 100, 500, 400]
    assert external["score"] == 0.92
    assert external["has_plate"]
    assert external["attributes"] == {
        "color": "white",
        "plate_color": "blue",
        "vehicle_type": "H11",
        "has_plate": "1",
    }
    assert "A12345" not in json.dumps(told)


@sqlite_only
def test_vehicles_without_a_scene_are_refused(
    device: ViidDevice, database: Database, rendered_road_jpeg: bytes
) -> None:
    plate = sub_image(rendered_road_jpeg, SHOT, device_id=GATE, kind=PLATE)
    large = sub_image(rendered_road_jpeg, SHOT, device_id=GATE, kind="1")
    boxes: dict[str, Any] = {"LeftTopX": 500, "RightBtmX": "100"}
    answer = device.push_vehicles(
        motor_vehicle([], device_id=GATE),
        motor_vehicle([plate], device_id=GATE),
        {**motor_vehicle([plate], device_id=GATE), "SubImageList": []},
        motor_vehicle([large], device_id=GATE, number=4, Speed="fast"),
        motor_vehicle([large], device_id=GATE, number=5, LeftTopX="NaN"),
        motor_vehicle([large], device_id=FOREIGN, number=6),
        motor_vehicle([large], device_id=GATE, number=7, Speed=-1, **boxes),
        motor_vehicle([large], device_id=GATE, number=8, PlateNo=None, PassTime=None),
    )
    assert codes_of(answer) == [8, 8, 8, 8, 8, 4, 0, 0]
    assert len(_frames(database)) == 2


def test_a_disabled_camera_refuses_its_items(
    device: ViidDevice, database: Database, rendered_road_jpeg: bytes
) -> None:
    with database.write() as session:
        for camera in session.scalars(select(Camera)):
            camera.disabled_at = SHOT
    assert codes_of(device.push_images(image(rendered_road_jpeg, SHOT, device_id=GATE))) == [4]


@sqlite_only
def test_a_busy_service_is_asked_again(
    device: ViidDevice,
    app: FastAPI,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    rendered_road_jpeg: bytes,
) -> None:
    intake = app.state.services.intake
    take_in, calls = intake.take_in, []

    async def sometimes(posted: Any, **values: Any) -> Any:
        calls.append(posted)
        if len(calls) == 2:
            raise TooBusy("full", code="queue-full", retry_after_s=7)
        return await take_in(posted, **values)

    monkeypatch.setattr(intake, "take_in", sometimes)
    images = [
        image(rendered_road_jpeg, SHOT + timedelta(seconds=n), device_id=GATE, number=n)
        for n in range(3)
    ]
    answer = device.push_images(*images)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    assert sorted(codes_of(answer)) == [0, 0, 2]
    again = device.push_images(*images)
    assert (again.status_code, codes_of(again)) == (200, [0, 0, 0])
    assert len(_frames(database)) == 3

    def full(*_: object, **__: object) -> None:
        raise TooBusy("full", code="queue-full", retry_after_s=3)

    monkeypatch.setattr(intake, "receiving", full)
    answer = device.push_images(*images)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert status_of(answer)["StatusCode"] == 2


def test_a_slice_becomes_a_clip_where_clips_are_inspected(
    comes: Comes, make_camera: MakeCamera, database: Database
) -> None:
    yard = make_camera()
    with database.write() as session:
        session.get_one(Camera, yard.id).inspections = ["falling_object"]
    device = comes(GATE, make_camera(), channels={OTHER: yard.id})
    device.register().raise_for_status()
    wait_until_ready(device)
    clip = b"not looked at before a worker does" * 50_000
    begins_at = SHOT - timedelta(seconds=30)
    slices = [
        video_slice(clip, begins_at, device_id=OTHER),
        video_slice(clip, begins_at, device_id=GATE),
        {**video_slice(clip, begins_at, device_id=OTHER, number=2), "Data": None},
    ]
    assert codes_of(device.push_slices(*slices)) == [0, 8, 8]
    assert codes_of(device.push_slices(*slices)) == [0, 8, 8]
    with database.read() as session:
        (kept,) = session.scalars(select(Clip))
    assert (kept.camera_id, kept.captured_at, kept.size_bytes) == (yard.id, begins_at, len(clip))
    assert (kept.content_type, kept.state.value) == ("video/mp4", "waiting")


@sqlite_only
def test_who_is_not_registered_pushes_nothing(
    comes: Comes, database: Database, settings: Settings, rendered_road_jpeg: bytes
) -> None:
    device = comes()
    pushed = image(rendered_road_jpeg, SHOT, device_id=GATE)
    for answer in (device.push_images(pushed), device.push_vehicles({}), device.push_slices({})):
        assert answer.status_code == 401
        assert status_of(answer)["StatusCode"] == 4
        assert answer.headers["www-authenticate"].startswith("Digest ")
    with httpx.Client(base_url=device.url) as nobody:
        assert nobody.post("/VIID/Images", json={}).status_code == 401
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Frame)) == 0


@sqlite_only
def test_who_is_not_registered_hears_so_after_a_large_message(comes: Comes) -> None:
    """A device that is told nothing, because its message was cut off, would never register anew."""
    device = comes()
    pushed = image(b"x" * 30_000_000, SHOT, device_id=GATE)
    for _ in range(3):
        assert device.push_images(pushed).status_code == 401
