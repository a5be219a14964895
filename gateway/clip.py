"""A clip as it leaves a camera."""

from dataclasses import dataclass
from pathlib import Path

from gateway.frame import FrameMetadata

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/x-msvideo",
}


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
