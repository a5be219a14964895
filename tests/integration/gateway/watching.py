"""A camera that runs in a thread, and what it has given."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.clip import CapturedClip
from gateway.frame import CapturedFrame
from gateway.positions.fix import PositionFeed
from gateway.queue import Priority
from gateway.sources.camera import Camera
from gateway.sources.config import CameraConfig
from tests import rtsp

_PATIENCE_S = 60.0


@dataclass
class Watched:
    """What a camera has given so far."""

    camera: Camera
    thread: threading.Thread | None = None
    frames: list[tuple[CapturedFrame, Priority]] = field(default_factory=list)
    clips: list[tuple[bytes, CapturedClip, Priority]] = field(default_factory=list)

    def until(self, is_so: Callable[[], Any]) -> None:
        """Wait until something is so; fail when it takes too long."""
        ends = time.monotonic() + _PATIENCE_S
        while not is_so():
            assert self.thread is None or self.thread.is_alive() or is_so(), "its thread died"
            assert time.monotonic() < ends, f"{self.camera.state}, {len(self.frames)} frames"
            time.sleep(0.02)

    def until_frames(self, count: int) -> None:
        """Wait for so many frames more."""
        had = len(self.frames)
        self.until(lambda: len(self.frames) >= had + count)

    @property
    def status(self) -> str:
        """How the camera says it is."""
        return self.camera.state.status

    @property
    def numbers(self) -> list[int | None]:
        """The numbers in the pictures."""
        return [rtsp.read_jpeg_number(frame.picture) for frame, _ in self.frames]

    @property
    def times(self) -> list[datetime]:
        """When they were taken."""
        return [frame.metadata.captured_at for frame, _ in self.frames]


@contextmanager
def watching(positions: PositionFeed | None = None, **config: Any) -> Iterator[Watched]:
    """Run a camera until the block ends."""
    camera = Camera(
        CameraConfig.model_validate({"camera": "yard-3"} | config), positions, lambda: 12.5
    )
    watched, stop = Watched(camera), threading.Event()

    def take_clip(clip: CapturedClip, priority: Priority) -> None:
        watched.clips.append((clip.path.read_bytes(), clip, priority))

    def take_frame(frame: CapturedFrame, priority: Priority) -> None:
        watched.frames.append((frame, priority))

    thread = threading.Thread(target=camera.run, args=(stop, take_frame, take_clip))
    watched.thread = thread
    thread.start()
    try:
        yield watched
    finally:
        stop.set()
        thread.join(_PATIENCE_S)
        assert not thread.is_alive()
