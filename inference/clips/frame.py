"""What a clip gives: frames with the times at which they were taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """What is refused, as early as it can be told.

    Attributes:
        max_bytes: Longest accepted file in bytes; of a folder, each picture.
        max_pixels: Largest accepted frame, width x height; the default admits 4K (4096x2304).
        max_seconds: Longest accepted clip, by what it says and by its frames' times.
        max_frames: Most frames.
        max_decode_s: Longest that decoding may take, wall-clock seconds.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_pixels: int = 4096 * 2304
    max_seconds: float = 600.0
    max_frames: int = 36_000
    max_decode_s: float = 900.0


class ClipFrame(Protocol):
    """One frame; its pixels are made when they are asked for."""

    @property
    def index(self) -> int:
        """Number of the frame in the clip, from 0; damaged frames are left out but counted."""

    @property
    def time_s(self) -> float:
        """When it was taken, seconds after the clip's first frame."""

    def luma(self) -> NDArray[np.uint8]:
        """Brightness, uint8 (H, W); for reading only, it may be the decoder's own memory."""

    def bgr(self) -> NDArray[np.uint8]:
        """Colours, uint8 (H, W, 3), BGR."""


class Clip(Protocol):
    """Some seconds of video."""

    @property
    def width(self) -> int:
        """Width of its frames in pixels, as displayed."""

    @property
    def height(self) -> int:
        """Height of its frames in pixels, as displayed."""

    def frames(self) -> Iterator[ClipFrame]:
        """Decode the frames in the order of their times, which rise strictly.

        Times are those of the clip, so that a variable frame rate and dropped frames are what they
        are. Each call begins anew.

        Raises:
            ClipError: The rest cannot be decoded, or goes beyond the limits.
        """
