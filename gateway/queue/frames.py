"""The disk queue of frames."""

import hashlib

from gateway.frame import CapturedFrame, FrameMetadata
from gateway.queue.order import Priority
from gateway.queue.record import Record
from gateway.queue.spool import Spool


class DiskQueue(Spool[CapturedFrame]):
    """Frames waiting to be posted; see `Spool`.

    A file's line has the metadata, the content type and the SHA-256 of the picture, which follows.
    """

    suffix = ".frame"

    def put(self, frame: CapturedFrame, priority: Priority = Priority.BACKFILL) -> bool:
        """Keep a frame; it is on the disk when this returns. The same frame is kept once.

        Args:
            frame: what was captured.
            priority: how soon it is to be posted.

        Returns:
            Whether it was kept; False when it was dropped for want of room, and counted.

        Raises:
            QueueFull: when the frame would pass the bound and nothing may be dropped; nothing was
                kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        picture, metadata = frame.picture, frame.metadata
        header = {
            "metadata": metadata.to_json(),
            "content_type": frame.content_type,
            "sha256": hashlib.sha256(picture).hexdigest(),
        }
        key = frame.idempotency_key
        return self._keep(
            metadata.captured_at, key, priority, header, len(picture), lambda: [picture]
        )

    def _read(self, record: Record) -> CapturedFrame:
        header = record.header
        return CapturedFrame(
            FrameMetadata.from_json(header["metadata"]),
            b"".join(record.read()),
            header["content_type"],
        )
