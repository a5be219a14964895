"""Devices: who may come in by a front door, and as which camera."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database, now
from api.devices import service as devices
from api.devices.models import Device, Protocol
from api.dispatch.sealing import Seal
from api.gateways import service as gateways
from api.secrets import load_secret_key
from api.settings import Settings
from tests.conftest import MakeCamera, SignIn, sqlite_only

GATE = "33010600001190000001"


def _wanted(camera_id: str, **others: Any) -> dict[str, Any]:
    return {
        "protocol": "viid",
        "identifier": GATE,
        "name": "north gate",
        "cameras": [{"channel": "", "camera_id": camera_id}],
        **others,
    }


def test_a_device_shows_its_secret_once_and_waits_to_be_enabled(
    sign_in: SignIn, make_camera: MakeCamera, database: Database, settings: Settings
) -> None:
    admin, camera = sign_in("admin"), make_camera()
    made = admin.post("/v1/devices", json=_wanted(camera.id))
    assert made.status_code == 201, made.text
    device = made.json()
    secret = device.pop("secret")
    assert len(secret) == 16
    assert (device["enabled"], device["door_open"], device["last_seen_at"]) == (False, False, None)
    assert admin.get("/v1/devices").json()["items"] == [device]
    assert admin.get(f"/v1/devices/{device['id']}").json() == device

    with database.read() as session:
        assert devices.known(session, protocol=Protocol.VIID, identifier=GATE) is None
        row = session.get(Device, device["id"])
        assert row is not None
        assert row.sealed_secret is not None
        assert secret not in row.sealed_secret
        assert Seal(load_secret_key(settings.data_dir)).open(row.sealed_secret) == secret

    enabled = admin.patch(f"/v1/devices/{device['id']}", json={"enabled": True})
    assert enabled.json()["enabled"]
    with database.read() as session:
        known = devices.known(session, protocol=Protocol.VIID, identifier=GATE)
        assert known is not None
        assert devices.known(session, protocol=Protocol.ISAPI, identifier=GATE) is None
        told = session.scalars(select(AuditRecord).where(AuditRecord.object_type == "device")).all()
    assert [one.action for one in told] == ["device.create", "device.update"]
    assert secret not in str([(one.before, one.after) for one in told])

    renewed = admin.post(f"/v1/devices/{device['id']}/secret").json()["secret"]
    assert renewed != secret


def test_a_device_speaks_for_its_own_channels_only(
    sign_in: SignIn, make_camera: MakeCamera, database: Database
) -> None:
    admin, first, second = sign_in("admin"), make_camera(), make_camera()
    channels = [
        {"channel": "", "camera_id": first.id},
        {"channel": "33010600001190000002", "camera_id": second.id},
    ]
    made = admin.post("/v1/devices", json=_wanted(first.id, cameras=channels)).json()
    admin.patch(f"/v1/devices/{made['id']}", json={"enabled": True})

    def camera_of(channel: str | None) -> str | None:
        with database.read() as session:
            known = devices.known(session, protocol=Protocol.VIID, identifier=GATE)
        assert known is not None
        target = devices.camera_of(known, channel)
        return None if target is None else target.camera_id

    assert [camera_of(one) for one in (None, "", GATE)] == [first.id] * 3
    assert camera_of("33010600001190000002") == second.id
    assert camera_of("33010600001190000003") is None

    answer = admin.patch(f"/v1/devices/{made['id']}", json={"cameras": channels[1:]})
    assert [one["camera_id"] for one in answer.json()["cameras"]] == [second.id]
    assert camera_of(None) is None
    with database.write() as session:
        gateways.set_disabled(session, gateway_id=second.gateway_id, disabled=True, actor="system")
    assert camera_of("33010600001190000002") is None


@sqlite_only
def test_what_makes_no_device(sign_in: SignIn, make_camera: MakeCamera) -> None:
    admin, camera = sign_in("admin"), make_camera()
    admin.post("/v1/devices", json=_wanted(camera.id)).raise_for_status()
    twice = [{"channel": "1", "camera_id": camera.id}] * 2
    refusals = {
        409: [
            _wanted(camera.id, name="other"),
            _wanted(camera.id, identifier="33010600001190000009"),
        ],
        404: [_wanted("nothing", name="other", identifier="33010600001190000009")],
        422: [
            _wanted(camera.id, identifier="north-gate"),
            _wanted(camera.id, cameras=[]),
            _wanted(camera.id, cameras=twice),
            _wanted(camera.id, protocol="onvif"),
            _wanted(camera.id, protocol="mqtt", identifier="poles/#/pictures"),
            _wanted(camera.id, protocol="isapi", identifier="../gate"),
        ],
    }
    for status, wanted in refusals.items():
        answers = [admin.post("/v1/devices", json=one) for one in wanted]
        assert [answer.status_code for answer in answers] == [status] * len(wanted)
    assert len(admin.get("/v1/devices").json()["items"]) == 1


@pytest.mark.parametrize("topics", ["poles/+/pictures", "poles/#", "+/pictures", "pictures"])
@sqlite_only
def test_topics_have_no_secret(sign_in: SignIn, make_camera: MakeCamera, topics: str) -> None:
    admin = sign_in("admin")
    wanted = _wanted(make_camera().id, protocol="mqtt", identifier=topics)
    made = admin.post("/v1/devices", json=wanted)
    assert made.status_code == 201
    assert made.json()["secret"] is None
    assert admin.post(f"/v1/devices/{made.json()['id']}/secret").status_code == 409


def test_a_removed_device_is_unknown_and_its_camera_stays(
    sign_in: SignIn, make_camera: MakeCamera
) -> None:
    admin, camera = sign_in("admin"), make_camera()
    made = admin.post("/v1/devices", json=_wanted(camera.id)).json()
    assert admin.delete(f"/v1/devices/{made['id']}").status_code == 204
    assert admin.get(f"/v1/devices/{made['id']}").status_code == 404
    assert admin.delete(f"/v1/devices/{made['id']}").status_code == 404
    assert admin.get(f"/v1/cameras/{camera.id}").status_code == 200
    assert admin.post("/v1/devices", json=_wanted(camera.id)).status_code == 201


@sqlite_only
def test_who_sees_some_cameras_sees_their_devices(sign_in: SignIn, make_camera: MakeCamera) -> None:
    admin, own, foreign = sign_in("admin"), make_camera(), make_camera()
    both = [{"channel": "1", "camera_id": own.id}, {"channel": "2", "camera_id": foreign.id}]
    shared = admin.post("/v1/devices", json=_wanted(own.id, cameras=both)).json()
    hidden = admin.post(
        "/v1/devices",
        json=_wanted(foreign.id, name="south gate", identifier="33010600001190000002"),
    ).json()
    supervisor = sign_in("supervisor", camera_ids=[own.id])
    (item,) = supervisor.get("/v1/devices").json()["items"]
    assert (item["id"], item["cameras"]) == (shared["id"], both[:1])
    assert supervisor.get(f"/v1/devices/{hidden['id']}").status_code == 404
    assert supervisor.patch(f"/v1/devices/{shared['id']}", json={}).status_code == 403


def test_when_it_was_last_seen_is_written_now_and_then(
    sign_in: SignIn, make_camera: MakeCamera, database: Database
) -> None:
    admin = sign_in("admin")
    made = admin.post("/v1/devices", json=_wanted(make_camera().id)).json()
    admin.patch(f"/v1/devices/{made['id']}", json={"enabled": True})

    def see() -> Any:
        with database.read() as session:
            known = devices.known(session, protocol=Protocol.VIID, identifier=GATE)
        assert known is not None
        devices.seen(database, known)
        return admin.get(f"/v1/devices/{made['id']}").json()["last_seen_at"]

    first = see()
    assert first is not None
    assert see() == first
    with database.write() as session:
        row = session.get(Device, made["id"])
        assert row is not None
        row.last_seen_at = now() - timedelta(minutes=1)
    assert see() > first
