"""The disk queue of frames.

One file per frame: a line of JSON (metadata, content type, sha256 of the picture), then the
picture.
"""

import hashlib
import json
from pathlib import Path

from gateway.frame import CapturedFrame, FrameMetadata
from gateway.queue.order import Priority
from gateway.queue.spool import Spool


class DiskQueue(Spool[CapturedFrame]):
    """Frames waiting to be posted; see `Spool`."""

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
        header = {
            "metadata": frame.metadata.to_json(),
            "content_type": frame.content_type,
            "sha256": hashlib.sha256(frame.picture).hexdigest(),
        }
        content = json.dumps(header).encode() + b"\n" + frame.picture
        at = frame.metadata.captured_at
        return self._keep(at, frame.idempotency_key, priority, len(content), [content])

    def _read(self, path: Path) -> CapturedFrame | None:
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
