"""The disk queue of clips."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.clip import CapturedClip
from gateway.errors import ManifestInvalid
from gateway.frame import FrameMetadata
from gateway.queue.order import Priority
from gateway.queue.spool import Spool, read_chunks


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
        return self.metadata.key_of(self.sha256.encode())

    def read(self, offset: int = 0) -> Iterator[bytes]:
        """Read the clip's bytes from an offset on."""
        return read_chunks(self.path, self.start + offset)


class ClipQueue(Spool[QueuedClip]):
    """Clips waiting to be posted; see `Spool`.

    One file per clip: a line of JSON (metadata, content type, sha256, size), then its bytes.
    """

    suffix = ".clip"

    def put(self, clip: CapturedClip, priority: Priority = Priority.BACKFILL) -> bool:
        """Keep a copy of a clip; it is on the disk when this returns. The same is kept once.

        Args:
            clip: what was captured.
            priority: how soon it is to be posted.

        Returns:
            Whether it was kept; False when it was dropped for want of room, and counted.

        Raises:
            QueueFull: when the clip would pass the bound and nothing may be dropped; nothing was
                kept.
            ManifestInvalid: when it cannot be read, or changes meanwhile; nothing was kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        digest, size = _measure(clip.path)
        header = {
            "metadata": clip.metadata.to_json(),
            "content_type": clip.content_type,
            "sha256": digest,
            "size": size,
        }
        line = json.dumps(header).encode() + b"\n"

        def content() -> Iterator[bytes]:
            yield line
            copied = hashlib.sha256()
            for data in read_chunks(clip.path):
                copied.update(data)
                yield data
            if copied.hexdigest() != digest:
                raise ManifestInvalid(f"{clip.path} is still being written")

        key = hashlib.sha256(f"{digest} {clip.metadata.camera}".encode()).hexdigest()
        at = clip.metadata.captured_at
        return self._keep(at, key, priority, len(line) + size, content())

    def _read(self, path: Path) -> QueuedClip | None:
        try:
            with path.open("rb") as file:
                line = file.readline()
                header = json.loads(line)
                digest = hashlib.sha256()
                while data := file.read(1024 * 1024):
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
        for data in read_chunks(path):
            digest.update(data)
            size += len(data)
    except OSError as error:
        raise ManifestInvalid(f"{path}: {error.strerror}") from error
    return digest.hexdigest(), size
