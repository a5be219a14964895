"""Clips: some seconds of video, from a file or from a folder of frames with times."""

from pathlib import Path

from inference.clips.folder import FrameFolder
from inference.clips.frame import Clip, ClipFrame, ClipLimits
from inference.clips.naming import ASSUMED_FPS
from inference.clips.video import VideoClip

__all__ = [
    "ASSUMED_FPS",
    "Clip",
    "ClipFrame",
    "ClipLimits",
    "FrameFolder",
    "VideoClip",
    "open_clip",
]


def open_clip(
    path: Path, limits: ClipLimits, *, threads: int = 1, fps: float = ASSUMED_FPS
) -> Clip:
    """Open a video file, or a folder of frames.

    Args:
        path: The file or folder.
        limits: What is refused.
        threads: Threads that decode a video; one where clips are worked through side by side.
        fps: Frames per second of a folder whose pictures are only numbered.

    Returns:
        The clip; its frames are decoded when they are asked for.

    Raises:
        ClipError: It cannot be inspected; which of its subclasses says why.
        OSError: It cannot be read.
    """
    return FrameFolder(path, limits, fps) if path.is_dir() else VideoClip(path, limits, threads)
