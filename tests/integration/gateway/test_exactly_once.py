"""A drive through a link that breaks off anywhere: the service has every frame exactly once."""

import random
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from sqlalchemy import select

from api.database import Database
from api.frames.models import Frame
from gateway.client import CapturedFrame, Client, FrameMetadata, Receipt
from gateway.queue import DiskQueue, Priority
from gateway.uplink import Pace, Posted, Uploader
from tests.conftest import GatewayToken, MakeCamera, sqlite_only

FRAMES = 14
START = datetime(2026, 11, 21, 8, tzinfo=UTC)


def read_message(connection: socket.socket) -> bytes:
    """Read one request or answer with its body; less when it breaks off."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            missing = int(line.partition(b":")[2]) - len(body)
            while missing > 0 and (more := connection.recv(65536)):
                data += more
                missing -= len(more)
    return data


@contextmanager
def bad_link(service: str, whims: Counter[str]) -> Iterator[str]:
    """Stand before a service; each request fares as chance decides, and is counted."""
    target = urlsplit(service)
    chance = random.Random(17)
    lock = threading.Lock()
    busy = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while request := read_message(self.request):
                with lock:
                    whim = chance.choice(
                        ["whole", "lost", "half", "unheard", "cut", "busy", "page"]
                    )
                    whims[whim] += 1
                if whim == "busy":
                    self.request.sendall(busy)
                    continue
                if whim == "page":
                    self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<html/>")
                    continue
                if whim == "unheard":
                    return
                with socket.create_connection((target.hostname or "", target.port or 0)) as far:
                    if whim == "cut":  # the service gets half a picture
                        far.sendall(request[: len(request) // 2])
                        return
                    far.sendall(request)
                    answer = read_message(far)
                if whim == "lost":  # the service has it, and nobody is told
                    return
                self.request.sendall(answer[: len(answer) // 2] if whim == "half" else answer)
                if whim == "half":
                    return

    class Proxy(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Proxy(("127.0.0.1", 0), Handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            thread.join()


@sqlite_only
def test_every_frame_is_in_the_service_exactly_once(
    app: FastAPI,
    base_url: str,
    database: Database,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
    rendered_road_jpeg: bytes,
    tmp_path: Path,
) -> None:
    assert app.state.services.inspector.check() is None
    gateway = make_gateway_token()
    camera = make_camera(gateway=gateway.gateway)
    queue = DiskQueue(tmp_path / "queue")
    for second in range(FRAMES):
        metadata = FrameMetadata(camera.name, START + timedelta(seconds=second))
        priority = Priority.BACKFILL if second % 3 else Priority.ALERT
        queue.put(CapturedFrame(metadata, rendered_road_jpeg, "image/jpeg"), priority)
    whims: Counter[str] = Counter()
    posted: list[Posted[CapturedFrame, Receipt]] = []
    with bad_link(base_url, whims) as url, Client(url, gateway.secret) as client:
        Uploader(
            queue,
            lambda frame, priority: client.post_frame(frame, alert=priority is Priority.ALERT),
            pace=Pace(8, longest_wait_s=0.05),
            on_posted=posted.append,
        ).drain()
    assert len(whims) == 7, whims
    with database.read() as session:
        rows = session.execute(select(Frame.id, Frame.captured_at)).all()
    assert sorted(at for _, at in rows) == [START + timedelta(seconds=s) for s in range(FRAMES)]
    receipts = {one.receipt.frame_id for one in posted if one.receipt is not None}
    assert receipts == {frame_id for frame_id, _ in rows}
    assert len(posted) == FRAMES
    assert len(queue) == 0
