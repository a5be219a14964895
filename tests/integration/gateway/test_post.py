"""`xunjian gateway post` as a person runs it, against a real service."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.database import Database
from api.frames.models import Frame
from tests.conftest import GatewayToken, MakeCamera, sqlite_only


def post(*arguments: str, token: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "xunjian", "gateway", "post", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "XUNJIAN_TOKEN": token, "COLUMNS": "120"},
        check=False,
    )


@pytest.fixture
def drive(tmp_path: Path, rendered_road_jpeg: bytes) -> Path:
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(rendered_road_jpeg)
    rows = [f"a.jpg,2026-11-21T08:00:{second:02d}Z,30.2741,120.1551,90,3" for second in range(3)]
    header = "file,captured_at,latitude,longitude,heading_deg,gps_accuracy_m"
    (folder / "frames.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return folder


def frames(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Frame)) or 0


@sqlite_only
def test_a_drive_is_taken_once_however_often_it_is_posted(
    drive: Path,
    tmp_path: Path,
    app: FastAPI,
    base_url: str,
    database: Database,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
) -> None:
    assert app.state.services.inspector.check() is None
    gateway = make_gateway_token()
    camera = make_camera(gateway=gateway.gateway)
    arguments = (
        *(str(drive), "--url", base_url, "--camera", camera.name),
        *("--queue", str(tmp_path / "queue")),
    )
    first = post(*arguments, token=gateway.secret)
    assert first.returncode == 0, first.stderr
    assert "3 frames" in first.stderr
    assert frames(database) == 3

    again = post(*arguments, token=gateway.secret)
    assert again.returncode == 0, again.stderr
    assert "3 taken before" in again.stderr
    assert frames(database) == 3


@sqlite_only
def test_refused_frames_are_counted_with_their_reason_and_set_aside(
    drive: Path,
    tmp_path: Path,
    app: FastAPI,
    base_url: str,
    database: Database,
    make_gateway_token: Callable[[], GatewayToken],
) -> None:
    assert app.state.services.inspector.check() is None
    finished = post(
        *(str(drive), "--url", base_url, "--camera", "no such camera"),
        *("--queue", str(tmp_path / "queue")),
        token=make_gateway_token().secret,
    )
    assert finished.returncode == 1
    assert "refused 3" in finished.stderr
    assert len(list((tmp_path / "queue/refused").glob("*.frame"))) == 3
    assert frames(database) == 0


@sqlite_only
def test_a_wrong_token_keeps_every_frame(drive: Path, tmp_path: Path, base_url: str) -> None:
    finished = post(
        *(str(drive), "--url", base_url, "--camera", "bus-1", "--queue", str(tmp_path / "queue")),
        token="xj_wrong",
    )
    assert finished.returncode == 1
    assert "token" in finished.stderr
    assert len(list((tmp_path / "queue/waiting").glob("*.frame"))) == 3


def test_without_a_token_it_says_how_to_get_one(drive: Path) -> None:
    finished = post(str(drive), token="")
    assert finished.returncode == 1
    assert "xunjian token create" in finished.stderr
