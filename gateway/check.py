"""Trying everything that a gateway needs before it goes to work, and saying how to mend it."""

import shutil
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ByteSize

from gateway.client import Camera as KnownCamera
from gateway.client import Client
from gateway.config import GatewayConfig, QueueConfig
from gateway.errors import GatewayError, ServiceError
from gateway.frame import CapturedFrame
from gateway.manifest import CONTENT_TYPES
from gateway.positions.config import Positions, ReplayedPositions
from gateway.positions.feed import open_positions
from gateway.queue import Priority
from gateway.queue.files import write_durably
from gateway.service import Service
from gateway.sources.camera import Camera
from gateway.sources.config import CameraConfig, FolderSource, MqttSource
from gateway.uplink import ClockOffset

_PICTURE_WITHIN_S = 20.0
_CONNECT_WITHIN_S = 5.0
_POSITION_WITHIN_S = 15.0
_CLOCK_OFF_MS = 2_000
_CLIP_INSPECTION = "falling_object"
_SUFFIXES = {kind: suffix for suffix, kind in reversed(CONTENT_TYPES.items())}

Verdict = Literal["good", "doubtful", "bad"]


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was tried.

    Attributes:
        what: what it is.
        verdict: `bad` keeps the gateway from its work, `doubtful` is perhaps not meant.
        told: what was found.
        hint: how to mend it.
    """

    what: str
    verdict: Verdict
    told: str
    hint: str = ""


def check(config: GatewayConfig, pictures: Path) -> Iterator[Checked]:
    """Try everything, one after the other; cameras all at once.

    Args:
        config: what the gateway is told.
        pictures: folder in which one picture of each camera is kept, to be looked at.
    """
    service = Service(config.service)
    yield from _service(service)
    yield from _cameras_there(service, config.cameras)
    service.close()
    pictures.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(config.cameras)) as threads:
        yield from threads.map(lambda camera: _source(camera, pictures), config.cameras)
    if config.positions is not None:
        yield _position(config.positions)
    yield from _queue(config.queue)


def _service(service: Service) -> Iterator[Checked]:
    clock = ClockOffset(lambda: service.ask(Client.time))
    try:
        offset_ms = clock.measure()
    except ServiceError as error:
        yield _failed("service", error)
        return
    yield Checked("service", "good", "it answers")
    told = f"{offset_ms:+.0f} ms from the service's"
    if abs(offset_ms) > _CLOCK_OFF_MS:
        yield Checked("clock", "doubtful", told, "turn NTP on: timedatectl set-ntp true")
    else:
        yield Checked("clock", "good", told)


def _cameras_there(service: Service, cameras: Iterable[CameraConfig]) -> Iterator[Checked]:
    try:
        known = service.ask(Client.cameras)
    except ServiceError as error:
        yield _failed("token", error)
        return
    yield Checked("token", "good", f"the service takes it; it knows {len(known)} cameras of it")
    by_name = {name: camera for camera in known for name in (camera.id, camera.name)}
    for camera in cameras:
        yield _camera_there(camera, by_name.get(camera.camera), sorted(c.name for c in known))


def _camera_there(camera: CameraConfig, there: KnownCamera | None, names: list[str]) -> Checked:
    what = f"camera {camera.camera}"
    if there is None:
        known = ", ".join(names) or "none"
        hint = (
            f"on the service: xunjian camera create {camera.camera} --gateway NAME; "
            f"cameras of this gateway: {known}"
        )
        return Checked(what, "bad", "the service has no such camera of this gateway", hint)
    if there.disabled_at is not None:
        return Checked(what, "bad", "it is switched off on the service", "switch it on there")
    told = ", ".join(there.inspections) or "nothing"
    if camera.record is not None and _CLIP_INSPECTION not in there.inspections:
        hint = f"give the camera the inspection {_CLIP_INSPECTION}, or leave record out"
        return Checked(what, "bad", f"the service would refuse its clips; inspects {told}", hint)
    if not there.inspections:
        hint = "give it inspections on the service's page, under Cameras"
        return Checked(what, "doubtful", "the service inspects nothing of it", hint)
    return Checked(what, "good", f"the service inspects {told}")


def _source(config: CameraConfig, pictures: Path) -> Checked:
    what = f"source of {config.camera}"
    if isinstance(config.source, MqttSource):
        return _broker(what, config.source)
    if isinstance(config.source, FolderSource):
        return _folder(what, config.source)
    first = config.model_copy(update={"every": 0.01, "motion": None, "record": None})
    camera = Camera(first, None, lambda: None)
    stop, saved = threading.Event(), list[str]()

    def save(frame: CapturedFrame, _: Priority) -> None:
        name = "".join(each if each.isalnum() or each in "-_" else "_" for each in config.camera)
        path = pictures / f"{name}{_SUFFIXES[frame.content_type]}"
        path.write_bytes(frame.picture)
        saved.append(str(path))
        stop.set()

    timer = threading.Timer(_PICTURE_WITHIN_S, stop.set)
    timer.start()
    camera.run(stop, save, lambda _clip, _priority: None)
    timer.cancel()
    state = camera.state
    if saved:
        size = "" if state.resolution is None else "{} x {}, ".format(*state.resolution)
        return Checked(what, "good", f"{size}look at {saved[0]}")
    told = state.detail or f"no picture came within {_PICTURE_WITHIN_S:.0f} s"
    return Checked(what, "bad", told, "" if state.detail else "look at its power and its address")


def _folder(what: str, source: FolderSource) -> Checked:
    try:
        found = [each for each in source.path.iterdir() if each.suffix.lower() in CONTENT_TYPES]
    except OSError as error:
        hint = "make the folder, or let the gateway's user read it"
        return Checked(what, "bad", f"{source.path}: {error.strerror}", hint)
    if not found:
        return Checked(what, "doubtful", f"{source.path} can be read and has no picture yet")
    return Checked(what, "good", f"{source.path} has {len(found)} pictures that wait")


def _broker(what: str, source: MqttSource) -> Checked:
    port = source.port or (8883 if source.tls else 1883)
    try:
        socket.create_connection((source.host, port), _CONNECT_WITHIN_S).close()
    except OSError as error:
        told = f"the broker at {source.host}:{port} cannot be reached: {error}"
        return Checked(what, "bad", told, "look at host and port")
    return Checked(what, "good", "the broker answers; no picture was waited for")


def _position(config: Positions) -> Checked:
    feed, stop = open_positions(config), threading.Event()
    threading.Thread(target=feed.run, args=(stop,), daemon=True).start()
    deadline = time.monotonic() + _POSITION_WITHIN_S
    fix = None
    while fix is None and time.monotonic() < deadline:
        fix = feed.at(datetime.now(UTC))
        stop.wait(0.2)
    stop.set()
    if fix is not None:
        accuracy = "" if fix.accuracy_m is None else f", within {fix.accuracy_m:.0f} m"
        return Checked("position", "good", f"{fix.latitude:.5f}, {fix.longitude:.5f}{accuracy}")
    if isinstance(config.source, ReplayedPositions) and feed.trouble is None:
        return Checked("position", "good", "the recorded drive can be read")
    told = feed.trouble or f"no position came within {_POSITION_WITHIN_S:.0f} s"
    return Checked("position", "bad", told, "give the antenna a clear sky and some minutes")


def _queue(config: QueueConfig) -> Iterator[Checked]:
    try:
        config.key()
        config.folder.mkdir(parents=True, exist_ok=True)
        trial = config.folder / "trial"
        write_durably(trial, [b"xunjian"])
        trial.unlink()
    except GatewayError as error:
        yield _failed("queue", error)
    except OSError as error:
        hint = "let the gateway's user write there, or name another queue.folder"
        yield Checked("queue", "bad", f"{config.folder}: {error.strerror}", hint)
    else:
        free = shutil.disk_usage(config.folder).free
        wanted = ByteSize(config.max_bytes + config.clips_max_bytes)
        told = f"{config.folder}: {ByteSize(free).human_readable()} free"
        if free < wanted:
            hint = f"max_bytes and clips_max_bytes together are {wanted.human_readable()}"
            yield Checked("queue", "doubtful", told, hint)
        else:
            yield Checked("queue", "good", told)


def _failed(what: str, error: GatewayError) -> Checked:
    return Checked(what, "bad", str(error), error.hint or "")
