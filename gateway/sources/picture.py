"""A decoded picture on its way to a JPEG: upright, masked, as its camera coded it."""

import threading
import zlib
from typing import Any

import numpy as np
import simplejpeg
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from gateway.masks import Masks

Plane = NDArray[np.uint8]
_YUV = "yuvj420p"
_one_at_a_time = threading.Lock()


class PictureMaker:
    """Turns a camera's frames into JPEG pictures; one per thread.

    Args:
        masks: what is painted over.
        quality: of the JPEG, 50 to 100.
    """

    def __init__(self, masks: Masks, quality: int) -> None:
        self._masks = masks
        self._quality = quality
        self._full = VideoReformatter()
        self._small = VideoReformatter()

    def jpeg(self, frame: VideoFrame) -> bytes:
        """Return a frame as a JPEG as it is displayed, masked; nothing of it needs EXIF.

        One camera after the other: at full size this takes 10 MB for the moment.
        """
        with _one_at_a_time:
            return self._jpeg(frame)

    def _jpeg(self, frame: VideoFrame) -> bytes:
        # JPEG is BT.601 in the full range (JFIF 1.02); video mostly is neither.
        full = self._full.reformat(
            frame,
            format=_YUV,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        height, width = full.height, full.width
        halves = (height + 1) // 2, (width + 1) // 2
        planes = [
            np.ascontiguousarray(upright(_plane(full, index, *shape), frame.rotation))
            for index, shape in enumerate([(height, width), halves, halves])
        ]
        if self._masks:
            planes = [plane.copy() for plane in planes]  # they may be the decoder's own
            self._masks.paint(*planes)
        picture: bytes = simplejpeg.encode_jpeg_yuv_planes(*planes, quality=self._quality)
        return picture

    def small(self, frame: VideoFrame, width: int) -> Plane:
        """Return a frame's brightness, upright, reduced so that its longer side has a width."""
        scale = width / max(frame.width, frame.height)
        small = self._small.reformat(
            frame,
            width=max(2, round(frame.width * scale)),
            height=max(2, round(frame.height * scale)),
            format="gray",
            interpolation="AREA",
            threads=1,
        )
        return upright(_plane(small, 0, small.height, small.width), frame.rotation)


def upright(plane: Plane, rotation: int) -> Plane:
    """Turn a plane as its film says (degrees, counter-clockwise)."""
    return np.rot90(plane, round(rotation / 90) % 4)


def displayed_size(frame: VideoFrame) -> tuple[int, int]:
    """Return a frame's width and height in pixels as displayed."""
    is_upright = round(frame.rotation / 90) % 2 == 0
    return (frame.width, frame.height) if is_upright else (frame.height, frame.width)


def fingerprint(frame: VideoFrame) -> int:
    """Return a number that another picture, however alike, does not have."""
    plane: Any = frame.planes[0]
    return zlib.crc32(plane)


def _plane(frame: VideoFrame, index: int, height: int, width: int) -> Plane:
    plane: Any = frame.planes[index]
    rows = np.frombuffer(plane, np.uint8, plane.line_size * height)
    return rows.reshape(height, plane.line_size)[:, :width]
