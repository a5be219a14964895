"""kill -9 of the service during a drive: nothing acknowledged is lost, nothing comes twice."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from api import migrations
from api.accounts import service as accounts
from api.cameras import service as cameras
from api.cameras.models import CameraKind
from api.coverage.models import Coverage
from api.database import Database
from api.evidence.objects import open_object_store
from api.findings.models import Finding, FindingDetection
from api.frames.models import Detection, Frame
from api.gateways import service as gateways
from api.permissions import Role
from datasets.synthesis.road import DriveFrame, demo_drive

FRAMES = 16
PATIENCE_S = 240
KILLS = 3
POSTERS = 4


def patiently() -> Iterator[None]:
    """Yield every 50 ms; end with an error rather than never when what is awaited never comes."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)
    raise TimeoutError("what was awaited did not come")


@dataclass
class Service:
    """A real `xunjian serve` on SQLite that can be killed and started again."""

    data_dir: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    log: list[Path] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.log.append(self.data_dir / f"serve-{len(self.log)}.log")
        with self.log[-1].open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "xunjian", "serve", "--port", str(self.port)],
                env={**os.environ, "XUNJIAN_DATA_DIR": str(self.data_dir)},
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        for _ in patiently():
            assert self.process is not None
            assert self.process.poll() is None, self.log[-1].read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=30).is_success:
                    return
            except httpx.TransportError:
                pass

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def service_in(data_dir: Path) -> Iterator[Service]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        service = Service(data_dir, free.getsockname()[1])
    service.start()
    try:
        yield service
    finally:
        service.kill()


class Drive:
    """A bus's gateway: posts every frame until it is acknowledged, several at once."""

    def __init__(self, service: Service, token: str, frames: list[DriveFrame]) -> None:
        self._service = service
        self._token = token
        self._frames = frames
        self._left = list(reversed(range(len(frames))))
        self._lock = threading.Lock()
        self.acknowledged: dict[int, dict[str, Any]] = {}
        self.lost_answers = 0

    def run(self) -> None:
        """Post from several threads until every frame is acknowledged."""
        threads = [threading.Thread(target=self._post_all) for _ in range(POSTERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post_all(self) -> None:
        with httpx.Client(base_url=self._service.url, timeout=60) as client:
            while True:
                with self._lock:
                    if not self._left:
                        return
                    number = self._left.pop()
                answer = self._post_until_acknowledged(client, number)
                with self._lock:
                    self.acknowledged[number] = answer

    def _post_until_acknowledged(self, client: httpx.Client, number: int) -> dict[str, Any]:
        for _ in patiently():
            try:
                answer = self.post(client, number)
            except httpx.TransportError:
                self.lost_answers += 1
            else:
                if answer.status_code == 200:
                    body: dict[str, Any] = answer.json()
                    return body
                assert answer.status_code in (429, 503), answer.text
        raise AssertionError("unreachable: patience ends with an error")

    def post(self, client: httpx.Client, number: int) -> httpx.Response:
        frame = self._frames[number]
        return client.post(
            "/v1/frames",
            content=frame.jpeg,
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "image/jpeg",
                "Idempotency-Key": f"drive/{number}",
                "Xunjian-Camera": "front",
                "Xunjian-Captured-At": frame.captured_at.isoformat(),
                "Xunjian-Latitude": str(frame.latitude),
                "Xunjian-Longitude": str(frame.longitude),
                "Xunjian-Gps-Accuracy": str(frame.gps_accuracy_m),
                "Xunjian-Heading": str(frame.heading_deg),
            },
        )


def prepare(database: Database) -> str:
    """Make the tables, a gateway and its camera; return the gateway's token."""
    migrations.upgrade(database)
    with database.write() as session:
        gateway = gateways.create_gateway(session, name="bus", actor="system")
        cameras.create_camera(
            session,
            name="front",
            kind=CameraKind.BUS,
            gateway_id=gateway.id,
            inspections=["road_damage"],
            actor="system",
        )
        _, secret = accounts.create_token(
            session,
            name="bus",
            role=Role.GATEWAY,
            gateway_id=gateway.id,
            expires_at=None,
            actor="system",
        )
    return secret


def test_kill_9_loses_no_acknowledged_frame_and_doubles_nothing(tmp_path: Path) -> None:
    frames = list(islice(demo_drive(), FRAMES))
    database = Database(f"sqlite:///{tmp_path / 'xunjian.sqlite3'}")
    token = prepare(database)
    moments = random.Random(20261121)
    with service_in(tmp_path) as service:
        service.wait_until_ready()
        drive = Drive(service, token, frames)
        driving = threading.Thread(target=drive.run)
        driving.start()
        for kill in range(1, KILLS + 1):
            # At least some frames further each time, then at any moment of what is under way.
            for _ in patiently():
                if len(drive.acknowledged) >= kill * FRAMES // (KILLS + 2):
                    break
            time.sleep(moments.uniform(0, 0.1))
            service.kill()
            service.start()
            service.wait_until_ready()
        driving.join()
        assert drive.lost_answers > 0, "no kill met a frame on its way; the test shows nothing"
        assert sorted(drive.acknowledged) == list(range(FRAMES))
        # Whoever asks again gets the first answer.
        with httpx.Client(base_url=service.url, timeout=60) as client:
            for number, first in drive.acknowledged.items():
                again = drive.post(client, number).json()
                assert again == first | {"duplicate": True}
    _expect_all_exactly_once(database, drive, str(tmp_path / "objects"))
    database.close()


def _expect_all_exactly_once(database: Database, drive: Drive, objects_at: str) -> None:
    objects = open_object_store(objects_at)
    with database.read() as session:
        kept = {frame.id: frame for frame in session.scalars(select(Frame))}
        detections = session.scalars(select(Detection)).all()
        assert {one["frame_id"] for one in drive.acknowledged.values()} == set(kept)
        assert len(kept) == FRAMES, "a frame was kept twice"
        told = {one["id"] for body in drive.acknowledged.values() for one in body["detections"]}
        assert {one.id for one in detections} == told
        assert told, "nothing was found, so nothing could be doubled"
        assert session.scalar(select(func.count()).select_from(Coverage)) == FRAMES
        linked = session.scalars(select(FindingDetection.detection_id)).all()
        assert len(linked) == len(set(linked))
        assert session.scalar(select(func.count()).select_from(Finding)) or not linked
        for detection in detections:
            key = kept[detection.frame_id].object_key
            assert key is not None
            objects.get(key)  # raises if the picture is missing or not whole
