"""A running service to which a yard's gateway posts clips."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.cameras.models import Camera, CameraKind
from api.database import Database
from api.evidence.objects import ObjectStore
from api.frames.inspector import Inspector
from inference.inspections import INSPECTIONS
from tests.conftest import GatewayToken, MakeCamera
from tests.integration.api.clips.looker import Looker
from tests.integration.api.clips.yard import Yard
from tests.unit.inference.clips.films import film


@pytest.fixture(autouse=True)
def looker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let falls be looked for without a model, and load none of those that look at pictures."""
    monkeypatch.setitem(INSPECTIONS, Looker.name, Looker)
    monkeypatch.setattr(Inspector, "_find_problem", lambda _: None)


@pytest.fixture
def make_community_camera(database: Database, make_camera: MakeCamera) -> Callable[..., Camera]:
    """Give a function that makes cameras whose clips are inspected."""

    def make(gateway: GatewayToken) -> Camera:
        camera = make_camera(gateway=gateway.gateway, kind=CameraKind.COMMUNITY)
        with database.write() as session:
            session.get_one(Camera, camera.id).inspections = [Looker.name]
        return camera

    return make


@pytest.fixture
def yard(
    base_url: str,
    make_gateway_token: Callable[[], GatewayToken],
    make_community_camera: Callable[..., Camera],
) -> Iterator[Yard]:
    """Give a gateway with one camera that looks at a building."""
    gateway = make_gateway_token()
    with httpx.Client(base_url=base_url, timeout=60) as client:
        yield Yard(client, make_community_camera(gateway), gateway)


@pytest.fixture
def objects(yard: Yard, app: FastAPI) -> ObjectStore:
    """Give the object store of the running service."""
    store: ObjectStore = app.state.services.objects
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder in which a worker works."""
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture(scope="session")
def clip() -> bytes:
    """Give a short clip in which the looker sees something."""
    return film(frames=12)
