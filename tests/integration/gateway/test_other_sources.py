"""Files, folders, brokers, receivers and a USB port that is empty."""

import errno
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import paho.mqtt.publish as publish
import pytest
import simplejpeg
from PIL import Image

from gateway.errors import QueueFull
from gateway.frame import CapturedFrame
from gateway.positions.config import GpsdPositions, NmeaPositions, Positions
from gateway.positions.feed import open_positions
from gateway.positions.fix import Fix, PositionFeed
from gateway.queue import Priority
from gateway.sources.camera import Camera
from gateway.sources.config import CameraConfig
from tests import mosquitto, rtsp
from tests.integration.gateway.watching import Watched, watching
from tests.unit.gateway.positions.test_nmea import GGA, RMC, sentence
from tests.unit.inference.clips.films import film

BEGIN = datetime(2026, 11, 22, 8, tzinfo=UTC)


def jpeg(number: int) -> bytes:
    picture: bytes = simplejpeg.encode_jpeg(rtsp.number_picture(number, (320, 180)), quality=85)
    return picture


# Video files


def test_a_file_of_uneven_times_is_read_by_its_times_once(tmp_path: Path) -> None:
    times_ms = [0, 40, 80, 1000, 1040, 2000, 2500, 2520, 3000, 5000]
    path = tmp_path / "drive.mp4"
    path.write_bytes(film(frames=10, times_ms=times_ms))
    source = {"kind": "file", "path": str(path), "captured_at": BEGIN.isoformat()}
    with watching(source=source, every="1s") as watched:
        watched.until(lambda: watched.status == "ended")
    taken = [round((at - BEGIN).total_seconds(), 2) for at in watched.times]
    assert taken == [0.0, 1.0, 2.0, 3.0, 5.0]


def test_what_a_full_disk_does_not_take_of_a_stream_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    path.write_bytes(film(frames=25))
    source = {"kind": "file", "path": str(path)}
    config = {"camera": "yard-3", "source": source, "every": "200ms"}
    camera = Camera(CameraConfig.model_validate(config), None, lambda: None)

    def on_a_full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    camera.run(threading.Event(), on_a_full_disk, on_a_full_disk)
    assert (camera.state.frames, camera.state.lost) == (0, 5)


def test_a_file_says_itself_when_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    path.write_bytes(film(frames=25))
    os.utime(path, (BEGIN.timestamp(), BEGIN.timestamp()))
    with watching(source={"kind": "file", "path": str(path)}, every="10s") as watched:
        watched.until(lambda: watched.status == "ended")
    assert watched.times[0] == pytest.approx(BEGIN - timedelta(seconds=1), abs=timedelta(0.1))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_film_comes_upright_and_masked_where_it_is_displayed(
    tmp_path: Path, rotation: int
) -> None:
    path = tmp_path / "turned.mp4"
    path.write_bytes(film(frames=3, rotation=rotation))
    masks = [[(0, 0), (0.5, 0), (0.5, 0.25), (0, 0.25)]]
    source = {"kind": "file", "path": str(path)}
    with watching(source=source, every="1s", masks=masks) as watched:
        watched.until(lambda: watched.status == "ended")
    picture = simplejpeg.decode_jpeg(watched.frames[0][0].picture, colorspace="BGR")
    height, width = (96, 160) if rotation in (0, 180) else (160, 96)
    assert picture.shape == (height, width, 3)
    assert watched.camera.state.resolution == (width, height)
    assert picture[: height // 4 - 8, : width // 2 - 8].max() < 20
    assert picture[height // 2 :, width // 2 :].mean() > 40
    # The bright square is left of the middle of the film as it was coded.
    column, row = {0: (18, 50), 90: (50, 141), 180: (141, 45), 270: (45, 18)}[rotation]
    is_masked = row < height // 4 and column < width // 2
    assert (picture[row, column].max() < 20) if is_masked else (picture[row, column].min() > 180)


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    path = tmp_path / "drive.mp4"
    path.write_bytes(b"not a film")
    with watching(source={"kind": "file", "path": str(path)}, every="1s") as watched:
        watched.until(lambda: watched.status == "unreachable")
        assert "gives nothing that can be read as video" in watched.camera.state.detail


def test_an_empty_usb_port_is_told() -> None:
    source = {"kind": "usb", "device": "/dev/video97"}
    with watching(source=source, every="1s") as watched:
        watched.until(lambda: watched.status == "unreachable")
        assert watched.camera.state.detail == (
            "/dev/video97 does not exist; check the path or the cable"
        )


# Folders


def test_pictures_of_a_folder_leave_it_when_they_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"gate_20261122_08000{number}.jpg").write_bytes(jpeg(number))
    (folder / "gate_20261122_080009.jpg").write_bytes(jpeg(9)[:-200])
    source = {
        "kind": "folder",
        "path": str(folder),
        "name_time": "gate_%Y%m%d_%H%M%S",
        "time_zone": "Asia/Shanghai",
    }
    with watching(source=source) as watched:
        watched.until_frames(3)
        watched.until(lambda: len(list((folder / "done").iterdir())) == 3)
        (folder / "gate_20261122_080009.jpg").write_bytes(jpeg(9))
        watched.until_frames(1)
        (folder / "gate_20261121_080000.jpg").write_bytes(jpeg(5))
        watched.until_frames(1)
    assert watched.numbers == [0, 1, 2, 9, 5]
    assert watched.times[4] == datetime(2026, 11, 21, 0, 0, tzinfo=UTC), "late, at its own time"
    assert watched.times[0] == datetime(2026, 11, 22, 0, 0, 0, tzinfo=UTC)
    assert watched.times[2] == datetime(2026, 11, 22, 0, 0, 2, tzinfo=UTC)
    assert watched.frames[0][0].picture == jpeg(0), "the very bytes of the camera"


def test_a_picture_that_the_queue_does_not_take_stays(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    source = {"kind": "folder", "path": str(tmp_path), "after": "delete"}
    camera = Camera(
        CameraConfig.model_validate({"camera": "gate", "source": source}), None, lambda: None
    )
    watched, stop, is_full = Watched(camera), threading.Event(), threading.Event()
    is_full.set()

    def take(frame: CapturedFrame, priority: Priority) -> None:
        if is_full.is_set():
            raise QueueFull("the disk is full")
        watched.frames.append((frame, priority))

    thread = threading.Thread(target=camera.run, args=(stop, take, lambda *_: None))
    thread.start()
    try:
        watched.until(lambda: "the disk is full" in camera.state.detail)
        assert (tmp_path / "a.jpg").exists()
        is_full.clear()
        watched.until_frames(1)
        watched.until(lambda: not (tmp_path / "a.jpg").exists())
    finally:
        stop.set()
        thread.join()
    assert watched.numbers == [1]


def test_a_picture_says_itself_when_it_was_taken(tmp_path: Path) -> None:
    image = Image.new("RGB", (64, 48), "grey")
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:11:22 08:00:00"
    exif.get_ifd(0x8769)[0x9011] = "+08:00"
    image.save(tmp_path / "a.jpg", exif=exif)
    source = {"kind": "folder", "path": str(tmp_path), "once": True}
    with watching(source=source) as watched:
        watched.until(lambda: watched.status == "ended")
    assert watched.times == [datetime(2026, 11, 22, 0, 0, tzinfo=UTC)]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_a_masked_picture_of_a_turned_camera_is_masked_as_it_is_displayed(
    tmp_path: Path, suffix: str
) -> None:
    image = Image.new("RGB", (64, 48), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # displayed a quarter turn clockwise
    image.save(tmp_path / f"a.{suffix}", exif=exif)
    source = {"kind": "folder", "path": str(tmp_path), "once": True}
    masks = [[(0, 0), (1, 0), (1, 0.25), (0, 0.25)]]
    with watching(source=source, masks=masks) as watched:
        watched.until(lambda: watched.status == "ended")
    frame = watched.frames[0][0]
    picture = simplejpeg.decode_jpeg(frame.picture, colorspace="GRAY")[:, :, 0]
    assert frame.content_type == "image/jpeg"
    assert picture.shape == (64, 48)
    assert picture[:14].max() < 30
    assert picture[18:].min() > 220


def test_what_is_no_picture_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    source = {"kind": "folder", "path": str(tmp_path), "once": True}
    with watching(source=source) as watched:
        watched.until(lambda: watched.status == "ended")
    assert [path.name for path in (tmp_path / "rejected").iterdir()] == ["a.jpg"]
    assert watched.frames == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with watching(source={"kind": "folder", "path": str(tmp_path / "no")}) as watched:
        watched.until(lambda: watched.status == "unreachable")
        assert "make the folder" in watched.camera.state.detail


# Brokers


def test_a_message_is_acknowledged_only_when_its_picture_is_kept(tmp_path: Path) -> None:
    try:
        with mosquitto.broker(tmp_path) as address:
            _messages_come_again(int(address.rpartition(":")[2]))
    except mosquitto.MosquittoMissing as missing:
        pytest.skip(str(missing))


def _messages_come_again(port: int) -> None:
    source = {"kind": "mqtt", "host": "127.0.0.1", "port": port, "topic": "gate/+/picture"}
    camera = Camera(
        CameraConfig.model_validate({"camera": "gate", "source": source}), None, lambda: None
    )
    watched, stop = Watched(camera), threading.Event()
    refusals: list[CapturedFrame] = []

    def take(frame: CapturedFrame, priority: Priority) -> None:
        if len(refusals) < 1:
            refusals.append(frame)
            raise OSError("no space left")
        watched.frames.append((frame, priority))

    thread = threading.Thread(target=camera.run, args=(stop, take, lambda *_: None))
    thread.start()
    try:
        watched.until(lambda: watched.status == "live")
        for number in range(3):
            publish.single("gate/1/picture", jpeg(number), qos=1, hostname="127.0.0.1", port=port)
        publish.single("gate/1/picture", b"no picture", qos=1, hostname="127.0.0.1", port=port)
        watched.until(lambda: len(watched.frames) >= 3)
        assert refusals, "the first was refused once and came again"
        assert watched.numbers == [0, 1, 2]
    finally:
        stop.set()
        thread.join()
    # What comes while the gateway is away waits at the broker.
    publish.single("gate/2/picture", jpeg(7), qos=1, hostname="127.0.0.1", port=port)
    with watching(camera="gate", source=source) as again:
        again.until_frames(1)
        assert again.numbers == [7]


def test_a_broker_that_lets_nobody_in_is_told(tmp_path: Path) -> None:
    try:
        with mosquitto.broker(tmp_path, users=True) as address:
            port = int(address.rpartition(":")[2])
            source = {"kind": "mqtt", "host": "127.0.0.1", "port": port, "topic": "t"}
            with watching(source=source | {"user": "x", "password": "hunter2"}) as watched:
                watched.until(lambda: watched.status == "unreachable")
                assert "check user and password" in watched.camera.state.detail
                assert "hunter2" not in watched.camera.state.detail
            known = {"user": mosquitto.USER, "password": mosquitto.PASSWORD}
            with watching(source=source | known) as watched:
                watched.until(lambda: watched.status == "live")
    except mosquitto.MosquittoMissing as missing:
        pytest.skip(str(missing))


# Positions


@contextmanager
def receiving(config: GpsdPositions | NmeaPositions, max_age: float) -> Iterator[PositionFeed]:
    feed, stop = open_positions(Positions(source=config, max_age=max_age)), threading.Event()
    thread = threading.Thread(target=feed.run, args=(stop,))
    thread.start()
    try:
        yield feed
    finally:
        stop.set()
        thread.join()


def eventually(is_so: object) -> None:
    assert callable(is_so)
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.02)


def heard(feed: PositionFeed, port: int) -> bool:
    """Say a position at a serial port; tell whether one was heard."""
    os.write(port, (sentence(GGA) + sentence(RMC)).encode())
    return feed.at(datetime.now(UTC)) is not None


def test_a_receiver_at_a_serial_port_is_heard_until_it_is_silent() -> None:
    ours, theirs = os.openpty()
    config = NmeaPositions(kind="nmea", device=os.ttyname(theirs))
    with receiving(config, 1.0) as feed:
        assert feed.trouble == "no position yet"
        os.write(ours, b"\xff noise\r\n")
        eventually(lambda: heard(feed, ours))
        fix = feed.at(datetime.now(UTC))
        assert fix is not None
        assert fix.latitude == pytest.approx(30.275267, abs=1e-4)
        assert fix.accuracy_m == pytest.approx(6.0, abs=1.5)
        assert feed.trouble is None
        assert feed.at(datetime.now(UTC) + timedelta(seconds=2)) is None, "too old"
        eventually(lambda: feed.trouble is not None)
    os.close(ours)
    os.close(theirs)


def test_a_position_is_carried_on_to_the_moment_of_the_picture() -> None:
    ours, theirs = os.openpty()
    with receiving(NmeaPositions(kind="nmea", device=os.ttyname(theirs)), 5.0) as feed:
        eventually(lambda: heard(feed, ours))
        now = datetime.now(UTC)
        places = [feed.at(now + timedelta(seconds=later)) for later in (0, 1, 2)]
    west = [fix.longitude for fix in places if fix is not None]
    steps_m = [(before - after) * 96_200 for before, after in pairwise(west)]
    assert steps_m == pytest.approx([9.98, 9.98], abs=0.1), "westward at 9.98 m/s"
    accuracies = [fix.accuracy_m for fix in places if fix is not None and fix.accuracy_m]
    assert accuracies == sorted(accuracies)
    os.close(ours)
    os.close(theirs)


def test_gpsd_is_heard(tmp_path: Path) -> None:
    program = shutil.which("gpsfake")
    if program is None or shutil.which("gpsd", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("gpsd is not installed (Debian: gpsd, gpsd-clients)")
    log = tmp_path / "drive.nmea"
    log.write_text(
        "".join(
            sentence(body.replace("080013", f"0800{second:02d}"))
            for second in range(60)
            for body in (GGA, RMC)
        ),
        newline="",
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    fake = subprocess.Popen(
        [program, "-c", "0.1", "-P", str(port), str(log)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with receiving(GpsdPositions(kind="gpsd", port=port), 3.0) as feed:
            told: list[Fix] = []

            def is_told() -> bool:
                fix = feed.at(datetime.now(UTC))
                if fix is None or fix.accuracy_m is None or fix.speed_mps is None:
                    return False
                told.append(fix)
                return True

            eventually(is_told)
    finally:
        fake.terminate()
        fake.wait()
    (fix,) = told
    assert fix.latitude == pytest.approx(30.2753, abs=1e-3)
    assert fix.speed_mps == pytest.approx(9.98, abs=0.1)
    assert fix.accuracy_m is not None
    assert 1 < fix.accuracy_m < 30


def test_a_gpsd_that_is_not_there_is_told() -> None:
    with receiving(GpsdPositions(kind="gpsd", port=1), 3.0) as feed:
        eventually(lambda: "is it running?" in (feed.trouble or ""))
