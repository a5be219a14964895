"""Both clients over real sockets: servers that misbehave, certificates, proxies, and the token."""

import asyncio
import hashlib
import json
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.client import AsyncClient, CapturedFrame, Client, FrameMetadata, Receipt
from gateway.errors import NotTheService, SettingInvalid, Unreachable

TOKEN = "xj_the-token-that-nobody-may-see"
PICTURE = b"\xff\xd8" + b"picture" * 40_000
FRAME = CapturedFrame(
    FrameMetadata("bus-1", datetime(2026, 11, 22, tzinfo=UTC)), PICTURE, "image/jpeg"
)
RECEIPT = json.dumps(
    {
        "frame_id": "f1",
        "duplicate": False,
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "width": 4,
        "height": 3,
    }
).encode()
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(RECEIPT), RECEIPT)

Post = Callable[..., Receipt]


def sync_post(url: str, **settings: Any) -> Receipt:
    with Client(url, TOKEN, **settings) as client:
        return client.post_frame(FRAME)


def async_post(url: str, **settings: Any) -> Receipt:
    async def post() -> Receipt:
        async with AsyncClient(url, TOKEN, **settings) as client:
            return await client.post_frame(FRAME)

    return asyncio.run(post())


@pytest.fixture(params=[sync_post, async_post], ids=["sync", "async"])
def post(request: pytest.FixtureRequest) -> Post:
    """Give what posts a frame, with each client in turn."""
    chosen: Post = request.param
    return chosen


@contextmanager
def server(
    serve: Callable[[socket.socket, bytes], None], tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve one connection after the other; `serve` is given each request's head."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                connection, _ = listening.accept()
                try:
                    if ended.is_set():
                        return
                    if tls is not None:
                        connection = tls.wrap_socket(connection, server_side=True)
                    serve(connection, _request(connection))
                except OSError:
                    pass
                finally:
                    connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        port = listening.getsockname()[1]
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        finally:
            ended.set()
            socket.create_connection(("127.0.0.1", port)).close()
            thread.join()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].partition(b":")[2]) - len(body) if lengths else 0
    while missing > 0 and (more := connection.recv(65536)):
        missing -= len(more)
    return head


def reset(connection: socket.socket, _: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(connection: socket.socket, _: bytes) -> None:
    connection.sendall(TAKEN[:20])
    time.sleep(0.6)


def flood(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    connection.sendall(b" " * 20 * 1024**2)


def saying(answer: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda connection, _: connection.sendall(answer)


MISBEHAVING = {
    "hangs up": lambda _connection, _request: None,
    "resets": reset,
    "garbage": saying(b"\x00\xff\x16\x03 SSH-2.0-nonsense\r\n\r\n"),
    "half a status line": saying(b"HTTP/1.1 20"),
    "half the headers": saying(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "half a receipt": saying(TAKEN[:-30]),
    "a broken chunk": saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
    "two lengths": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "bad gzip": saying(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz"
    ),
    "endless headers": saying(b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 100_000),
    "a page": saying(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Sign in</html>"),
    "another place": saying(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    ),
    "never ends": drip,
    "a flood": flood,
}


@pytest.mark.parametrize("serve", MISBEHAVING.values(), ids=MISBEHAVING)
def test_whatever_a_server_does_the_frame_is_still_ours(
    serve: Callable[[socket.socket, bytes], None], post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with server(serve) as url, pytest.raises(Unreachable) as caught:
        post(url, timeout_s=0.3)
    assert caught.value.hint
    assert TOKEN not in f"{caught.value!r} {caught.value} {caught.value.hint} {caplog.text}"


def test_a_whole_answer_is_a_receipt_and_the_body_is_counted(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    heads: list[bytes] = []
    sent: list[int] = []

    def serve(connection: socket.socket, head: bytes) -> None:
        heads.append(head)
        connection.sendall(TAKEN)

    with server(serve) as url:
        assert post(f"{url}/behind/a/path/", on_sent=sent.append).frame_id == "f1"
    assert heads[0].startswith(b"POST /behind/a/path/v1/frames HTTP/1.1\r\n")
    assert f"authorization: bearer {TOKEN}".encode() in heads[0].lower()
    assert b"prefer: wait=30\r\n" in heads[0].lower()
    assert sum(sent) == len(PICTURE)
    assert TOKEN not in caplog.text


def test_nobody_there_is_told_with_what_to_check(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unreachable, match=str(port)) as caught:
        post(f"http://127.0.0.1:{port}")
    assert "address" in str(caught.value.hint)


@pytest.mark.parametrize(
    "url",
    ["", "xunjian.example", "ftp://xunjian.example", "https://", "http://[::1", "http://x/?a=b"],
)
def test_an_address_that_makes_no_sense_is_told_at_once(url: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Client(url, TOKEN)
    assert "https://" in str(caught.value.hint)


def test_a_password_in_the_address_is_neither_taken_nor_shown() -> None:
    with pytest.raises(SettingInvalid) as caught:
        Client("https://user:hunter2@xunjian.example", TOKEN)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "xj_secret\n", "xj secret", "密码secret"])
def test_a_token_with_other_signs_is_neither_taken_nor_shown(token: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Client("https://xunjian.example", token)
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def certificate(path: Path, name: str, address: str | None = None) -> Path:
    """Write a certificate signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    alternative: x509.GeneralName = (
        x509.DNSName(name) if address is None else x509.IPAddress(ip_address(address))
    )
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=address is not None, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pkcs8, nothing = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, pkcs8, nothing)
    )
    return path


def speaking(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_over_tls_only_a_service_that_is_believed_is_posted_to(post: Post, tmp_path: Path) -> None:
    own = certificate(tmp_path / "own.pem", "service", "127.0.0.1")
    inside = certificate(tmp_path / "inside.pem", "xunjian.inside")
    with server(saying(TAKEN), speaking(own)) as url:
        assert post(url, ca_file=own).frame_id == "f1"
        assert post(url, pinned_certificate=own).frame_id == "f1"
        for settings in ({}, {"ca_file": inside}, {"pinned_certificate": inside}):
            with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED") as caught:
                post(url, **settings)
            assert "CA file" in str(caught.value.hint)
    with server(saying(TAKEN), speaking(inside)) as url:
        assert post(url, pinned_certificate=inside).frame_id == "f1"
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            post(url, ca_file=inside)  # the name in it is another


def test_what_is_no_certificate_is_told_at_once(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for settings in (
        {"ca_file": empty},
        {"ca_file": tmp_path / "missing.pem"},
        {"ca_file": empty, "pinned_certificate": empty},
    ):
        with pytest.raises(SettingInvalid) as caught:
            Client("https://xunjian.example", TOKEN, **settings)  # type: ignore[arg-type]
        assert caught.value.hint


def test_a_proxy_is_asked_when_it_is_given_or_the_environment_names_it(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "all_proxy", "no_proxy", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    heads: list[bytes] = []

    def serve(connection: socket.socket, head: bytes) -> None:
        heads.append(head)
        connection.sendall(TAKEN)

    with server(serve) as proxy:
        post("http://xunjian.example", proxy=proxy)
        monkeypatch.setenv("HTTP_PROXY", proxy)
        post("http://xunjian.example")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with server(saying(TAKEN)) as direct:
            post(direct)
    assert len(heads) == 2
    assert all(head.startswith(b"POST http://xunjian.example/v1/frames ") for head in heads)


def test_a_proxy_that_makes_no_sense_is_told_without_its_password() -> None:
    with pytest.raises(SettingInvalid) as caught:
        Client("http://xunjian.example", TOKEN, proxy="gopher://user:hunter2@proxy")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("ALL_PROXY", "socks5://127.0.0.1:1", "proxy"), ("SSL_CERT_FILE", "/nowhere.pem", "SSL_CERT")],
)
def test_an_environment_that_cannot_be_used_is_told(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingInvalid) as caught:
        Client("https://xunjian.example", TOKEN)
    assert told in f"{caught.value} {caught.value.hint}"


def test_a_sign_in_page_is_told_apart_from_the_service(post: Post) -> None:
    with server(MISBEHAVING["a page"]) as url, pytest.raises(NotTheService) as caught:
        post(url)
    assert "sign in" in str(caught.value.hint)
