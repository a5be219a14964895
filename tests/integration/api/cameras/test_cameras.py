from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.camera_health.models import CameraTrouble, Trouble
from api.cameras.models import Camera
from api.database import Database, new_id, now
from api.frames.models import Frame
from tests.conftest import MakeCamera, SignIn, sqlite_only


def _new(gateway_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "bus 17 front",
        "kind": "bus",
        "gateway_id": gateway_id,
        "inspections": ["road_damage"],
        **changes,
    }


def test_a_camera_is_made_changed_and_told_of_in_the_audit_record(
    sign_in: SignIn, database: Database
) -> None:
    admin = sign_in("admin")
    gateway = admin.post("/v1/gateways", json={"name": "depot"}).json()
    made = admin.post(
        "/v1/cameras", json=_new(gateway["id"], calibration={"height_m": 2.4, "pitch_deg": 12})
    )
    assert made.status_code == 201
    camera = made.json()
    assert camera["calibration"]["height_m"] == 2.4

    path = f"/v1/cameras/{camera['id']}"
    changed = admin.patch(path, json={"name": "bus 18 front", "disabled": True}).json()
    assert changed["name"] == "bus 18 front"
    assert changed["disabled_at"]
    assert changed["calibration"] == camera["calibration"]
    assert admin.patch(path, json={"disabled": False}).json()["disabled_at"] is None
    assert admin.patch(path, json={}).json()["name"] == "bus 18 front"

    with database.read() as session:
        records = session.scalars(
            select(AuditRecord)
            .where(AuditRecord.object_id == camera["id"])
            .order_by(AuditRecord.id)
        ).all()
    assert [(r.action, r.before, r.after) for r in records[1:]] == [
        (
            "camera.update",
            {"name": "bus 17 front", "disabled": False},
            {"name": "bus 18 front", "disabled": True},
        ),
        ("camera.update", {"disabled": True}, {"disabled": False}),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 121},
        {"kind": "submarine"},
        {"inspections": []},
        {"inspections": ["ghosts"]},
        {"latitude": 91, "longitude": 0},
        {"latitude": 30.2},
        {"heading_deg": 361},
        {"calibration": {"height_m": 0}},
        {"calibration": {"colour": "red"}},
        {"latitude": "NaN", "longitude": 0},
    ],
)
@sqlite_only
def test_a_camera_that_makes_no_sense_is_refused(sign_in: SignIn, changes: dict[str, Any]) -> None:
    admin = sign_in("admin")
    gateway = admin.post("/v1/gateways", json={"name": "depot"}).json()
    answer = admin.post("/v1/cameras", json=_new(gateway["id"], **changes))
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert admin.get("/v1/cameras").json()["items"] == []


def test_names_are_unique_and_gateways_exist(sign_in: SignIn, make_camera: MakeCamera) -> None:
    admin, one, two = sign_in("admin"), make_camera(), make_camera()
    assert admin.post("/v1/cameras", json=_new("nothing")).status_code == 404
    taken = admin.post("/v1/cameras", json=_new(one.gateway_id, name=one.name))
    assert taken.status_code == 409
    taken = admin.patch(f"/v1/cameras/{two.id}", json={"name": one.name})
    assert taken.status_code == 409
    assert taken.json()["type"] == "urn:xunjian:problem:name-taken"
    assert admin.patch("/v1/cameras/nothing", json={"name": "x"}).status_code == 404


def test_a_gateways_name_is_given_once(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    assert admin.post("/v1/gateways", json={"name": "depot"}).status_code == 201
    assert admin.post("/v1/gateways", json={"name": "depot"}).status_code == 409
    assert admin.patch("/v1/gateways/nothing", json={"disabled": True}).status_code == 404


def _frame(camera: Camera, age: timedelta, **place: float) -> Frame:
    return Frame(
        gateway_id=camera.gateway_id,
        camera_id=camera.id,
        idempotency_key=new_id(),
        request_digest="0" * 64,
        sha256=new_id(),
        content_type="image/jpeg",
        width=1280,
        height=720,
        captured_at=now() - age,
        reply={},
        **place,
    )


def _trouble(camera: Camera, trouble: Trouble) -> CameraTrouble:
    return CameraTrouble(
        camera_id=camera.id,
        trouble=trouble,
        first_at=now(),
        last_at=now(),
        frames=9,
        lasting=True,
    )


def test_the_map_shows_where_cameras_are_and_how(
    sign_in: SignIn, database: Database, make_camera: MakeCamera
) -> None:
    bus, pole, lost, off = (make_camera(name=name) for name in ("bus", "pole", "lost", "off"))
    minute, day = timedelta(minutes=1), timedelta(days=2)
    with database.write() as session:
        fixed = session.get_one(Camera, pole.id)
        fixed.latitude, fixed.longitude, fixed.heading_deg = 30.1, 120.1, 90.0
        session.get_one(Camera, off.id).disabled_at = now()
        session.add_all(
            [
                _frame(bus, day, latitude=30.0, longitude=120.0),
                _frame(bus, 2 * minute, latitude=30.2, longitude=120.2),
                _frame(bus, minute),  # in a tunnel
                _frame(pole, minute),
                _frame(lost, day, latitude=30.4, longitude=120.4),
                _frame(off, minute, latitude=30.5, longitude=120.5),
                _trouble(pole, "blurred"),
                _trouble(lost, "silent"),
            ]
        )
    make_camera(name="never posted, no place")
    answer = sign_in("ml_engineer").get("/v1/cameras.geojson")
    features = {each["properties"]["name"]: each for each in answer.json()["features"]}
    places = {name: each["geometry"]["coordinates"] for name, each in features.items()}
    assert places == {
        "bus": [120.2, 30.2],
        "pole": [120.1, 30.1],
        "lost": [120.4, 30.4],
        "off": [120.5, 30.5],
    }
    told = {name: each["properties"] for name, each in features.items()}
    assert {name: each["health"] for name, each in told.items()} == {
        "bus": "well",
        "pole": "blurred",
        "lost": "silent",
        "off": "disabled",
    }
    assert told["pole"]["heading_deg"] == 90.0
    assert told["bus"]["last_heard_at"].endswith("Z")
    own = sign_in("operator", camera_ids=[bus.id]).get("/v1/cameras.geojson").json()["features"]
    assert [each["id"] for each in own] == [bus.id]
