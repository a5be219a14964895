"""An installation with the door of GA/T 1400 open, and devices that come to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol as TypingProtocol

import pytest

from api.cameras.models import Camera
from api.database import Database
from api.devices import service as devices
from api.devices.models import Protocol
from api.dispatch.sealing import Seal
from api.frames.inspector import Inspector
from api.secrets import load_secret_key
from api.settings import Settings
from tests.conftest import MakeCamera
from tests.light_service import see_nobody
from tests.viid_device import ViidDevice

GATE = "33010600001190000001"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Give the settings of an installation that lets VIID devices in."""
    return Settings(
        data_dir=tmp_path / "var",
        database_url=database_url,
        undo_s=0,
        second_review_share=0,
        front_doors=frozenset({Protocol.VIID}),
    )


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service decode pictures and see nothing in them."""
    monkeypatch.setattr(Inspector, "_find_problem", lambda _: None)
    monkeypatch.setattr(Inspector, "road_users", see_nobody)


class Comes(TypingProtocol):
    """Makes a device known and lets it come; the first camera is the device itself."""

    def __call__(
        self,
        device_id: str = GATE,
        *cameras: Camera,
        enabled: bool = True,
        algorithm: str = "MD5",
        channels: dict[str, str] | None = None,
    ) -> ViidDevice: ...


@pytest.fixture
def comes(
    base_url: str, database: Database, settings: Settings, make_camera: MakeCamera
) -> Iterator[Comes]:
    """Give a function that makes a device known."""
    with ExitStack() as stack:

        def come(
            device_id: str = GATE,
            *cameras: Camera,
            enabled: bool = True,
            algorithm: str = "MD5",
            channels: dict[str, str] | None = None,
        ) -> ViidDevice:
            camera = cameras[0] if cameras else make_camera()
            with database.write() as session:
                made, secret = devices.create_device(
                    session,
                    seal=Seal(load_secret_key(settings.data_dir)),
                    protocol=Protocol.VIID,
                    identifier=device_id,
                    name=f"device {device_id}",
                    cameras={"": camera.id, **(channels or {})},
                    actor="system",
                )
                devices.update_device(
                    session, device_id=made.id, values={"enabled": enabled}, actor="system"
                )
            assert secret is not None
            device = ViidDevice(base_url, device_id, secret, algorithm=algorithm)
            return stack.enter_context(device)

        yield come


@pytest.fixture
def change(database: Database) -> Callable[..., None]:
    """Give a function that changes a known device."""

    def change(device_id: str, **values: object) -> None:
        with database.write() as session:
            found = devices.find_device(session, f"device {device_id}")
            devices.update_device(session, device_id=found.id, values=dict(values), actor="system")

    return change
