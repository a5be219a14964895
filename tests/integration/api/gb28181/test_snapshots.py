"""Snapshots over real HTTP: from the command to the frame, and addresses that end."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cameras.models import Camera, CameraKind
from api.database import Database, now
from api.devices import service as devices
from api.devices.models import Device, Protocol
from api.errors import TooBusy
from api.frames.models import Frame
from api.gb28181.tickets import new_upload
from api.settings import Settings
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.gb28181 import SnapshotDevice

NVR, CHANNEL = "34020000001180000001", "34020000001310000001"
NO_FILE = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--\r\n"
CLOCK = datetime(2026, 11, 22, 8, 0, 0, 120_000)  # noqa: DTZ001 - the device's, in Shanghai
pytestmark = sqlite_only


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Open the door."""
    return settings.model_copy(update={"front_doors": frozenset({Protocol.GB28181})})


@pytest.fixture
def url(base_url: str, app: FastAPI) -> str:
    """Give the address of a service that has loaded its models and knows how it is reached."""
    services = app.state.services
    assert services.inspector.check() is None
    services.settings.public_url = base_url
    return base_url


@pytest.fixture
def camera(make_camera: MakeCamera) -> Camera:
    """Give a camera of a yard."""
    return make_camera(kind=CameraKind.COMMUNITY)


@pytest.fixture
def device(url: str, app: FastAPI, database: Database, camera: Camera) -> Device:
    """Give a recorder with one channel, enabled."""
    with database.write() as session:
        made, _ = devices.create_device(
            session,
            seal=app.state.services.seal,
            protocol=Protocol.GB28181,
            identifier=NVR,
            name="yard NVR",
            cameras={CHANNEL: camera.id},
            actor="system",
        )
        made.enabled = True
    return made


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(sign_in: SignIn, device: Device) -> Ask:
    """Give a function that makes an address as an administrator does."""
    admin = sign_in("admin")

    def make(**body: Any) -> dict[str, Any]:
        answer = admin.post(f"/v1/devices/{device.id}/snapshot-url", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return make


def jpeg(color: str = "grey") -> bytes:
    """Return a plain picture."""
    file = io.BytesIO()
    Image.new("RGB", (320, 180), color).save(file, "JPEG")
    return file.getvalue()


def frames(database: Database) -> list[Frame]:
    """Return every frame."""
    with database.read() as session:
        return list(session.scalars(select(Frame).order_by(Frame.captured_at)))


@pytest.mark.parametrize("way", ["multipart", "name in the address"])
def test_snapshots_become_frames_of_their_camera_and_moment(
    ask: Ask, database: Database, camera: Camera, way: Any
) -> None:
    yard = SnapshotDevice(CHANNEL, CLOCK, way)
    notice = yard.configure(ask(pictures=2, interval_s=5)["command"], jpeg(), jpeg("black"))
    assert [one.status_code for one in yard.answers] == [200, 200]
    assert all(name in notice for name in yard.names)
    first, second = frames(database)
    assert first.camera_id == second.camera_id == camera.id
    assert first.captured_at == datetime(2026, 11, 22, 0, 0, 0, 120_000, tzinfo=UTC)
    assert second.captured_at - first.captured_at == timedelta(seconds=5)
    with database.read() as session:
        (told,) = session.scalars(select(Device)).all()
        actions = session.scalars(select(AuditRecord.action)).all()
    assert told.last_seen_at is not None
    assert "device.create-snapshot-url" in actions


def test_a_snapshot_that_comes_again_changes_nothing(ask: Ask, database: Database) -> None:
    yard = SnapshotDevice(CHANNEL, CLOCK)
    for _ in range(2):  # also of another session
        yard.configure(ask()["command"], jpeg())
    assert [one.status_code for one in yard.answers] == [200, 200]
    assert len(frames(database)) == 1


def test_an_address_is_good_for_one_device_one_session_and_some_time(
    ask: Ask, app: FastAPI, database: Database, sign_in: SignIn, device: Device
) -> None:
    made = ask()
    yard = SnapshotDevice(CHANNEL, CLOCK)
    right, session_id = made["url"], made["session_id"]
    for wrong in (
        right.replace(NVR, CHANNEL),
        right.replace(session_id, "0" * 32),
        right[:-1] + ("A" if right[-1] != "A" else "Q"),
        right.rpartition("/")[0] + "/9999999999-" + right.rpartition("-")[2],
    ):
        assert yard.send(wrong, session_id, "", jpeg()).status_code == 403
    assert yard.send(right, "f" * 32, "", jpeg()).json()["type"].endswith("session-differs")
    secret = app.state.services.seal.open(device.sealed_secret)
    public_url = app.state.services.settings.public_url
    ended = new_upload(public_url, NVR, secret, now() - timedelta(seconds=1))
    answer = yard.send(ended.url, ended.session_id, "", jpeg())
    assert answer.json()["type"].endswith("upload-url-expired")
    assert sign_in("admin").post(f"/v1/devices/{device.id}/secret").is_success
    assert yard.send(right, session_id, "", jpeg()).status_code == 403
    assert frames(database) == []


def test_a_channel_without_a_camera_is_refused(ask: Ask, database: Database) -> None:
    yard = SnapshotDevice(CHANNEL[:-1] + "2", CLOCK)
    yard.configure(ask()["command"], jpeg())
    assert [one.status_code for one in yard.answers] == [403]
    assert frames(database) == []


def test_without_the_recommended_name_a_lone_camera_is_taken_as_of_now(
    ask: Ask, database: Database, device: Device, camera: Camera
) -> None:
    made = ask()
    yard = SnapshotDevice(CHANNEL, CLOCK, "body")
    assert yard.send(made["url"], "", "", jpeg()).status_code == 403  # which of its channels?
    with database.write() as session:
        devices.update_device(
            session, device_id=device.id, values={"cameras": {"": camera.id}}, actor="system"
        )
    for _ in range(2):
        assert yard.send(made["url"], "", "", jpeg()).status_code == 200
    (frame,) = frames(database)
    assert abs(frame.captured_at - frame.received_at) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "image/jpeg"),
        (b"no picture", "image/jpeg"),
        (b"", "multipart/form-data; boundary=b"),
        (
            b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_nonsense_is_refused(ask: Ask, database: Database, body: bytes, kind: str) -> None:
    url = f"{ask()['url']}/{CHANNEL}022026112208000000000.jpg"
    answer = httpx.put(url, content=body, headers={"Content-Type": kind})
    assert 400 <= answer.status_code < 500
    assert frames(database) == []


def test_a_busy_service_says_503(ask: Ask, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask()

    def busy(*_: object, **__: object) -> None:
        raise TooBusy("there is no room", code="queue-full", retry_after_s=3)

    monkeypatch.setattr(app.state.services.intake, "receiving", busy)
    answer = SnapshotDevice(CHANNEL, CLOCK).send(made["url"], made["session_id"], "", jpeg())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")


def test_only_devices_of_the_protocol_have_addresses(
    sign_in: SignIn, camera: Camera, url: str
) -> None:
    admin = sign_in("admin")
    other = {
        "protocol": "isapi",
        "identifier": "a",
        "name": "a",
        "cameras": [{"camera_id": camera.id}],
    }
    device_id = admin.post("/v1/devices", json=other).json()["id"]
    assert admin.post(f"/v1/devices/{device_id}/snapshot-url", json={}).status_code == 409
    assert admin.post("/v1/devices/none/snapshot-url", json={}).status_code == 404
