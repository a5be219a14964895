"""A camera pushes alarms over real HTTP: what is taken, what is answered, what is kept."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import func, select

from api.cameras.models import Camera
from api.database import Database
from api.devices import service as devices
from api.devices.models import Device, Protocol
from api.dispatch.sealing import Seal
from api.external_detections.models import ExternalDetectionRow
from api.findings.models import Finding
from api.frames.models import Frame
from api.settings import Settings
from datasets.synthesis.checkpoint import golden_frame
from tests.conftest import SignIn, sqlite_only
from tests.hikvision import HikvisionCamera, Picture
from tests.integration.api.passages.gate import Gate

AT = "2026-11-16T10:00:00+08:00"
pytestmark = sqlite_only


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Open the door."""
    return settings.model_copy(update={"front_doors": frozenset({Protocol.ISAPI})})


@pytest.fixture(scope="module")
def scene() -> Any:
    """Give a rendered checkpoint."""
    return golden_frame()


@pytest.fixture
def gate(app: FastAPI, base_url: str, database: Database) -> Gate:
    """Give a checkpoint of a service with its models."""
    services = app.state.services
    assert services.inspector.check() is None
    gate = Gate(database, services.plates)
    gate.camera()
    gate.department()
    return gate


MakeCamera = Callable[..., HikvisionCamera]


@pytest.fixture
def make(gate: Gate, base_url: str, app: FastAPI) -> MakeCamera:
    """Give a function that makes a camera whose device is known and enabled."""

    def make(
        *, method: str = "none", cameras: dict[str, Camera] | None = None, **values: Any
    ) -> HikvisionCamera:
        bound = cameras or {"": gate.camera()}
        seal: Seal = app.state.services.seal
        with gate.database.write() as session:
            device, secret = devices.create_device(
                session,
                seal=seal,
                protocol=Protocol.ISAPI,
                identifier="gate-1",
                name="gate 1",
                cameras={channel: camera.id for channel, camera in bound.items()},
                actor="system",
            )
            device.enabled = True
        url = f"{base_url}/isapi/gate-1" + (f"/{secret}" if method == "none" else "")
        return HikvisionCamera(url, "gate-1", secret or "", method, **values)  # type: ignore[arg-type]

    return make


def frames(database: Database) -> list[Frame]:
    """Return every frame."""
    with database.read() as session:
        return list(session.scalars(select(Frame).order_by(Frame.id)))


def jpeg(color: str = "grey") -> bytes:
    """Return a plain picture."""
    file = io.BytesIO()
    Image.new("RGB", (320, 180), color).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize("speaks", ["XML", "JSON"])
@pytest.mark.parametrize("method", ["none", "base64"])
def test_a_listed_vehicle_becomes_a_finding(
    make: MakeCamera, gate: Gate, scene: Any, speaks: str, method: str, sign_in: SignIn
) -> None:
    """With the models that ship, on a rendered checkpoint."""
    plate = next(one.text for one in scene.truth if one.class_name == "plate")
    gate.register("名单", plate)
    gate.load(gate.rule(when={"type": "register", "register": "名单"}))
    camera = make(method=method, speaks=speaks)
    answer = camera.passes(
        AT,
        plate,
        Picture(b"\xff\xd8\xff cut out of the plate", "licensePlatePicture"),
        Picture(scene.picture.jpeg, plate_rect=(10, 20, 100, 50), time="20261116100000250"),
    )
    assert answer.status_code == 200, answer.text
    (frame,) = frames(gate.database)
    assert frame.captured_at.isoformat() == "2026-11-16T02:00:00.250000+00:00"
    assert frame.camera_id == gate.camera().id
    (finding,) = gate.findings()
    assert finding.class_name == "listed"
    shown = sign_in("operator").get(f"/v1/findings/{finding.id}").json()
    told = {one["class"]: one for one in shown["external"]}
    assert set(told) == {"car", "plate"}
    width, height = frame.width, frame.height
    x1, y1, x2, y2 = told["plate"]["box"]
    assert (x1 / width, y1 / height) == pytest.approx((0.01, 0.02))
    assert (x2 / width, y2 / height) == pytest.approx((0.11, 0.07))
    assert told["plate"]["score"] == 0.97
    assert plate not in str(shown)


def test_what_is_sent_again_changes_nothing(make: MakeCamera, gate: Gate) -> None:
    camera = make()
    camera.passes(AT, "京B99999", Picture(jpeg()))
    camera._count -= 1
    assert camera.passes(AT, "京B99999", Picture(jpeg())).status_code == 200
    camera._count -= 1
    later = "2026-11-16T10:00:09+08:00"  # its clock was set in between
    assert camera.passes(later, "京B99999", Picture(jpeg())).status_code == 200
    assert len(frames(gate.database)) == 1
    assert camera.passes(later, "京B99999", Picture(jpeg("black"))).status_code == 200
    assert len(frames(gate.database)) == 2


def test_of_the_innocent_no_plate_is_kept(
    make: MakeCamera, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    gate.register("名单", "京A12345")
    gate.load(gate.rule(when={"type": "register", "register": "名单"}))
    camera = make()
    camera.passes(AT, "京B99999", Picture(jpeg(), type="京B99999_detectionPicture"))
    camera.passes(AT, "京B99999", Picture(b"no picture"))
    with gate.database.read() as session:
        rows = session.scalars(select(ExternalDetectionRow)).all()
    assert {one.class_name for one in rows} == {"car", "plate"}
    assert {one.sealed_plate for one in rows} == {None}
    written = Path(str(gate.database.engine.url.database)).read_bytes() + caplog.text.encode()
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        assert "京B99999".encode(encoding) not in written


def test_a_heartbeat_is_a_sign_of_life_and_no_frame(
    make: MakeCamera, gate: Gate, database: Database
) -> None:
    assert make().heartbeat(AT).status_code == 200
    with database.read() as session:
        (device,) = session.scalars(select(Device)).all()
    assert device.last_seen_at is not None
    assert frames(database) == []


def test_channels_are_cameras(make: MakeCamera, gate: Gate) -> None:
    recorder = make(cameras={"1": gate.camera(), "2": gate.camera("back")})
    for channel, status in (("1", 200), ("2", 200), ("3", 403)):
        recorder.channel = channel
        assert recorder.crosses(AT, Picture(jpeg())).status_code == status
    assert {one.camera_id for one in frames(gate.database)} == {
        gate.camera().id,
        gate.camera("back").id,
    }


def test_only_who_has_the_key_comes_in(
    make: MakeCamera, gate: Gate, database: Database, base_url: str
) -> None:
    camera = make()
    right = camera.url
    camera.url = f"{right}x"
    refused = camera.heartbeat(AT)
    assert (refused.status_code, refused.headers["www-authenticate"][:5]) == (401, "Basic")
    assert "ResponseStatus" in refused.text
    for url in (f"{base_url}/isapi/gate-1", f"{base_url}/isapi/gate-2/{camera.password}"):
        camera.url = url
        assert camera.heartbeat(AT).status_code == 401
    camera.url, camera.method = f"{base_url}/isapi/gate-1", "base64"
    assert camera.heartbeat(AT).status_code == 200
    camera.user = "admin"
    assert camera.heartbeat(AT).status_code == 401
    with database.write() as session:
        device = session.scalars(select(Device)).one()
        device.enabled = False
    camera.url = right
    assert camera.heartbeat(AT).status_code == 401


def test_a_busy_service_asks_to_send_again(
    make: MakeCamera, gate: Gate, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = make()
    with monkeypatch.context() as patch:
        patch.setattr(app.state.services.inspector, "problem", "the models are being loaded")
        busy = camera.crosses(AT, Picture(jpeg()))
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "10")
    assert "deviceBusy" in busy.text
    assert [one.status_code for one in camera.send_again()] == [200]
    assert len(frames(gate.database)) == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", b"application/xml"),
        (b"\x00\xff" * 50, b"multipart/form-data; boundary=MIME_boundary"),
        (b"{}", b"application/json"),
        (b"<EventNotificationAlert/>", b"application/xml"),
        (b"--b\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--b--\r\n", b"multipart/mixed; boundary=b"),
        (b"x", b"multipart/form-data"),
        (b"x", b"\xff"),
    ],
)
def test_nonsense_is_refused_in_their_words(
    make: MakeCamera, gate: Gate, body: bytes, content_type: bytes
) -> None:
    camera = make()
    answer = httpx.post(
        camera.url,
        content=body,
        headers=[(b"Content-Type", content_type)],
    )
    assert answer.status_code == 400
    assert "badParameters" in answer.text
    assert frames(gate.database) == []


def test_an_alarm_without_end_is_too_long(make: MakeCamera, gate: Gate) -> None:
    assert make()._post(b"<" * 1_100_000, "application/xml").status_code == 413


@pytest.mark.parametrize("data", [b"no picture", b"\xff\xd8\xff\xe0 cut short", b""])
def test_what_is_no_picture_is_refused(make: MakeCamera, gate: Gate, data: bytes) -> None:
    assert make().crosses(AT, Picture(data)).status_code == 400
    assert frames(gate.database) == []


def test_a_camera_that_sends_addresses_is_not_followed(
    make: MakeCamera, gate: Gate, database: Database
) -> None:
    camera = make(speaks="JSON")
    told = {"pictureInfoList": [{"pictureURL": "http://127.0.0.1:1/picture.jpg"}]}
    assert camera._post(
        camera._alert(AT, "ANPR", "active", {"ANPR": told}), "application/json"
    ).is_success
    assert frames(database) == []
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Finding)) == 0


class TestClosed:
    """The door as it is without the setting."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Close the door again."""
        return settings.model_copy(update={"front_doors": frozenset()})

    def test_a_closed_door_is_like_any_unknown_path(self, make: MakeCamera, base_url: str) -> None:
        closed = make().heartbeat(AT)
        unknown = httpx.post(f"{base_url}/nothing/here", content=b"x")
        assert (closed.status_code, unknown.status_code) == (404, 404)
        assert closed.json()["type"] == unknown.json()["type"]
