"""A pole with a shell and curl, as docs/devices.md tells it to post."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.database import Database
from api.frames.models import Frame
from tests.conftest import GatewayToken, MakeCamera, sqlite_only

DOCUMENT = Path(__file__).parents[4] / "docs" / "devices.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@sqlite_only
def test_the_command_of_the_document_posts_once(
    base_url: str,
    app: FastAPI,
    database: Database,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
    rendered_road_jpeg: bytes,
    tmp_path: Path,
) -> None:
    assert app.state.services.inspector.check() is None
    gateway = make_gateway_token()
    make_camera(gateway=gateway.gateway, name="pole 7")
    (command,) = re.findall(r"```sh\n(curl --fail[^`]*)```", DOCUMENT.read_text())
    command = command.replace("https://xunjian.example", base_url)
    picture = tmp_path / "shot.jpg"
    for _ in range(2):
        picture.write_bytes(rendered_road_jpeg)
        os.utime(picture, (1_795_000_000, 1_795_000_000))
        subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env={**os.environ, "TOKEN": gateway.secret},
            check=True,
            capture_output=True,
        )
        assert not picture.exists()
    with database.read() as session:
        (frame,) = session.scalars(select(Frame)).all()
    assert frame.captured_at.timestamp() == 1_795_000_000
