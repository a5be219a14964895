"""The disk queue: a frame that was taken from a camera is lost only with the disk.

One file per frame: a line of JSON (metadata, content type, sha256 of the picture), then the
picture. A file is written under a temporary name, flushed to the disk (`fsync`), renamed, and its
folder flushed, so that after a power cut a frame is wholly there or not at all. A file that does
not match its own sha256 (a torn disk) is set aside in `damaged/`, never posted and never deleted.
"""

import hashlib
import heapq
import json
import os
import threading
from datetime import UTC
from pathlib import Path

from gateway.errors import QueueFull
from gateway.frame import CapturedFrame, FrameMetadata

_SUFFIX = ".frame"


class DiskQueue:
    """Frames waiting to be posted, oldest capture first.

    Safe for several threads of one process; one process at a time may use a folder.

    Args:
        folder: where the files are kept; made when absent.
        max_bytes: the bound on all waiting frames together.
    """

    def __init__(self, folder: Path, *, max_bytes: int = 20 * 1024**3) -> None:
        self._waiting = folder / "waiting"
        self._refused = folder / "refused"
        self._damaged = folder / "damaged"
        for place in (self._waiting, self._refused, self._damaged):
            place.mkdir(parents=True, exist_ok=True)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        for torn in self._waiting.glob("*.tmp"):
            torn.unlink()
        self._sizes = {path: path.stat().st_size for path in self._waiting.glob(f"*{_SUFFIX}")}
        self._free = sorted(self._sizes)  # a heap: names begin with the time of capture

    def __len__(self) -> int:
        with self._lock:
            return len(self._sizes)

    def put(self, frame: CapturedFrame) -> None:
        """Keep a frame; it is on the disk when this returns. The same frame is kept once.

        Raises:
            QueueFull: when the frame would pass the bound; nothing was kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        moment = frame.metadata.captured_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")
        path = self._waiting / f"{moment}-{frame.idempotency_key[:32]}{_SUFFIX}"
        header = {
            "metadata": frame.metadata.to_json(),
            "content_type": frame.content_type,
            "sha256": hashlib.sha256(frame.picture).hexdigest(),
        }
        content = json.dumps(header).encode() + b"\n" + frame.picture
        with self._lock:
            if path in self._sizes:
                return
            if sum(self._sizes.values()) + len(content) > self._max_bytes:
                raise QueueFull(
                    f"the queue in {self._waiting} may hold {self._max_bytes} bytes and is full",
                    hint="let it upload, or give it more room",
                )
            self._sizes[path] = len(content)
        try:
            _write_durably(path, content)
        except OSError:
            self._forget(path)
            raise
        self.give_back(path)

    def take(self) -> tuple[Path, CapturedFrame] | None:
        """Take the oldest frame that nobody holds; None when there is none.

        The frame stays on the disk until `done`; a taken frame is waiting again after a crash.
        """
        while True:
            with self._lock:
                if not self._free:
                    return None
                path = heapq.heappop(self._free)
            frame = _read(path)
            if frame is not None:
                return path, frame
            self._move(path, self._damaged)

    def done(self, path: Path) -> None:
        """Forget a frame that the service has acknowledged."""
        path.unlink(missing_ok=True)
        self._forget(path)

    def give_back(self, path: Path) -> None:
        """Let a taken frame wait again."""
        with self._lock:
            heapq.heappush(self._free, path)

    def refuse(self, path: Path, why: str) -> None:
        """Set aside a frame that the service will never take, with its reason beside it."""
        (self._refused / path.name).with_suffix(".txt").write_text(why + "\n", encoding="utf-8")
        self._move(path, self._refused)

    def _move(self, path: Path, folder: Path) -> None:
        path.rename(folder / path.name)
        self._forget(path)

    def _forget(self, path: Path) -> None:
        with self._lock:
            self._sizes.pop(path, None)


def _write_durably(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> CapturedFrame | None:
    line, _, picture = path.read_bytes().partition(b"\n")
    try:
        header = json.loads(line)
        if hashlib.sha256(picture).hexdigest() != header["sha256"]:
            return None
        return CapturedFrame(
            FrameMetadata.from_json(header["metadata"]), picture, header["content_type"]
        )
    except (ValueError, KeyError, TypeError):
        return None
