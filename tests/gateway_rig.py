"""A gateway between cameras and a service, all of them processes that can be killed at any moment.

    with rig(folder, database, cameras=2) as city:
        city.agent.kill()
        city.proxy.fault = Answer(503)
        ...
        city.settle()
        city.tally().expect_exactly_once()

The gateway's log says what it had durably queued; the pictures that passed the proxy say their
numbers; the service's database says what it has.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import yaml
from sqlalchemy import select

from api.accounts import service as accounts
from api.cameras import service as cameras
from api.cameras.models import Camera, CameraKind
from api.database import Database
from api.frames.models import Frame
from api.gateways import service as gateways
from api.permissions import Role
from tests import rtsp
from tests.fault_proxy import FaultProxy, fault_proxy

FPS = 10
LIGHT_SERVICE = ("-m", "tests.light_service")
PATIENCE_S = 120.0


def patiently(what: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Yield every 100 ms; end with an error rather than never when what is awaited never comes."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not come within {patience_s:.0f} s")


class Program:
    """A Python process that is killed and started again.

    Args:
        arguments: of the interpreter.
        environment: variables besides those of this process.
        log: where its output is appended.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments],
                env=os.environ | self._environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Kill it at once (SIGKILL)."""
        self.kills += 1
        self.send(signal.SIGKILL)

    def send(self, number: signal.Signals, within_s: float = 60.0) -> int:
        """Send it a signal that ends it; return its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(within_s)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def expect_alive(self) -> None:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-4000:]


@dataclass(frozen=True)
class Tally:
    """What was queued and what arrived.

    Attributes:
        queued: keys of the frames that the gateway had durably queued, by its log.
        arrived: keys of the frames that the service has, as often as it has them.
        numbers: of each camera, the numbers in the pictures of its frames, in order of capture.
        frozen: of each camera, how often its picture was frozen: it then comes again and again.
        gateway_kills: how often the gateway was killed: each may have kept one frame of each camera
            from its log, never from its queue.
        refused: how many the service refused.
    """

    queued: Counter[str]
    arrived: Counter[str]
    numbers: Mapping[str, list[int | None]]
    frozen: Counter[str]
    gateway_kills: int
    refused: int

    @property
    def lost(self) -> set[str]:
        """Return what was queued and did not arrive."""
        return set(self.queued) - set(self.arrived)

    @property
    def twice(self) -> set[str]:
        """Return what the service has more than once."""
        return {key for key, count in self.arrived.items() if count > 1}

    def expect_exactly_once(self) -> None:
        """Expect each captured frame in the service, and each once."""
        assert not self.lost, f"{len(self.lost)} of {len(self.queued)} frames were lost"
        assert not self.twice, f"{len(self.twice)} frames are there twice"
        unlogged = set(self.arrived) - set(self.queued)
        assert len(unlogged) <= self.gateway_kills * len(self.numbers), unlogged
        for camera, numbers in self.numbers.items():
            assert None not in numbers, f"a picture of {camera} carries no number"
            told = [number for number in numbers if number is not None]
            again = {number for number, count in Counter(told).items() if count > 1}
            assert len(again) <= self.frozen[camera], f"{camera}: captured twice: {again}"
            others = [number for number in told if number not in again]
            assert others == sorted(others), f"{camera}: out of order: {told}"
        assert self.refused == 0


@dataclass
class Rig:
    """Everything between a camera and the service; made by `rig`."""

    folder: Path
    database: Database
    cameras: tuple[str, ...]
    server: rtsp.RtspServer
    service: Program
    service_port: int
    proxy: FaultProxy
    agent: Program
    status_port: int
    numbers: dict[str, int | None] = field(default_factory=dict)
    frozen: Counter[str] = field(default_factory=Counter)

    @property
    def journal(self) -> Path:
        """Return the gateway's log."""
        return self.folder / "gateway.log"

    def status(self) -> dict[str, Any]:
        """Return what the gateway's status page says."""
        url = f"http://127.0.0.1:{self.status_port}/status.json"
        answer: dict[str, Any] = httpx.get(url, timeout=10).json()
        return answer

    def await_status(self, what: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until the gateway's status is as wished."""
        for _ in patiently(what):
            self.agent.expect_alive()
            try:
                if holds(self.status()):
                    return
            except httpx.TransportError:
                pass

    def await_service(self) -> None:
        """Wait until the service takes frames."""
        for _ in patiently("the service"):
            self.service.expect_alive()
            try:
                if httpx.get(f"http://127.0.0.1:{self.service_port}/readyz", timeout=30).is_success:
                    return
            except httpx.TransportError:
                pass

    def freeze(self, camera: str) -> None:
        """Let a camera show the same picture again and again, until `thaw`."""
        self.frozen[camera] += 1
        self.server.freeze(f"/{camera}")

    def thaw(self, camera: str) -> None:
        """Let a frozen camera go on."""
        self.server.thaw(f"/{camera}")

    def await_frames(self, more: int) -> None:
        """Wait until so many more frames were queued."""
        until = len(self.queued()) + more
        for _ in patiently(f"{more} frames"):
            self.agent.expect_alive()
            if len(self.queued()) >= until:
                return

    def queued(self) -> Counter[str]:
        """Return the keys of what was durably queued."""
        keys: Counter[str] = Counter()
        for line in self.journal.read_bytes().splitlines():
            if b'"queued"' in line:
                entry = json.loads(line)
                keys[entry["key"]] += 1
        return keys

    def settle(self) -> None:
        """Let the cameras end, wait until nothing waits any more, and end the gateway."""
        self.server.kill()
        self.proxy.fault = None
        least = sys.maxsize
        while least > 0:
            self.await_status("progress of the upload", partial(_fewer_wait, than=least))
            least = _waiting(self.status())
        assert self.agent.send(signal.SIGTERM) == 0

    def tally(self) -> Tally:
        """Count what was queued and what arrived."""
        with self.database.read() as session:
            rows = session.execute(
                select(Camera.name, Frame.idempotency_key, Frame.sha256)
                .join(Camera, Frame.camera_id == Camera.id)
                .order_by(Frame.captured_at)
            ).all()
        numbers: dict[str, list[int | None]] = {camera: [] for camera in self.cameras}
        for camera, _, sha256 in rows:
            numbers[camera].append(self.numbers[sha256])
        refused = len(list((self.folder / "queue").glob("*/refused/*.txt")))
        arrived = Counter(key for _, key, _ in rows)
        return Tally(self.queued(), arrived, numbers, self.frozen, self.agent.kills, refused)


@contextmanager
def rig(
    folder: Path,
    database: Database,
    *,
    count: int = 2,
    seconds: int = 90,
    every: str = "300ms",
    size: tuple[int, int] = (320, 180),
    serve: Sequence[str] = LIGHT_SERVICE,
) -> Iterator[Rig]:
    """Run cameras, a service, a proxy between it and the gateway, and a gateway.

    Args:
        folder: for the files of all of them.
        database: with its tables.
        count: how many cameras.
        seconds: how long their clip is; it is not to be shown twice.
        every: how often the gateway takes a picture of each.
        size: of the pictures, in pixels.
        serve: arguments of the interpreter that run the service; its port is added.
    """
    names = tuple(f"camera-{number}" for number in range(count))
    token = prepare(database, names)
    clip = rtsp.numbered(folder / "clip.es", frames=seconds * FPS, size=size, fps=FPS)
    service_port, status_port = free_port(), free_port()
    environment = {
        "XUNJIAN_DATA_DIR": str(folder),
        "XUNJIAN_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "XUNJIAN_WORKER_PROCESSES": "0",
        "XUNJIAN_DELIVERY_THREADS": "0",
    }
    service = Program([*serve, str(service_port)], environment, folder / "service.log")
    config = folder / "gateway.yaml"
    agent = Program(
        ["-m", "xunjian", "gateway", "run", "--config", str(config), "--verbose"],
        {"GATEWAY_TOKEN": token},
        folder / "gateway.log",
    )
    mounts = {f"/{name}": clip for name in names}
    with rtsp.serve(folder, mounts) as server, fault_proxy(service_port) as proxy:
        config.write_text(
            yaml.safe_dump(
                {
                    "service": {"url": proxy.url, "token": "${GATEWAY_TOKEN}", "timeout": "5s"},
                    "queue": {"folder": "queue"},
                    "status": {"port": status_port},
                    "cameras": [
                        {
                            "camera": name,
                            "source": {
                                "kind": "rtsp",
                                "url": server.url(f"/{name}"),
                                "silent_after": "2s",
                            },
                            "every": every,
                            "frozen_after": "3s",
                        }
                        for name in names
                    ],
                }
            )
        )
        made = Rig(
            folder, database, names, server, service, service_port, proxy, agent, status_port
        )
        proxy.on_body = lambda path, body: _read_number(made, path, body)
        service.start()
        agent.start()
        try:
            yield made
        finally:
            agent.close()
            service.close()


def prepare(database: Database, names: Sequence[str]) -> str:
    """Make a gateway and its cameras; return its token."""
    with database.write() as session:
        gateway = gateways.create_gateway(session, name="rig", actor="system")
        for name in names:
            cameras.create_camera(
                session,
                name=name,
                kind=CameraKind.COMMUNITY,
                gateway_id=gateway.id,
                inspections=["road_damage"],
                actor="system",
            )
        _, secret = accounts.create_token(
            session,
            name="rig",
            role=Role.GATEWAY,
            gateway_id=gateway.id,
            expires_at=None,
            actor="system",
        )
    return secret


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _waiting(status: dict[str, Any]) -> int:
    waiting: dict[str, int] = status["queues"]["frames"]["waiting"]
    return sum(waiting.values())


def _fewer_wait(status: dict[str, Any], *, than: int) -> bool:
    return _waiting(status) < than


_reading = threading.Lock()


def _read_number(made: Rig, path: str, body: bytes) -> None:
    if path == "/v1/frames":
        digest = hashlib.sha256(body).hexdigest()
        if digest not in made.numbers:
            number = rtsp.read_jpeg_number(body)
            with _reading:
                made.numbers[digest] = number
