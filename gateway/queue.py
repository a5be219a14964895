"""The disk queue of frames.

One file per frame: a line of JSON (metadata, content type, sha256 of the picture), then the
picture.
"""

import hashlib
import json
from datetime import UTC
from pathlib import Path
from typing import BinaryIO

from gateway.frame import CapturedFrame, FrameMetadata
from gateway.spool import Spool


class DiskQueue(Spool[CapturedFrame]):
    """Frames waiting to be posted, oldest capture first; see `Spool`."""

    suffix = ".frame"

    def put(self, frame: CapturedFrame) -> None:
        """Keep a frame; it is on the disk when this returns. The same frame is kept once.

        Raises:
            QueueFull: when the frame would pass the bound; nothing was kept.
            OSError: when the disk does not take it; nothing was kept.
        """
        moment = frame.metadata.captured_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")
        header = {
            "metadata": frame.metadata.to_json(),
            "content_type": frame.content_type,
            "sha256": hashlib.sha256(frame.picture).hexdigest(),
        }
        content = json.dumps(header).encode() + b"\n" + frame.picture

        def write(file: BinaryIO) -> None:
            file.write(content)

        self._keep(f"{moment}-{frame.idempotency_key[:32]}", len(content), write)

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
