"""A gateway with a bus camera that posts to a running service."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.cameras.models import Camera
from api.database import Base, Database
from api.evidence.objects import ObjectStore
from tests.conftest import GatewayToken, MakeCamera

_numbers = itertools.count(1)
_AUTHENTICATION = {"users", "user_sessions", "tokens"}


@dataclass
class Poster:
    """Posts frames as a gateway does."""

    client: httpx.Client
    camera: Camera
    gateway: GatewayToken
    metadata: dict[str, str] = field(default_factory=dict)

    def headers(self, **changes: str | None) -> dict[str, str]:
        """Return the headers of a new frame; a change of None leaves the header out."""
        headers = {
            "Content-Type": "image/jpeg",
            "Idempotency-Key": f"key-{next(_numbers)}",
            "Xunjian-Camera": self.camera.id,
            "Xunjian-Captured-At": "2026-11-21T08:00:00Z",
            "Xunjian-Latitude": "30.2741",
            "Xunjian-Longitude": "120.1551",
            "Xunjian-Heading": "90",
            "Xunjian-Gps-Accuracy": "3",
            "Authorization": self.gateway.headers["Authorization"],
        }
        for name, value in changes.items():
            headers[name.replace("_", "-").title()] = value  # type: ignore[assignment]
        return {name: value for name, value in headers.items() if value is not None}

    def post(self, picture: bytes, **changes: str | None) -> httpx.Response:
        return self.client.post("/v1/frames", content=picture, headers=self.headers(**changes))


@pytest.fixture
def ready_url(base_url: str, app: FastAPI) -> str:
    """Give the address of a service that has loaded its models."""
    assert app.state.services.inspector.check() is None
    return base_url


@pytest.fixture
def poster(
    ready_url: str, make_gateway_token: Callable[[], GatewayToken], make_camera: MakeCamera
) -> Iterator[Poster]:
    """Give a gateway with one bus camera."""
    gateway = make_gateway_token()
    camera = make_camera(gateway=gateway.gateway)
    with httpx.Client(base_url=ready_url, timeout=60) as client:
        yield Poster(client, camera, gateway)


def rows(database: Database) -> dict[str, int]:
    """Return how many rows each table has, those of signing in left out."""
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in _AUTHENTICATION
        }


@pytest.fixture
def app_objects(poster: Poster, app: FastAPI) -> ObjectStore:
    """Give the object store of the running service."""
    objects: ObjectStore = app.state.services.objects
    return objects
