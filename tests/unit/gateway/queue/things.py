"""Frames to put into queues, and what comes out of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.frame import CapturedFrame, FrameMetadata
from gateway.queue import DiskQueue

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
KEY = bytes(range(32))


def frame(second: float = 0, picture: bytes = b"picture", camera: str = "bus-1") -> CapturedFrame:
    metadata = FrameMetadata(camera, START + timedelta(seconds=second), latitude=30.1)
    return CapturedFrame(metadata, picture, "image/jpeg")


def drain(queue: DiskQueue) -> list[CapturedFrame]:
    frames = []
    while (taken := queue.take()) is not None:
        frames.append(taken[1])
        queue.done(taken[0])
    return frames


def seconds(frames: Sequence[CapturedFrame]) -> list[float]:
    return [(one.metadata.captured_at - START).total_seconds() for one in frames]


def files(folder: Path) -> list[Path]:
    return sorted((folder / "waiting").iterdir())


def size_of(one: CapturedFrame, folder: Path, key: bytes | None = None) -> int:
    """Return how many bytes a frame takes in a queue."""
    with DiskQueue(folder, key=key) as queue:
        queue.put(one)
        size = queue.stats().bytes
        drain(queue)
    return size
