"""Clients that are slow on purpose, on raw sockets, against the service as it listens."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from api import connections
from api.serve import Server, server_config
from api.settings import Settings
from tests.conftest import sqlite_only

pytestmark = sqlite_only


@contextmanager
def listening(settings: Settings) -> Iterator[tuple[str, int]]:
    config: uvicorn.Config = server_config(settings)
    config.port = 0
    server = Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        time.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[:2]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def address(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    with listening(settings) as address:
        yield address


def all_of(connection: socket.socket) -> bytes:
    """Return what comes until the service closes the connection."""
    connection.settimeout(30)
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


def answer_of(connection: socket.socket) -> bytes:
    """Return the head of the next answer and its body."""
    connection.settimeout(30)
    answer = b""
    while b"}" not in answer:
        answer += connection.recv(65536)
    return answer


def is_closed_while_sending(connection: socket.socket, piece: bytes) -> bool:
    """Send again and again until the service has closed the connection."""
    try:
        for _ in range(10_000):
            connection.sendall(piece)
            time.sleep(0.005)
    except OSError:
        return True
    return False


ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [b"", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "],
    ids=["nothing", "a request line", "half a header"],
)
def test_a_connection_that_begins_no_request_is_closed(
    address: tuple[str, int], said: bytes
) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(said)
        assert all_of(connection) == b""


def test_headers_without_end_are_not_collected(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert is_closed_while_sending(connection, b"X-More: " + b"x" * 1000 + b"\r\n")


def test_a_connection_serves_on_and_is_closed_when_its_next_request_stalls(
    address: tuple[str, int],
) -> None:
    with socket.create_connection(address) as connection:
        for _ in range(3):
            connection.sendall(ASKED)
            assert answer_of(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(ASKED[:20])
        assert all_of(connection) == b""


def test_a_trickle_after_the_answer_does_not_hold_a_connection(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(
            b"POST /v1/frames HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nxx"
        )
        assert answer_of(connection).startswith(b"HTTP/1.1 401")
        assert is_closed_while_sending(connection, b"x")


def test_no_more_connections_are_served_than_may(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = settings.model_copy(update={"max_connections": 4})
    with listening(few) as address:
        idle = [socket.create_connection(address) for _ in range(3)]
        for connection in idle:
            connection.sendall(ASKED)
            assert answer_of(connection).startswith(b"HTTP/1.1 200")
        with socket.create_connection(address) as another:
            another.sendall(ASKED)
            assert all_of(another).startswith(b"HTTP/1.1 503")
        for connection in idle:
            connection.close()
