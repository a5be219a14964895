"""An HTTP proxy that stands between a gateway and its service and misbehaves when it is told.

with fault_proxy(service_port) as proxy:
    proxy.fault = Answer(429, retry_after_s=1)
    proxy.fault = Lose()
    proxy.fault = None
"""

import http.client
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_DROPPED_HEADERS = {"connection", "keep-alive", "transfer-encoding", "host"}


@dataclass(frozen=True)
class Answer:
    """Answers itself, and lets nothing through."""

    status: int
    retry_after_s: int | None = None


@dataclass(frozen=True)
class Delay:
    """Lets every request wait before it goes on."""

    seconds: float


@dataclass(frozen=True)
class Lose:
    """Lets requests through and the answers nowhere: what was taken is not known to be."""


@dataclass(frozen=True)
class Cut:
    """Closes every connection before anything goes through."""


Fault = Answer | Delay | Lose | Cut


class FaultProxy(ThreadingHTTPServer):
    """The proxy; made by `fault_proxy`.

    Attributes:
        fault: how it misbehaves now; None when it does not.
        met: how many requests met each fault, by its name.
        on_body: called with the path and body of every request.
    """

    daemon_threads = True

    def __init__(self, upstream_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream_port = upstream_port
        self.fault: Fault | None = None
        self.met: Counter[str] = Counter()
        self.on_body: Callable[[str, bytes], None] = lambda _path, _body: None
        self._changed = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that are killed while they are answered."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def meet(self) -> Fault | None:
        """Return the fault that a request meets, and count it."""
        fault = self.fault
        if fault is not None:
            name = str(fault.status) if isinstance(fault, Answer) else type(fault).__name__.lower()
            with self._changed:
                self.met[name] += 1
        return fault


@contextmanager
def fault_proxy(upstream_port: int) -> Iterator[FaultProxy]:
    """Run a proxy on a free loopback port before a service at another."""
    with FaultProxy(upstream_port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        body = self._body()
        self.server.on_body(self.path, body)
        fault = self.server.meet()
        if isinstance(fault, Cut):
            self.close_connection = True
            return
        if isinstance(fault, Answer):
            retry = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
            self._give(fault.status, retry, b'{"detail": "as the test wishes"}')
            return
        if isinstance(fault, Delay):
            threading.Event().wait(fault.seconds)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in _DROPPED_HEADERS
        }
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=60)
        try:
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        finally:
            upstream.close()
        if isinstance(fault, Lose):
            self.close_connection = True
            return
        given = {
            name: value
            for name, value in answer.getheaders()
            if name.lower() not in _DROPPED_HEADERS | {"content-length", "date", "server"}
        }
        self._give(answer.status, given, content)

    do_GET = do_POST = do_PATCH = do_HEAD = do_DELETE = _pass_on  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                raise ConnectionAbortedError("whoever sent this was killed meanwhile")
            return body
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _give(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
