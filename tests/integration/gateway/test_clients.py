"""The clients, and the examples of docs/clients.md, against a real service."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.accounts import service as accounts
from api.cameras.models import Camera, CameraKind
from api.clips.models import Clip, ClipState
from api.database import Database
from api.errors import TooBusy
from api.frames.models import Frame
from gateway.client import (
    AsyncClient,
    Busy,
    CameraReport,
    CapturedFrame,
    Client,
    ClipFile,
    FrameMetadata,
    GatewayReport,
    QueueReport,
    Receipt,
    Refused,
    Unauthorised,
)
from tests.conftest import GatewayToken, MakeCamera, sqlite_only
from tests.unit.inference.clips.films import film

DOCS = Path(__file__).parents[3] / "docs" / "clients.md"
START = datetime(2026, 11, 21, 8, tzinfo=UTC)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)


@pytest.fixture
def gateway(make_gateway_token: Callable[[], GatewayToken]) -> GatewayToken:
    return make_gateway_token()


@pytest.fixture
def bus(app: FastAPI, base_url: str, gateway: GatewayToken, make_camera: MakeCamera) -> Camera:
    """Give the camera of a bus, at a service that has loaded its models."""
    assert app.state.services.inspector.check() is None
    return make_camera(gateway=gateway.gateway, name="bus-17-front")


@pytest.fixture
def yard(gateway: GatewayToken, make_camera: MakeCamera, database: Database) -> Camera:
    """Give a camera whose clips are inspected."""
    made = make_camera(gateway=gateway.gateway, name="yard-3", kind=CameraKind.COMMUNITY)
    with database.write() as session:
        session.get_one(Camera, made.id).inspections = ["falling_object"]
    return made


def count(database: Database, table: type[Frame | Clip]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@sqlite_only
def test_what_the_service_says_comes_typed(
    base_url: str,
    gateway: GatewayToken,
    bus: Camera,
    database: Database,
    make_camera: MakeCamera,
    rendered_road_jpeg: bytes,
) -> None:
    other = make_camera(gateway=gateway.gateway, name="公交 9 前")

    def frame(second: int, camera: str) -> CapturedFrame:
        moment = START + timedelta(seconds=second)
        metadata = FrameMetadata(camera, moment, 30.27, 120.15, 3.0, 90.0)
        return CapturedFrame(metadata, rendered_road_jpeg, "image/jpeg")

    with Client(base_url, gateway.secret) as client:
        receipt = client.post_frame(frame(0, bus.name))
        assert not receipt.duplicate
        assert receipt.models[0].inspection == "road_damage"
        of_findings = {d.finding_id for d in receipt.detections if d.finding_id is not None}
        assert of_findings == {one.id for one in receipt.findings} != set()
        assert all(0 < d.score <= 1 and d.box[0] < d.box[2] for d in receipt.detections)
        again = client.post_frame(frame(0, bus.name), alert=True)
        assert again == receipt.model_copy(update={"duplicate": True})

        outcomes = client.post_frames([frame(1, other.name), frame(1, "nobody's")])
        assert isinstance(outcomes[0], Receipt)
        assert isinstance(outcomes[1], Refused)
        assert outcomes[1].code == "camera-not-found"
        assert count(database, Frame) == 2

        assert {camera.name for camera in client.cameras()} == {bus.name, other.name}
        [known] = [camera for camera in client.cameras() if camera.name == bus.name]
        assert known.inspections == ("road_damage",)
        assert known.last_heard_at is not None
        assert abs(client.time() - datetime.now(UTC)) < timedelta(seconds=60)
        with pytest.raises(Refused) as caught:
            client.post_frame(CapturedFrame(FrameMetadata(bus.name, START), b"GIF89a", "image/gif"))
        assert caught.value.status == 415
        with pytest.raises(Refused, match="clip"):
            client.clip("no such clip")


@sqlite_only
def test_clips_reports_and_tokens_on_asyncio(
    base_url: str,
    app: FastAPI,
    gateway: GatewayToken,
    yard: Camera,
    database: Database,
    tmp_path: Path,
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(film(frames=3))
    report = GatewayReport(
        at=datetime.now(UTC),
        version="1.0",
        clock_offset_ms=-12.5,
        queue=QueueReport(
            waiting_alerts=0,
            waiting_backfill=3,
            bytes=900,
            oldest_captured_at=START,
            dropped=0,
            refused=1,
            damaged=0,
        ),
        cameras=(CameraReport(camera=yard.name, status="live", since=START),),
    )

    async def speak() -> None:
        async with AsyncClient(base_url, gateway.secret) as client:
            clip = ClipFile.of(path, FrameMetadata(yard.name, START))
            taken, again = await asyncio.gather(client.post_clip(clip), client.time())
            assert again.tzinfo is not None
            assert (await client.clip(taken.clip_id)).state == "waiting"
            repeated = await client.post_clip(clip)
            assert repeated.duplicate
            assert repeated.clip_id == taken.clip_id
            await client.report(report)
            with database.write() as session:
                accounts.revoke_token(session, token_id=gateway.token.id, actor="system")
            app.state.services.credentials.forget()
            with pytest.raises(Unauthorised) as caught:
                await client.post_clip(clip)
            assert "xunjian token create" in str(caught.value.hint)

    asyncio.run(speak())
    assert count(database, Clip) == 1


@sqlite_only
def test_a_service_that_is_full_asks_to_wait(
    base_url: str, app: FastAPI, gateway: GatewayToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.services.intake, "receiving", _full)
    frame = CapturedFrame(FrameMetadata("bus-1", START), b"picture", "image/jpeg")
    with Client(base_url, gateway.secret) as client, pytest.raises(Busy) as caught:
        client.post_frame(frame)
    assert caught.value.retry_after_s == 7


def _full(*_: object, **__: object) -> None:
    raise TooBusy("The queue is full.", code="queue-full", retry_after_s=7)


@sqlite_only
def test_the_examples_do_what_they_say(
    base_url: str,
    gateway: GatewayToken,
    bus: Camera,
    yard: Camera,
    database: Database,
    rendered_road_jpeg: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "frame.jpg").write_bytes(rendered_road_jpeg)
    (tmp_path / "clip.mp4").write_bytes(film(frames=3))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XUNJIAN_URL", base_url)
    monkeypatch.setenv("XUNJIAN_TOKEN", gateway.secret)
    examples = blocks("python")
    assert len(examples) == 3
    for example in examples:
        exec(compile(example, str(DOCS), "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert "pothole" in printed
    assert "set aside: camera-not-found" in printed
    assert "yard-3 ('falling_object',)" in printed
    assert count(database, Frame) == 4
    assert count(database, Clip) == 1

    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    _, frame, clip = blocks("sh")
    for script in (frame, frame, clip):
        ran = subprocess.run(
            ["bash", "-eu", "-c", script], capture_output=True, text=True, check=False, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
    assert count(database, Frame) == 5
    with database.read() as session:
        states = session.scalars(select(Clip.state)).all()
    assert states == [ClipState.WAITING, ClipState.WAITING]
    if (go := os.environ.get("XUNJIAN_TEST_GO") or shutil.which("go")) is not None:
        (tmp_path / "frames.go").write_text(blocks("go")[0])
        subprocess.run([go, "run", "frames.go"], check=True, timeout=120)
        assert count(database, Frame) == 6
