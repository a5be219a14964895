"""The line to a department: pinned, capped, masked; what failed is told apart."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from api.dispatch.connectors.wire import (
    DeliveryFailed,
    Wire,
    address_problem,
    open_client,
    retry_after_s,
)

_AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with open_client(1.0) as client:
        yield client


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection by hand, so that the answer can be as broken as needed."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def _fail(http: httpx.Client, url: str) -> DeliveryFailed:
    wire = Wire(http, url=url, timeout_s=0.5)
    with pytest.raises(DeliveryFailed) as failure:
        wire.request("POST", content=b"x")
    return failure.value


@pytest.mark.parametrize(
    ("answer", "uncertain"),
    [
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", True),
        (b"nonsense\r\n\r\n", True),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 304 Same\r\n\r\n", False),
        (b"HTTP/1.1 302 There\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", False),
    ],
)
def test_what_may_have_been_taken_is_told_apart(
    http: httpx.Client, answer: bytes, uncertain: bool
) -> None:
    with answering(lambda connection: connection.sendall(answer)) as url:
        failure = _fail(http, url)
    assert failure.uncertain is uncertain
    assert not failure.final


def test_what_never_left_is_certain(http: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    failure = _fail(http, f"http://127.0.0.1:{port}")
    assert not failure.uncertain
    assert not _fail(http, "http://no-such-host.invalid").uncertain


def test_a_dripping_answer_is_cut_off(http: httpx.Client) -> None:
    done = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while not done.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            pass

    with answering(drip) as url:
        failure = _fail(http, url)
        done.set()
    assert failure.uncertain


def test_gone_is_final(http: httpx.Client) -> None:
    answer = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
    with answering(lambda connection: connection.sendall(answer)) as url:
        failure = _fail(http, url)
    assert failure.gone
    assert failure.final


def test_only_the_pinned_address_is_called(http: httpx.Client) -> None:
    wire = Wire(http, url="http://roads.example", timeout_s=0.5)
    with pytest.raises(DeliveryFailed, match="not this destination"):
        wire.request("GET", ".evil.example/requests.json")


def test_the_log_masks_secrets_and_personal_data(http: httpx.Client) -> None:
    body = b"call Wang at 13812345678 or wang@roads.example, id 11010519491231002X; k/ey k%2Fey"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with answering(lambda connection: connection.sendall(head + body)) as url:
        wire = Wire(http, url=url, timeout_s=1.0, secrets=("k/ey",))
        wire.request(
            "POST",
            form={"api_key": "k/ey", "media_url": "http://x/p?expires=1&signature=abcdef&a=b"},
        )
    assert wire.response_excerpt == "call Wang at *** or ***, id ***; *** ***"
    assert "abcdef" not in (wire.request_excerpt or "")
    assert "api_key=***" in (wire.request_excerpt or "")
    assert "a%3Db" in (wire.request_excerpt or ""), "more than the signature was masked"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("Sat, 21 Nov 2026 08:02:00 GMT", 120.0),
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, _AT) == seconds


@pytest.mark.parametrize(
    "url", ["http://roads.example", "https://roads.example:8443/a/b", "http://[::1]:80/x"]
)
def test_good_addresses_have_no_problem(url: str) -> None:
    assert address_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "roads.example",
        "ftp://roads.example",
        "file:///etc/passwd",
        "http://",
        "http://user@roads.example",
        "http://roads.example?x=1",
        "http://roads.example/#x",
        "http://roads.example:99999",
        "http://[::1",
    ],
)
def test_bad_addresses_are_told(url: str) -> None:
    assert address_problem(url)
