"""Serving the status page, the same as JSON, and Prometheus metrics, to who can reach them."""

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from urllib.parse import parse_qs, urlsplit

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from gateway import metrics
from gateway.errors import GatewayError
from gateway.status import Status
from gateway.status_page import CONTENT_SECURITY_POLICY, LANGUAGES, render


def serve_status(host: str, port: int, status: Callable[[], Status], stop: Event) -> None:
    """Serve until told to stop: `/`, `/status.json`, `/metrics`, `/healthz`.

    Args:
        host: the address to listen at.
        port: its port; 0 takes a free one.
        status: returns the gateway's status.
        stop: set when it shall end.

    Raises:
        GatewayError: the address cannot be taken.
    """
    try:
        server = StatusServer(host, port, status)
    except OSError as error:
        raise GatewayError(
            f"the status page cannot be at {host}:{port}: {error.strerror}",
            hint="give status.port another number",
        ) from error
    with server:
        server.timeout = 0.5
        while not stop.is_set():
            server.handle_request()


class StatusServer(ThreadingHTTPServer):
    """The HTTP server of one gateway's status."""

    daemon_threads = True

    def __init__(self, host: str, port: int, status: Callable[[], Status]) -> None:
        super().__init__((host, port), _Handler)
        self.status = status
        self.registry = metrics.registry(status)


class _Handler(BaseHTTPRequestHandler):
    server: StatusServer
    server_version = "xunjian-gateway"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path == "/":
            page = render(self.server.status(), self._language(path.query))
            self._answer("text/html; charset=utf-8", page.encode())
        elif path.path == "/status.json":
            told = json.dumps(self.server.status().to_json(), ensure_ascii=False, indent=1)
            self._answer("application/json", told.encode())
        elif path.path == "/metrics":
            self._answer(CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
        elif path.path == "/healthz":
            self._answer("text/plain", b"ok\n")
        else:
            self._answer("text/plain", b"there is no such page\n", HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815 - the base class's names

    def _language(self, query: str) -> str:
        [asked] = parse_qs(query).get("lang", [""])[:1]
        if asked in LANGUAGES:
            return asked
        first = self.headers.get("Accept-Language", "zh").split(",")[0].lower()
        return "zh" if first.startswith("zh") else "en"

    def _answer(self, content_type: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: whoever watches asks every few seconds."""
