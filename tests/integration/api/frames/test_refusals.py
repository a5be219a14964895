"""What is not taken gets a clear 4xx or 503 and changes nothing."""

import json
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from api.database import Database, now
from api.frames import bodies
from api.permissions import Role
from api.settings import Settings
from tests.conftest import GatewayToken, MakeCamera, SignIn
from tests.integration.api.frames.conftest import Poster, rows

_LIMIT = 2 * 1024 * 1024
JPEG = cv2.imencode(".jpg", np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8))[
    1
].tobytes()


def _png_bomb() -> bytes:
    """Return a PNG of 30,000 x 30,000 pixels in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path / "var", database_url=database_url, max_picture_bytes=_LIMIT)


def kept(poster: Poster, database: Database, app: FastAPI) -> dict[str, object]:
    """Return everything that a refused frame must not change."""
    folder = Path(app.state.services.settings.resolved_object_store)
    return {**rows(database), "objects": sorted(path.name for path in folder.rglob("*"))}


# Name: (picture, changes to the headers, status, code of the problem).
REFUSALS: dict[str, tuple[bytes, dict[str, str | None], int, str]] = {
    "empty": (b"", {}, 415, "picture-unsupported"),
    "text": (b"hello", {}, 415, "picture-unsupported"),
    "pdf": (b"%PDF-1.7 ...", {}, 415, "picture-unsupported"),
    "truncated": (JPEG[: len(JPEG) // 2], {}, 422, "picture-truncated"),
    "header only": (JPEG[:20], {}, 422, "picture-truncated"),
    "mislabelled": (JPEG, {"content_type": "image/png"}, 415, "picture-mislabelled"),
    "html": (JPEG, {"content_type": "text/html"}, 415, "picture-mislabelled"),
    "bomb": (_png_bomb(), {"content_type": "image/png"}, 413, "picture-too-large"),
    "huge": (b"\xff" * (_LIMIT + 1), {}, 413, "body-too-large"),
    "unknown camera": (JPEG, {"xunjian_camera": "nobody"}, 404, "camera-not-found"),
    "no camera": (JPEG, {"xunjian_camera": None}, 422, "invalid-metadata"),
    "no key": (JPEG, {"idempotency_key": None}, 422, "invalid-metadata"),
    "pole": (JPEG, {"xunjian_latitude": "91"}, 422, "invalid-metadata"),
    "naive time": (
        JPEG,
        {"xunjian_captured_at": "2026-11-21T08:00:00"},
        422,
        "invalid-metadata",
    ),
    "future": (
        JPEG,
        {"xunjian_captured_at": (now() + timedelta(hours=25)).isoformat()},
        422,
        "captured-in-future",
    ),
    "nobody": (JPEG, {"authorization": None}, 401, "not-signed-in"),
    "wrong token": (JPEG, {"authorization": "Bearer xj_wrong"}, 401, "token-invalid"),
}


def test_a_refused_frame_is_told_why_and_changes_nothing(
    poster: Poster, database: Database, app: FastAPI
) -> None:
    before = kept(poster, database, app)
    for name, (picture, changes, status, code) in REFUSALS.items():
        answer = poster.post(picture, **changes)
        assert answer.headers["Content-Type"] == "application/problem+json", name
        problem = answer.json()
        told = (answer.status_code, problem["status"], problem["type"])
        assert told == (status, status, f"urn:xunjian:problem:{code}"), name
        assert len(problem["detail"]) > 10, name
        assert kept(poster, database, app) == before, name


def test_a_body_without_a_length_is_counted(
    poster: Poster, database: Database, app: FastAPI
) -> None:
    before = kept(poster, database, app)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 50 * _LIMIT:
            sent += 65_536
            yield b"\xff" * 65_536

    try:
        answer = poster.client.post("/v1/frames", content=endless(), headers=poster.headers())
    except httpx.WriteError:
        pass  # the connection was closed before the answer could be read
    else:
        assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert kept(poster, database, app) == before


def test_a_body_that_does_not_come_is_given_up(
    poster: Poster, database: Database, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_UPLOAD_S", 0.2)
    before = kept(poster, database, app)
    url = httpx.URL(poster.client.base_url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in poster.headers().items())
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall(
            f"POST /v1/frames HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n{lines}\r\n".encode()
        )
        connection.sendall(b"\xff\xd8\xff")
        assert connection.recv(4096).startswith(b"HTTP/1.1 408")
    assert kept(poster, database, app) == before


def test_another_gateways_camera_is_unknown(
    poster: Poster, database: Database, app: FastAPI, make_camera: MakeCamera
) -> None:
    other = make_camera()
    before = kept(poster, database, app)
    answers = [poster.post(JPEG, xunjian_camera=ref) for ref in (other.id, other.name)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert kept(poster, database, app) == before


def test_a_disabled_camera_is_told(
    poster: Poster, database: Database, sign_in: SignIn, app: FastAPI
) -> None:
    admin = sign_in(Role.ADMIN)
    admin.patch(f"/v1/cameras/{poster.camera.id}", json={"disabled": True}).raise_for_status()
    before = kept(poster, database, app)
    answer = poster.post(JPEG)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:xunjian:problem:camera-disabled"
    assert kept(poster, database, app) == before


def test_people_do_not_post_frames(poster: Poster, database: Database, sign_in: SignIn) -> None:
    operator = sign_in(Role.OPERATOR)
    headers = poster.headers(authorization=None)
    before = rows(database)
    assert operator.post("/v1/frames", content=JPEG, headers=headers).status_code == 403
    assert rows(database) == before


# Name: (parts, status, code of the problem).
BATCH_REFUSALS: dict[str, tuple[list[tuple[str, str | bytes]], int, str]] = {
    "nothing": ([], 400, "multipart-invalid"),
    "no json": ([("metadata", "{")], 400, "metadata-no-json"),
    "no object": ([("metadata", "[]")], 422, "invalid-metadata"),
    "no frame": ([("metadata", '{"frames": []}')], 422, "batch-size"),
    "33 frames": ([("metadata", json.dumps({"frames": [{}] * 33}))], 422, "batch-size"),
    "no picture": ([("metadata", '{"frames": [{}]}')], 422, "multipart-parts"),
    "no metadata": ([("picture", JPEG)], 422, "multipart-parts"),
    "photo": ([("metadata", '{"frames": [{}]}'), ("photo", JPEG)], 422, "multipart-parts"),
}


def test_a_batch_that_is_none_is_told_why_and_changes_nothing(
    poster: Poster, database: Database, app: FastAPI
) -> None:
    before = kept(poster, database, app)
    for case, (parts, status, code) in BATCH_REFUSALS.items():
        files = [
            (name, (None, value) if isinstance(value, str) else ("p.jpg", value, "image/jpeg"))
            for name, value in parts
        ]
        no_boundary = {} if files else {"Content-Type": "multipart/form-data"}
        answer = poster.client.post(
            "/v1/frames", headers=poster.gateway.headers | no_boundary, files=files
        )
        told = (answer.status_code, answer.json()["type"])
        assert told == (status, f"urn:xunjian:problem:{code}"), case
        assert kept(poster, database, app) == before, case


def test_a_store_that_is_down_keeps_nothing_and_says_when_to_come_back(
    poster: Poster,
    database: Database,
    app: FastAPI,
    rendered_road_jpeg: bytes,
) -> None:
    incoming = Path(app.state.services.settings.resolved_object_store) / "incoming"
    incoming.rmdir()
    headers = poster.headers()
    before = rows(database)
    answer = poster.client.post("/v1/frames", content=rendered_road_jpeg, headers=headers)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:xunjian:problem:object-store-unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert rows(database) == before
    incoming.mkdir()
    again = poster.client.post("/v1/frames", content=rendered_road_jpeg, headers=headers)
    assert again.status_code == 200
    assert again.json()["duplicate"] is False


def test_a_service_that_is_not_ready_says_so(
    poster: Poster, database: Database, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = app.state.services.inspector
    monkeypatch.setattr(inspector, "problem", "the golden picture was answered wrongly")
    before = rows(database)
    answer = poster.post(JPEG)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:xunjian:problem:not-ready"
    assert int(answer.headers["Retry-After"]) > 0
    assert rows(database) == before


def test_a_revoked_token_posts_nothing(
    poster: Poster,
    database: Database,
    sign_in: SignIn,
    make_gateway_token: Callable[[], GatewayToken],
) -> None:
    admin = sign_in(Role.ADMIN)
    poster.post(JPEG).raise_for_status()
    admin.delete(f"/v1/tokens/{poster.gateway.token.id}").raise_for_status()
    before = rows(database)
    assert poster.post(JPEG).status_code == 401
    assert rows(database) == before
