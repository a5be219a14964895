"""The disk queue of clips."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.clip import CapturedClip
from gateway.errors import ManifestInvalid
from gateway.frame import FrameMetadata
from gateway.queue.order import Priority
from gateway.queue.record import Record
from gateway.queue.spool import Spool

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class QueuedClip:
    """A clip that waits in the queue; its bytes stay on the disk.

    Args:
        metadata: its camera and when its first frame was captured.
        content_type: its media type.
        sha256: of its bytes, hexadecimal.
        size: its bytes.
        record: the queue's file.
    """

    metadata: FrameMetadata
    content_type: str
    sha256: str
    size: int
    record: Record

    @property
    def idempotency_key(self) -> str:
        """Return a key that is the same whenever this very clip is posted again."""
        return self.metadata.key_of(self.sha256.encode())

    def read(self, offset: int = 0) -> Iterator[bytes]:
        """Read the clip's bytes from an offset on."""
        return self.record.read(offset)


class ClipQueue(Spool[QueuedClip]):
    """Clips waiting to be posted; see `Spool`.

    A file's line has the metadata, the content type, the SHA-256 and the size of the clip, whose
    bytes follow.
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

        def content() -> Iterator[bytes]:
            copied, left = hashlib.sha256(), size
            for data in _chunks(clip.path):
                left -= len(data)
                if left < 0:
                    break
                copied.update(data)
                yield data
            if left or copied.hexdigest() != digest:
                raise ManifestInvalid(f"{clip.path} is still being written")

        key = hashlib.sha256(f"{digest} {clip.metadata.camera}".encode()).hexdigest()
        return self._keep(clip.metadata.captured_at, key, priority, header, size, content)

    def _read(self, record: Record) -> QueuedClip:
        header = record.header
        return QueuedClip(
            FrameMetadata.from_json(header["metadata"]),
            header["content_type"],
            header["sha256"],
            header["size"],
            record,
        )


def _measure(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        for data in _chunks(path):
            digest.update(data)
            size += len(data)
    except OSError as error:
        raise ManifestInvalid(f"{path}: {error.strerror}") from error
    return digest.hexdigest(), size


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            yield data
