"""A clip as it leaves a camera, and the disk queue of clips."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import BinaryIO

from gateway.errors import ManifestInvalid
from gateway.frame import FrameMetadata
from gateway.spool import Spool

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/x-msvideo",
}
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CapturedClip:
    """A file with some seconds of video.

    Args:
        path: the file; nothing writes to it any more.
        metadata: its camera and when its first frame was captured.
        content_type: its media type.
    """

    path: Path
    metadata: FrameMetadata
    content_type: str


@dataclass(frozen=True, slots=True)
class QueuedClip:
    """A clip that waits in the queue; its bytes stay on the disk.

    Args:
        metadata: its camera and when its first frame was captured.
        content_type: its media type.
        sha256: of its bytes, hexadecimal.
        size: its bytes.
        path: the queue's file.
        start: where its bytes begin in that file.
    """

    metadata: FrameMetadata
    content_type: str
    sha256: str
    size: int
    path: Path
    start: int

    @property
    def idempotency_key(self) -> str:
        """Return a key that is the same whenever this very clip is posted again."""
        digest = hashlib.sha256(self.sha256.encode())
        digest.update(self.metadata.camera.encode())
        digest.update(self.metadata.captured_at.astimezone(UTC).isoformat().encode())
        return digest.hexdigest()

    def read(self, offset: int = 0) -> Iterator[bytes]:
        """Read the clip's bytes from an offset on."""
        with self.path.open("rb") as file:
            file.seek(self.start + offset)
            yield from _chunks(file)


class ClipQueue(Spool[QueuedClip]):
    """Clips waiting to be posted, oldest capture first; see `Spool`.

    One file per clip: a line of JSON (metadata, content type, sha256, size), then its bytes.
    """

    suffix = ".clip"

    def put(self, clip: CapturedClip) -> None:
        """Keep a copy of a clip; it is on the disk when this returns. The same is kept once.

        Raises:
            QueueFull: when the clip would pass the bound; nothing was kept.
            ManifestInvalid: when it cannot be read, or changes meanwhile; nothing was kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        digest, size = _measure(clip.path)
        moment = clip.metadata.captured_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")
        header = {
            "metadata": clip.metadata.to_json(),
            "content_type": clip.content_type,
            "sha256": digest,
            "size": size,
        }
        line = json.dumps(header).encode() + b"\n"

        def write(file: BinaryIO) -> None:
            file.write(line)
            copied = hashlib.sha256()
            with clip.path.open("rb") as source:
                for data in _chunks(source):
                    copied.update(data)
                    file.write(data)
            if copied.hexdigest() != digest:
                raise ManifestInvalid(f"{clip.path} is still being written")

        name = hashlib.sha256(f"{digest} {clip.metadata.camera}".encode()).hexdigest()
        self._keep(f"{moment}-{name[:32]}", len(line) + size, write)

    def _read(self, path: Path) -> QueuedClip | None:
        try:
            with path.open("rb") as file:
                line = file.readline()
                header = json.loads(line)
                digest = hashlib.sha256()
                for data in _chunks(file):
                    digest.update(data)
            if digest.hexdigest() != header["sha256"]:
                return None
            return QueuedClip(
                FrameMetadata.from_json(header["metadata"]),
                header["content_type"],
                header["sha256"],
                header["size"],
                path,
                len(line),
            )
        except (ValueError, KeyError, TypeError):
            return None


def _measure(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            for data in _chunks(file):
                digest.update(data)
                size += len(data)
    except OSError as error:
        raise ManifestInvalid(f"{path}: {error.strerror}") from error
    return digest.hexdigest(), size


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(_CHUNK):
        yield data
