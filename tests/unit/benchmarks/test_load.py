import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.load import Plan, Result, generate


class Server(ThreadingHTTPServer):
    """Answers every third post with 429, and closes the connection after it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts: list[tuple[str, str, bytes]] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, self.headers["Idempotency-Key"], body))
        refused = len(self.server.posts) % 3 == 0
        self.send_response(429 if refused else 200)
        self.send_header("Content-Length", "2")
        if refused:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def load(server: Server, pictures: Path, *, clients: int = 0, rate: float = 0) -> Result:
    for number, body in enumerate((b"first", b"second")):
        (pictures / f"{number}.jpg").write_bytes(body)
    plan = Plan(
        port=server.server_address[1],
        path="/v1/frames",
        pictures=str(pictures),
        posts=[(0, {"Idempotency-Key": "a/{n}"}), (1, {"Idempotency-Key": "b/{n}"})],
        first=10,
        warm_up_s=0.1,
        seconds=0.4,
        clients=clients,
        rate=rate,
    )
    return asyncio.run(generate(plan))


@pytest.mark.parametrize("how", [{"clients": 3}, {"rate": 100.0}])
def test_what_was_posted_and_answered_is_counted(
    server: Server, tmp_path: Path, how: dict[str, float]
) -> None:
    result = load(server, tmp_path, **how)  # type: ignore[arg-type]
    assert set(result.statuses) <= {"200", "429"}
    assert result.statuses["429"] > 0
    assert result.statuses["200"] == len(result.latencies_ms) > 0
    assert sum(result.statuses.values()) <= result.posted
    assert result.latencies_ms == sorted(result.latencies_ms)
    keys = [key for _, key, _ in server.posts]
    assert len(set(keys)) == len(keys)
    seconds = [(path, body) for path, key, body in server.posts if key.startswith("b/")]
    assert {path for path, _ in seconds} == {"/v1/frames"}
    assert {(body[:2], body[-4:]) for _, body in seconds} == {(b"se", b"cond")}
    assert len(set(seconds)) == len(seconds), "no picture came twice"


def test_a_service_that_is_gone_is_counted_not_waited_for(tmp_path: Path) -> None:
    server = Server()
    server.server_close()
    result = load(server, tmp_path, rate=50)
    assert set(result.statuses) == {"0"}
    assert not result.latencies_ms
