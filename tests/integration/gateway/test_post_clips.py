"""`xunjian gateway post-clips` as a person runs it, and uploads that break off."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from api.cameras.models import Camera, CameraKind
from api.clips.models import Clip, ClipPart, ClipState
from api.clips.parts import PART_BYTES
from api.database import Database
from api.frames.inspector import Inspector
from gateway.client import Client, ClipReceipt
from gateway.clip import CapturedClip
from gateway.frame import FrameMetadata
from gateway.queue import ClipQueue, QueuedClip
from gateway.uplink import Pace, Posted, Uploader
from tests.conftest import GatewayToken, MakeCamera, sqlite_only
from tests.unit.inference.clips.films import film


@pytest.fixture(autouse=True)
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load no models that look at pictures."""
    monkeypatch.setattr(Inspector, "_find_problem", lambda _: None)


@pytest.fixture
def gateway(make_gateway_token: Callable[[], GatewayToken]) -> GatewayToken:
    return make_gateway_token()


@pytest.fixture
def camera(gateway: GatewayToken, make_camera: MakeCamera, database: Database) -> Camera:
    """Give a camera whose clips are inspected."""
    made = make_camera(gateway=gateway.gateway, kind=CameraKind.COMMUNITY)
    with database.write() as session:
        session.get_one(Camera, made.id).inspections = ["falling_object"]
    return made


def post_clips(*arguments: str, token: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "xunjian", "gateway", "post-clips", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "XUNJIAN_TOKEN": token, "COLUMNS": "120"},
        check=False,
    )


def taken(database: Database) -> list[Clip]:
    with database.read() as session:
        return list(session.scalars(select(Clip).where(Clip.state == ClipState.WAITING)))


@sqlite_only
def test_clips_are_taken_once_however_often_they_are_posted(
    tmp_path: Path, base_url: str, database: Database, gateway: GatewayToken, camera: Camera
) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(film(frames=3))
    (folder / "b.avi").write_bytes(film("avi", "mjpeg", frames=3, pixels="yuvj420p"))
    rows = ["a.mp4,2026-11-21T08:00:00Z", "b.avi,2026-11-21T08:01:00Z"]
    (folder / "clips.csv").write_text("\n".join(["file,captured_at", *rows]))
    arguments = (
        *(str(folder), "--url", base_url, "--camera", camera.name),
        *("--queue", str(tmp_path / "queue")),
    )
    first = post_clips(*arguments, token=gateway.secret)
    assert first.returncode == 0, first.stderr
    assert "2 clips taken, 0 of them before" in first.stderr
    again = post_clips(*arguments, token=gateway.secret)
    assert "2 clips taken, 2 of them before" in again.stderr
    assert len(taken(database)) == 2
    assert not list((tmp_path / "queue/waiting").iterdir())


@sqlite_only
def test_a_clip_that_is_refused_is_set_aside_with_its_reason(
    tmp_path: Path, base_url: str, database: Database, gateway: GatewayToken, camera: Camera
) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(film(frames=3))
    finished = post_clips(
        *(str(clip), "--url", base_url, "--camera", "nobody's"),
        *("--captured-at", "2026-11-21T08:00:00Z", "--queue", str(tmp_path / "queue")),
        token=gateway.secret,
    )
    assert finished.returncode == 1
    assert "refused 1" in finished.stderr
    assert len(list((tmp_path / "queue/refused").glob("*.clip"))) == 1
    unknown = post_clips(str(clip), "--url", base_url, token=gateway.secret)
    assert unknown.returncode == 1
    assert "--captured-at" in unknown.stderr


@sqlite_only
def test_an_upload_that_breaks_off_goes_on_where_it_was(
    tmp_path: Path,
    base_url: str,
    database: Database,
    gateway: GatewayToken,
    camera: Camera,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video = tmp_path / "long.mp4"
    video.write_bytes(os.urandom(3 * PART_BYTES + 17))
    queue = ClipQueue(tmp_path / "queue")
    moment = datetime(2026, 11, 21, 8, tzinfo=UTC)
    queue.put(CapturedClip(video, FrameMetadata(camera.id, moment), "video/mp4"))
    read, offsets = QueuedClip.read, []

    def breaking(clip: QueuedClip, offset: int = 0) -> Iterator[bytes]:
        offsets.append(offset)
        for data in read(clip, offset):
            yield data
            if len(offsets) < 3:
                raise httpx.WriteError("the link is gone")

    monkeypatch.setattr(QueuedClip, "read", breaking)
    posted: list[Posted[QueuedClip, ClipReceipt]] = []
    with Client(base_url, gateway.secret) as client:
        pace = Pace(4, longest_wait_s=0.1)
        Uploader(
            queue,
            lambda clip, _: client.post_clip(clip),
            pace=pace,
            on_posted=posted.append,
        ).drain()
    assert [one.receipt is not None for one in posted] == [True]
    assert offsets[-1] > 0, "each attempt began anew"
    assert offsets == sorted(offsets)
    [clip] = taken(database)
    with database.read() as session:
        parts = session.scalars(select(ClipPart).where(ClipPart.stored)).all()
    assert sum(part.size for part in parts) == clip.size_bytes == video.stat().st_size
    assert not list((tmp_path / "queue/waiting").iterdir())
