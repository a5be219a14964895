"""A gateway with a camera that looks at a building, and whoever inspects its clips."""

import base64
import hashlib
import itertools
from collections.abc import Mapping
from pathlib import Path

import httpx
from sqlalchemy import func, select

from api.cameras.models import Camera
from api.clips.inspecting import ClipHandler
from api.clips.models import JOB_KIND, Clip, ClipPart
from api.database import Database
from api.evidence.objects import ObjectStore
from api.findings.models import Finding
from api.jobs.models import Job
from api.jobs.watch import Watch
from api.jobs.worker import Handler, Worker
from inference.clips import ClipLimits
from tests.conftest import GatewayToken
from tests.integration.api.clips.looker import Looker

_numbers = itertools.count(1)


def digest(data: bytes) -> str:
    """Return bytes' SHA-256 as RFC 9530 writes it."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


class Yard:
    """Uploads clips as a gateway does."""

    def __init__(self, client: httpx.Client, camera: Camera, gateway: GatewayToken) -> None:
        self.client = client
        self.camera = camera
        self.gateway = gateway

    def headers(self, **changes: str | None) -> dict[str, str]:
        """Return the headers of a new clip; a change of None leaves the header out."""
        headers: dict[str, str | None] = {
            "Content-Type": "video/mp4",
            "Idempotency-Key": f"clip-{next(_numbers)}",
            "Xunjian-Camera": self.camera.id,
            "Xunjian-Captured-At": "2026-11-21T08:00:00Z",
            **self.gateway.headers,
        }
        headers |= {name.replace("_", "-").title(): value for name, value in changes.items()}
        return {name: value for name, value in headers.items() if value is not None}

    def post(self, data: bytes, **changes: str | None) -> httpx.Response:
        return self.client.post("/v1/clips", content=data, headers=self.headers(**changes))

    def begin(self, data: bytes = b"", **changes: str | None) -> str:
        """Begin an upload; return where it goes on."""
        answer = self.post(data, **{"upload_complete": "?0", **changes})
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def append(
        self, location: str, data: bytes, offset: int, *, last: bool, **changes: str | None
    ) -> httpx.Response:
        headers: dict[str, str | None] = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1" if last else "?0",
            **self.gateway.headers,
        }
        headers |= {name.replace("_", "-").title(): value for name, value in changes.items()}
        given = {name: value for name, value in headers.items() if value is not None}
        return self.client.patch(location, content=data, headers=given)

    def head(self, location: str) -> httpx.Response:
        return self.client.head(location, headers=self.gateway.headers)

    def get(self, location: str) -> httpx.Response:
        return self.client.get(location, headers=self.gateway.headers)

    def cancel(self, location: str) -> httpx.Response:
        return self.client.delete(location, headers=self.gateway.headers)


def clip_handler(
    database: Database, objects: ObjectStore, folder: Path, limits: ClipLimits | None = None
) -> ClipHandler:
    """Return what inspects clips, without a model."""
    return ClipHandler(database, objects, limits or ClipLimits(), Looker, folder)


def worker(database: Database, objects: ObjectStore, handlers: Mapping[str, Handler]) -> Worker:
    """Return a worker that nobody watches."""
    return Worker(database, objects, handlers, Watch(database, job_timeout_s=60))


def work_all(database: Database, objects: ObjectStore, folder: Path) -> None:
    """Inspect every clip that waits, and delete what is needed no more."""
    handler = clip_handler(database, objects, folder)
    one = worker(database, objects, {JOB_KIND: handler})
    while one.run_once():
        pass
    handler.tidy()


def counts(database: Database) -> dict[str, int]:
    """Return how many there are of what a clip leaves."""
    with database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Clip, ClipPart, Job, Finding)
        }


def stored_bytes(database: Database, objects: ObjectStore, clip_id: str) -> bytes:
    """Return what the store has of a clip."""
    with database.read() as session:
        parts = session.scalars(
            select(ClipPart)
            .where(ClipPart.clip_id == clip_id, ClipPart.stored)
            .order_by(ClipPart.start)
        ).all()
    return b"".join(objects.get(part.object_key) for part in parts)
