"""The steps of "Connect a camera in five minutes" (docs/gateway-agent.md), as they stand there."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from api.database import Database
from api.frames.models import Frame
from tests import rtsp
from tests.conftest import sqlite_only
from tests.gateway_rig import LIGHT_SERVICE, Program, free_port, patiently

PAGE = Path(__file__).parents[3] / "docs" / "gateway-agent.md"


def steps() -> list[str]:
    """Return the commands of the section."""
    section = PAGE.read_text(encoding="utf-8").split("## ")[1]
    assert section.startswith("Connect a camera in five minutes")
    return re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


@sqlite_only
def test_who_follows_the_steps_connects_a_camera(tmp_path: Path, database: Database) -> None:
    box = tmp_path / "box"
    bin_ = tmp_path / "bin"
    box.mkdir()
    bin_.mkdir()
    program = bin_ / "xunjian"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xunjian "$@"\n')
    program.chmod(0o755)
    port, status_port = free_port(), free_port()
    environment = {
        **os.environ,
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "XUNJIAN_DATA_DIR": str(tmp_path),
        "XUNJIAN_WORKER_PROCESSES": "0",
        "COLUMNS": "200",
    }

    def follow(commands: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", commands],
            cwd=box,
            env=environment | {"PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    on_the_service, beside_the_camera, check, run = steps()
    clip = rtsp.numbered(tmp_path / "clip.es", frames=100)
    service = Program([*LIGHT_SERVICE, str(port)], environment, tmp_path / "service.log")
    with rtsp.serve(tmp_path, {"/stream1": clip}, users=True) as camera:
        service.start()
        try:
            follow(on_the_service)
            follow(beside_the_camera)
            assert (box / "token").read_text().startswith("xj_")

            config = box / "gateway.yaml"
            text = config.read_text(encoding="utf-8")
            for before, after in (
                ("http://127.0.0.1:8000", f"http://127.0.0.1:{port}"),
                ("rtsp://USER:PASSWORD@192.168.1.64:554/stream1", camera.url("/stream1")),
                ("port: 9480", f"port: {status_port}"),
            ):
                assert text.count(before) >= 1
                text = text.replace(before, after, 1)
            config.write_text(text, encoding="utf-8")

            told = follow(check)
            assert "✓ camera yard: the service inspects road_damage" in told
            assert "✓ source of yard: 640 x 360, look at check/yard.jpg" in told
            assert "ready" in told
            assert rtsp.read_jpeg_number((box / "check/yard.jpg").read_bytes()) is not None

            gateway = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {run}"], cwd=box, env=environment, stderr=subprocess.PIPE
            )
            try:
                for _ in patiently("two frames in the service"):
                    assert gateway.poll() is None
                    with database.read() as session:
                        if (session.scalar(select(func.count()).select_from(Frame)) or 0) >= 2:
                            break
            finally:
                gateway.send_signal(signal.SIGTERM)
                _, log = gateway.communicate(timeout=60)
            assert gateway.returncode == 0, log
            assert rtsp.PASSWORD.encode() not in log
        finally:
            service.close()
