"""The uploader against a real HTTP server that is slow, busy, down, or refuses."""

import hashlib
import http.server
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.client import Client, Receipt
from gateway.errors import Unauthorised
from gateway.frame import CapturedFrame, FrameMetadata
from gateway.queue import DiskQueue
from gateway.uplink import Pace, Posted, Uploader

Answer = tuple[int, dict[str, str], dict[str, Any]]


def taken(key: str) -> Answer:
    sha256 = hashlib.sha256(b"picture").hexdigest()
    receipt = {"frame_id": key, "duplicate": False, "sha256": sha256, "width": 4, "height": 3}
    return 200, {}, receipt


def problem(status: int, **headers: str) -> Answer:
    return status, headers, {"type": "urn:xunjian:problem:x", "detail": f"told {status}"}


@contextmanager
def service(answer: Callable[[str, int], Answer | None]) -> Iterator[tuple[str, Counter[str]]]:
    """Serve; `answer(key, try)` says what the n-th post of a key gets, None hangs up."""
    seen: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers["Idempotency-Key"]
            with lock:
                seen[key] += 1
                tries = seen[key]
            reply = answer(key, tries)
            if reply is None:
                self.close_connection = True
                return
            status, headers, body = reply
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


def fill(queue: DiskQueue, count: int) -> list[str]:
    frames = [
        CapturedFrame(
            FrameMetadata("bus-1", datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=n)),
            b"picture",
            "image/jpeg",
        )
        for n in range(count)
    ]
    for frame in frames:
        queue.put(frame)
    return [frame.idempotency_key for frame in frames]


def upload(queue: DiskQueue, url: str) -> list[Posted[CapturedFrame, Receipt]]:
    posted: list[Posted[CapturedFrame, Receipt]] = []
    with Client(url, "xj_test") as client:
        Uploader(
            queue, client.post_frame, pace=Pace(4, longest_wait_s=0.1), on_posted=posted.append
        ).drain()
    return posted


def test_every_frame_is_posted_until_it_is_taken(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    keys = fill(queue, 12)
    failures: list[Answer | None] = [
        problem(429),
        None,
        problem(503, Retry_After="0"),
        problem(500),
    ]
    with service(lambda key, n: failures[n - 1] if n <= len(failures) else taken(key)) as (
        url,
        seen,
    ):
        posted = upload(queue, url)
    assert sorted(p.receipt.frame_id for p in posted if p.receipt) == sorted(keys)
    assert set(seen.values()) == {len(failures) + 1}
    assert len(queue) == 0


def test_a_refused_frame_is_set_aside_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    keys = fill(queue, 5)
    bad = keys[2]
    with service(lambda key, _: problem(415) if key == bad else taken(key)) as (url, seen):
        posted = upload(queue, url)
    assert seen[bad] == 1
    assert [p.item.idempotency_key for p in posted if p.refusal] == [bad]
    (reason,) = (tmp_path / "refused").glob("*.txt")
    assert "415" in reason.read_text(encoding="utf-8")
    assert "told 415" in reason.read_text(encoding="utf-8")
    assert len(queue) == 0


def test_a_refused_token_stops_the_upload_and_keeps_every_frame(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    fill(queue, 5)
    with (
        service(lambda _key, _n: problem(401)) as (url, _),
        pytest.raises(Unauthorised, match="401"),
    ):
        upload(queue, url)
    assert len(queue) == 5
    assert queue.take() is not None


def test_stop_keeps_what_waits(tmp_path: Path) -> None:
    queue = DiskQueue(tmp_path)
    fill(queue, 6)
    posted: list[Posted[CapturedFrame, Receipt]] = []
    with service(lambda key, _: taken(key)) as (url, _), Client(url, "xj_test") as client:

        def stop_after_two(one: Posted[CapturedFrame, Receipt]) -> None:
            posted.append(one)
            if len(posted) == 2:
                uploader.stop()

        uploader = Uploader(queue, client.post_frame, pace=Pace(1), on_posted=stop_after_two)
        uploader.drain()
    assert len(posted) == 2
    assert len(queue) == 4
