"""A camera against a real RTSP server that hangs, freezes, dies and changes its mind."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.queue import Priority
from inference.clips import ClipLimits, open_clip
from tests import rtsp
from tests.integration.gateway.watching import watching
from tests.mosquitto import certificate_at
from tests.rtsp import RtspServer

FPS = 10


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {
        "/yard": rtsp.numbered(folder / "yard", frames=300),
        "/long": rtsp.numbered(folder / "long", frames=60, gop=20),
        "/h265": rtsp.numbered(folder / "h265", frames=60, codec="h265"),
        "/mjpeg": rtsp.numbered(folder / "mjpeg", frames=60, codec="mjpeg"),
        "/large": rtsp.numbered(folder / "large", frames=60, size=(1280, 720)),
    }


@pytest.fixture
def server(tmp_path: Path, clips: dict[str, Path]) -> Iterator[RtspServer]:
    try:
        with rtsp.serve(tmp_path, clips) as server:
            yield server
    except rtsp.RtspServerMissing as missing:
        pytest.skip(str(missing))


def source(server: RtspServer, mount: str = "/yard", **more: Any) -> dict[str, Any]:
    return {"kind": "rtsp", "url": server.url(mount), "silent_after": "2s", **more}


@pytest.mark.parametrize("mount", ["/yard", "/long", "/h265", "/mjpeg"])
def test_pictures_come_at_their_interval_in_every_codec(server: RtspServer, mount: str) -> None:
    with watching(source=source(server, mount), every="1s") as watched:
        watched.until_frames(4)
    numbers = [number for number in watched.numbers if number is not None]
    assert len(numbers) == len(watched.numbers)
    steps = [(after - before) % 60 for before, after in pairwise(numbers)]
    assert all(step in (9, 10, 11) for step in steps), numbers
    assert all(priority is Priority.BACKFILL for _, priority in watched.frames)
    assert watched.frames[0][0].metadata.clock_offset_ms == pytest.approx(12.5, abs=1)


def test_pictures_are_stamped_as_they_were_taken_in_order(server: RtspServer) -> None:
    with watching(source=source(server), every="300ms", alerts=True) as watched:
        watched.until_frames(10)
    assert watched.times == sorted(set(watched.times))
    # What the numbers say of the time between two pictures, the stamps say, too.
    begin, end = watched.numbers[0], watched.numbers[-1]
    assert begin is not None
    assert end is not None
    apart_s = (watched.times[-1] - watched.times[0]).total_seconds()
    assert apart_s == pytest.approx((end - begin) % 300 / FPS, abs=0.25)
    assert all(priority is Priority.ALERT for _, priority in watched.frames)


def test_udp_works_where_it_is_asked_for(server: RtspServer) -> None:
    with watching(source=source(server, transport="udp"), every="500ms") as watched:
        watched.until_frames(3)
    assert None not in watched.numbers


def test_a_camera_that_hangs_is_told_and_connected_anew(server: RtspServer) -> None:
    with watching(source=source(server), every="300ms") as watched:
        watched.until_frames(2)
        server.mute("/yard")
        watched.until(lambda: watched.status == "frozen")
        assert "sends nothing" in watched.camera.state.detail
        server.thaw("/yard")
        watched.until_frames(2)
        assert watched.status == "live"
        assert watched.camera.state.detail == ""
        assert watched.camera.state.reconnects >= 1


def test_a_server_that_stops_answering_ends_a_blocked_read(server: RtspServer) -> None:
    with watching(source=source(server), every="300ms") as watched:
        watched.until_frames(2)
        server.pause()
        watched.until(lambda: watched.status == "frozen")
        server.resume()
        watched.until_frames(2)


def test_a_frozen_picture_is_told_and_never_kept_as_a_new_one(server: RtspServer) -> None:
    with watching(source=source(server), every="300ms", frozen_after="2s") as watched:
        watched.until_frames(2)
        server.freeze("/yard")
        watched.until(lambda: watched.status == "frozen")
        assert "very same picture" in watched.camera.state.detail
        kept = len(watched.frames)
        watched.until(lambda: watched.camera.state.reconnects >= 2)
        assert len(watched.frames) == kept
        assert watched.status == "frozen"
        server.thaw("/yard")
        watched.until_frames(2)
        assert watched.status == "live"


def test_a_killed_server_is_found_again(server: RtspServer) -> None:
    with watching(source=source(server), every="300ms") as watched:
        watched.until_frames(2)
        server.kill()
        watched.until(lambda: "refuses the connection" in watched.camera.state.detail)
        assert watched.status == "unreachable"
        server.start()
        watched.until_frames(3)
    assert watched.times == sorted(set(watched.times))


def test_a_picture_may_change_its_size(server: RtspServer, clips: dict[str, Path]) -> None:
    with watching(source=source(server), every="300ms") as watched:
        watched.until_frames(2)
        assert watched.camera.state.resolution == (640, 360)
        server.switch("/yard", clips["/large"])
        watched.until(lambda: watched.camera.state.resolution == (1280, 720))
        watched.until_frames(2)
    assert None not in watched.numbers


def test_a_wrong_password_is_told_once_without_it(tmp_path: Path, clips: dict[str, Path]) -> None:
    try:
        with rtsp.serve(tmp_path, {"/yard": clips["/yard"]}, users=True) as server:
            with watching(source=source(server), every="300ms") as watched:
                watched.until_frames(1)
            wrong = {"kind": "rtsp", "url": server.url("/yard", password="hunter2")}
            with watching(source=wrong, every="300ms") as watched:
                watched.until(lambda: watched.status == "unreachable")
                detail = watched.camera.state.detail
    except rtsp.RtspServerMissing as missing:
        pytest.skip(str(missing))
    assert "refuses the user or password" in detail
    assert "hunter2" not in detail
    assert "hunter2" not in repr(watched.camera.config)


def test_an_encrypted_stream_is_read(tmp_path: Path, clips: dict[str, Path]) -> None:
    certificate = certificate_at(tmp_path / "camera.pem")
    try:
        with (
            rtsp.serve(tmp_path, {"/yard": clips["/yard"]}, certificate=certificate) as server,
            watching(source=source(server), every="500ms") as watched,
        ):
            assert server.url("/yard").startswith("rtsps://")
            watched.until_frames(2)
    except rtsp.RtspServerMissing as missing:
        pytest.skip(str(missing))
    assert None not in watched.numbers


def test_a_path_that_the_camera_does_not_have_is_told(server: RtspServer) -> None:
    with watching(source=source(server, "/yard") | {"url": server.url("/no")}, every=1) as watched:
        watched.until(lambda: watched.status == "unreachable")
        assert "is no stream of this camera" in watched.camera.state.detail


def test_clips_overlap_and_can_be_inspected(server: RtspServer, tmp_path: Path) -> None:
    record = {"when": "always", "length": "3s", "overlap": "1s"}
    with watching(source=source(server), record=record) as watched:
        watched.until(lambda: len(watched.clips) >= 2)
    seen = [numbers_of(data, tmp_path / "clip.mp4") for data, _, _ in watched.clips[:2]]
    for numbers in seen:
        assert numbers[0] % FPS == 0, "a clip begins at a keyframe"
        assert len(numbers) >= 3 * FPS
        assert all((after - before) % 300 == 1 for before, after in pairwise(numbers))
    assert len(set(seen[0]) & set(seen[1])) >= FPS
    first, second = (clip.metadata.captured_at for _, clip, _ in watched.clips[:2])
    apart = (seen[1][0] - seen[0][0]) % 300 / FPS
    assert (second - first).total_seconds() == pytest.approx(apart, abs=0.25)


def test_motion_is_an_alert_and_a_clip_that_begins_before_it(
    tmp_path: Path, clips: dict[str, Path]
) -> None:
    passing = rtsp.numbered(tmp_path / "passing", frames=100, draw=something_passes)
    motion = {"zones": [[(0, 0.3), (1, 0.3), (1, 1), (0, 1)]]}
    record = {"when": "motion", "before": "1s", "after": "1s"}
    try:
        with (
            rtsp.serve(tmp_path, {"/gate": passing}) as server,
            watching(source=source(server, "/gate"), motion=motion, record=record) as watched,
        ):
            watched.until(lambda: len(watched.clips) >= 1)
    except rtsp.RtspServerMissing as missing:
        pytest.skip(str(missing))
    data, clip, priority = watched.clips[-1]
    numbers = numbers_of(data, tmp_path / "clip.mp4")
    assert numbers[0] % FPS == 0
    assert {PASSES.start, PASSES.stop} <= set(numbers)
    assert (PASSES.start - numbers[0]) % 100 >= 10
    assert (numbers[-1] - PASSES.stop) % 100 >= 5
    assert len(numbers) < 100, "what goes on without motion is not kept"
    assert all(at >= clip.metadata.captured_at for at in watched.times[:1])
    assert priority is Priority.ALERT
    assert all(priority is Priority.ALERT for _, priority in watched.frames)
    assert set(watched.numbers) & set(PASSES)


PASSES = range(40, 60)


def something_passes(number: int) -> NDArray[np.uint8]:
    picture = np.full((360, 640, 3), 90, np.uint8)
    if number in PASSES:
        left = 30 * (number - PASSES.start)
        picture[200:280, left : left + 80] = 230
    return picture


def numbers_of(data: bytes, path: Path) -> list[int]:
    path.write_bytes(data)
    clip = open_clip(path, ClipLimits())
    numbers = [rtsp.read_number(frame.luma()) for frame in clip.frames() if frame is not None]
    assert None not in numbers
    return [number for number in numbers if number is not None]
