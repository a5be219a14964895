"""Devices publish to a broker that is not ours; what they publish becomes frames, once."""

import base64
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import func, select

from api.app import create_app
from api.cameras.models import Camera, CameraKind
from api.database import Database
from api.devices import service as devices
from api.devices.models import Device, Protocol
from api.dispatch.sealing import Seal
from api.external_detections.models import ExternalDetectionRow
from api.findings.models import Finding
from api.frames import intake
from api.frames.models import Frame
from api.mqtt_ingest import consumer
from api.secrets import load_secret_key
from api.settings import Settings
from tests import mosquitto
from tests.conftest import MakeCamera, serving, sqlite_only

pytestmark = sqlite_only
AT = "2026-11-22T08:00:00+08:00"


class Pole:
    """A device that publishes pictures, as any MQTT client would."""

    def __init__(self, url: str, user: bool = False) -> None:
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="pole", protocol=MQTTProtocolVersion.MQTTv311
        )
        if user:
            self._client.username_pw_set(mosquitto.USER, mosquitto.PASSWORD)
        connected = threading.Event()
        self._client.on_connect = lambda *_: connected.set()
        self._client.connect("127.0.0.1", int(url.rpartition(":")[2]))
        self._client.loop_start()
        assert connected.wait(10)

    def publish(self, payload: bytes | dict[str, Any], topic: str = "poles/7/pictures") -> None:
        """Publish with QoS 1, and wait until the broker has it."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._client.publish(topic, data, 1).wait_for_publish(10)

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """Give the address of a broker."""
    folder = tmp_path / "broker"
    folder.mkdir()
    try:
        with mosquitto.broker(folder) as url:
            yield url
    except mosquitto.MosquittoMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def pole(broker: str) -> Iterator[Pole]:
    """Give a device at the broker."""
    pole = Pole(broker)
    yield pole
    pole.close()


@pytest.fixture
def settings(settings: Settings, broker: str) -> Settings:
    """Open the door."""
    return opened(settings, broker)


def opened(settings: Settings, url: str) -> Settings:
    """Return settings with which a service reads a broker."""
    door = {"front_doors": frozenset({Protocol.MQTT}), "mqtt_url": SecretStr(url)}
    return settings.model_copy(update=door)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_NOT_READY_S", 1)
    monkeypatch.setattr(consumer, "_FIRST_WAIT_S", 0.1)
    monkeypatch.setattr(consumer, "_LONGEST_WAIT_S", 0.5)
    monkeypatch.setattr(consumer, "_EVERY_S", 0.3)


@pytest.fixture
def bus(database: Database, settings: Settings, make_camera: MakeCamera) -> Camera:
    """Give a bus's camera that publishes, enabled."""
    camera = make_camera(kind=CameraKind.BUS)
    with database.write() as session:
        device, secret = devices.create_device(
            session,
            seal=Seal(load_secret_key(settings.data_dir)),
            protocol=Protocol.MQTT,
            identifier="poles/+/pictures",
            name="poles",
            cameras={"7": camera.id},
            actor="system",
        )
        device.enabled = True
    assert secret is None
    return camera


def jpeg(level: int = 0) -> bytes:
    """Return a plain picture, one for each level of grey."""
    file = io.BytesIO()
    Image.new("L", (64, 48), level).save(file, "JPEG")
    return file.getvalue()


def frames(database: Database) -> list[Frame]:
    """Return every frame."""
    with database.read() as session:
        return list(session.scalars(select(Frame).order_by(Frame.id)))


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def metric(url: str, name: str) -> float:
    """Return a figure that a service tells."""
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def reading(url: str) -> bool:
    """Say whether a service reads the broker."""
    return metric(url, "xunjian_mqtt_connected") == 1


def test_a_published_picture_becomes_a_finding(
    bus: Camera, base_url: str, pole: Pole, database: Database, rendered_road_jpeg: bytes
) -> None:
    """With the model that ships, on a rendered road."""
    until(lambda: reading(base_url))
    told = {
        "picture": base64.b64encode(rendered_road_jpeg).decode(),
        "captured_at": AT,
        "latitude": 30.2741,
        "longitude": 120.1551,
        "heading_deg": 90,
        "detections": [{"class": "pothole", "score": 0.5, "box": [0.25, 0.5, 0.5, 1.0]}],
    }
    pole.publish(told)
    until(lambda: len(frames(database)) == 1)
    (frame,) = frames(database)
    assert (frame.camera_id, frame.latitude) == (bus.id, 30.2741)
    assert frame.captured_at.isoformat() == "2026-11-22T00:00:00+00:00"
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Finding))
        (said,) = session.scalars(select(ExternalDetectionRow)).all()
        (device,) = session.scalars(select(Device)).all()
    assert (said.x1, said.y2) == (frame.width / 4, frame.height)
    pole.publish(told)  # QoS 1: a message may come twice
    until(lambda: metric(base_url, "xunjian_mqtt_messages_total") == 2)
    assert len(frames(database)) == 1
    assert device.last_seen_at is not None


def test_nonsense_does_not_stand_in_the_way(
    bus: Camera, base_url: str, pole: Pole, database: Database
) -> None:
    until(lambda: reading(base_url))
    for payload in (b"", b"{}", b"no picture", b"\xff\xd8\xff\xe0 cut short"):
        pole.publish(payload)
    pole.publish(jpeg(), "poles/8/pictures")  # no camera
    pole.publish({"picture": base64.b64encode(jpeg()).decode(), "latitude": 91})
    pole.publish(jpeg(1))
    until(lambda: len(frames(database)) == 1)
    until(lambda: metric(base_url, 'xunjian_mqtt_messages_total{outcome="refused"}') == 6)


def test_what_was_not_committed_comes_again(
    bus: Camera, settings: Settings, pole: Pole, database: Database
) -> None:
    """A service that takes nothing acknowledges nothing; what is published without one waits."""
    app = create_app(settings)
    with serving(app) as url:
        until(lambda: reading(url))
        assert app.state.services.inspector.check() is None
        app.state.services.inspector.problem = "it is told to take nothing"
        for level in range(5):
            pole.publish(jpeg(level))
        time.sleep(0.5)
        assert frames(database) == []
    for level in range(5, 10):
        pole.publish(jpeg(level))
    with serving(create_app(settings)) as url:
        until(lambda: len(frames(database)) == 10)
        pole.publish(jpeg(10))
        until(lambda: len(frames(database)) == 11)
        assert metric(url, "xunjian_mqtt_messages_total") == 11


def test_of_two_services_one_reads_until_it_goes(
    bus: Camera, settings: Settings, pole: Pole, database: Database
) -> None:
    with ExitStack() as first, serving(create_app(settings)) as second_url:
        until(lambda: reading(second_url))
        first_url = first.enter_context(serving(create_app(settings)))
        pole.publish(jpeg(0))
        until(lambda: len(frames(database)) == 1)
        time.sleep(1)
        assert not reading(first_url)
        assert reading(second_url)
        stay = first.pop_all()
    with stay:
        until(lambda: reading(first_url))
        pole.publish(jpeg(1))
        until(lambda: len(frames(database)) == 2)


def test_a_broker_that_goes_is_found_again(
    settings: Settings, database: Database, bus: Camera, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    with ExitStack() as running:
        url = running.enter_context(mosquitto.broker(folder))
        base_url = running.enter_context(serving(create_app(opened(settings, url))))
        until(lambda: reading(base_url))
        rest = running.pop_all()
    port = int(url.rpartition(":")[2])
    with rest:
        pass
    with serving(create_app(opened(settings, url))) as base_url:
        time.sleep(0.5)
        assert not reading(base_url)
        with mosquitto.broker(folder, port=port):
            until(lambda: reading(base_url))
            pole = Pole(url)
            pole.publish(jpeg())
            until(lambda: len(frames(database)) == 1)
            pole.close()
        until(lambda: not reading(base_url))
        with mosquitto.broker(folder, port=port):
            until(lambda: reading(base_url))


def test_devices_come_and_go_without_a_restart(
    bus: Camera, base_url: str, pole: Pole, database: Database
) -> None:
    until(lambda: reading(base_url))
    enable(database, False)
    time.sleep(1)
    pole.publish(jpeg(0))
    enable(database, True)
    time.sleep(1)
    pole.publish(jpeg(1))
    until(lambda: len(frames(database)) == 1)
    time.sleep(0.3)
    assert len(frames(database)) == 1


def enable(database: Database, enabled: bool) -> None:
    """Enable or disable the device."""
    with database.write() as session:
        session.scalars(select(Device)).one().enabled = enabled


def test_over_tls_with_a_password(
    bus: Camera,
    settings: Settings,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "tls"
    folder.mkdir()
    known = mosquitto.certificate_at(folder / "known.pem")
    with mosquitto.broker(folder, users=True, certificate=known) as url:
        port = url.rpartition(":")[2]
        user = f"{mosquitto.USER}:{quote(mosquitto.PASSWORD, safe='')}"
        monkeypatch.setenv("SSL_CERT_FILE", str(known))
        right = f"mqtts://{user}@127.0.0.1:{port}"
        with serving(create_app(opened(settings, right))) as base_url:
            until(lambda: reading(base_url))
        wrong = right.replace(mosquitto.USER, "nobody")
        with serving(create_app(opened(settings, wrong))) as base_url:
            time.sleep(1)
            assert not reading(base_url)
        monkeypatch.delenv("SSL_CERT_FILE")
        with serving(create_app(opened(settings, right))) as base_url:
            time.sleep(1)
            assert not reading(base_url)


def test_the_door_needs_a_broker(app: FastAPI) -> None:
    with pytest.raises(ValueError, match="XUNJIAN_MQTT_URL"):
        Settings(front_doors=frozenset({Protocol.MQTT}))
    with pytest.raises(ValueError, match="mqtt://"):
        Settings(mqtt_url=SecretStr("http://broker"))
