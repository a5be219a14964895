"""Video files to frames, through FFmpeg (PyAV) with everything pinned that can be pinned."""

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from inference.clips.container import sniff_container
from inference.clips.frame import ClipLimits
from inference.errors import (
    ClipCorrupt,
    ClipError,
    ClipTooLarge,
    ClipTooLong,
    ClipTooSlow,
    ClipUnsupported,
)

CODECS = ("h264", "hevc", "mpeg4", "mjpeg")
_DEMUXERS = {"mp4": "mov", "avi": "avi"}
# The brightness of these formats is their first plane, eight bits deep.
_PLANAR = ("yuv4", "yuvj4", "nv12", "nv21", "gray")
_DEEP = ("le", "be")
_PROBE_BYTES = 5_000_000
_LARGEST_DAMAGED_SHARE = 0.5
_ROTATIONS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


class VideoFrameView:
    """A decoded frame of a video file; see `inference.clips.ClipFrame`."""

    __slots__ = ("_frame", "_rotation", "index", "time_s")

    def __init__(self, frame: VideoFrame, index: int, time_s: float, rotation: int) -> None:
        self._frame = frame
        self._rotation = rotation
        self.index = index
        self.time_s = time_s

    def luma(self) -> NDArray[np.uint8]:
        """Brightness, uint8 (H, W), without a copy where the frame is stored planar."""
        frame = self._frame
        if not frame.format.name.startswith(_PLANAR) or frame.format.name.endswith(_DEEP):
            frame = frame.reformat(format="gray")
        plane = frame.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8, plane.line_size * frame.height)
        return self._upright(rows.reshape(frame.height, plane.line_size)[:, : frame.width])

    def bgr(self) -> NDArray[np.uint8]:
        """Colours, uint8 (H, W, 3), BGR."""
        return self._upright(self._frame.to_ndarray(format="bgr24"))

    def _upright(self, image: NDArray[Any]) -> NDArray[np.uint8]:
        if self._rotation not in _ROTATIONS:
            return image
        return np.asarray(cv2.rotate(image, _ROTATIONS[self._rotation]), np.uint8)


class VideoClip:
    """A video file: MP4, MOV or AVI with H.264, H.265, MPEG-4 or Motion JPEG.

    Args:
        path: The file.
        limits: What is refused.
        threads: Threads that decode; one where clips are worked through side by side.

    Attributes:
        width: Width in pixels as displayed.
        height: Height in pixels as displayed.
        codec: What decodes it.

    Raises:
        ClipError: It is refused by its header alone.
        OSError: It cannot be read.
    """

    def __init__(self, path: Path, limits: ClipLimits, threads: int = 1) -> None:
        self._path = path
        self._limits = limits
        self._threads = threads
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise ClipTooLarge(
                f"the clip has {size} bytes, more than the {limits.max_bytes} allowed",
                hint="Send a shorter clip or stronger compression.",
            )
        with path.open("rb") as file:
            self._demuxer = _DEMUXERS[sniff_container(file)]
        with path.open("rb") as file, self._open(file) as container:
            stream = self._video(container)
            self.codec = stream.codec_context.name
            self._check_seconds(_claimed_seconds(container, stream))
            first = next((one for one in self._decode(container, stream) if one is not None), None)
        if first is None:
            raise ClipCorrupt("no frame of the clip can be decoded")
        self._stored_size = first.width, first.height
        self._rotation = round(first.rotation / 90) * 90 % 360
        sideways = self._rotation in (90, 270)
        self.width, self.height = self._stored_size[:: -1 if sideways else 1]

    def frames(self) -> Iterator[VideoFrameView]:
        """Decode the frames in the order of their times; see `inference.clips.Clip`."""
        with self._path.open("rb") as file, self._open(file) as container:
            stream = self._video(container)
            context = stream.codec_context
            context.thread_count = self._threads
            context.thread_type = "AUTO"
            yield from self._in_time(self._decode(container, stream), stream)

    def _open(self, file: Any) -> InputContainer:
        options = {
            "codec_whitelist": ",".join(CODECS),
            "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,avi",
            "probesize": str(_PROBE_BYTES),
            "max_streams": "8",
        }
        try:
            container: InputContainer = av.open(
                file,
                format=self._demuxer,
                container_options=options,
                options={"max_pixels": str(self._limits.max_pixels)},
                metadata_errors="ignore",
                io_open=_refuse_to_open,
            )
        except av.error.FFmpegError as error:
            raise ClipCorrupt(f"the clip does not open: {_reason(error)}") from error
        return container

    def _video(self, container: InputContainer) -> VideoStream:
        if not container.streams.video:
            raise ClipUnsupported("the clip has no video", hint="Send a clip with a video track.")
        stream = container.streams.video[0]
        context: VideoCodecContext | None = stream.codec_context
        if context is None or context.name not in CODECS:
            name = context.name if context is not None else "unknown"
            raise ClipUnsupported(
                f"the clip's video is {name}, accepted are {', '.join(CODECS)}",
                hint="Set the camera to H.264 or H.265.",
            )
        if context.width * context.height > self._limits.max_pixels:
            raise ClipTooLarge(
                f"the clip's frames have {context.width}x{context.height} pixels,"
                f" more than the {self._limits.max_pixels} allowed",
                hint="Send it at a lower resolution.",
            )
        return stream

    def _decode(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[VideoFrame | None]:
        """Yield frames as they are decoded, None for each that is damaged."""
        deadline = time.monotonic() + self._limits.max_decode_s
        try:
            for packet in container.demux(stream):
                if time.monotonic() > deadline:
                    raise ClipTooSlow(
                        f"decoding took more than {self._limits.max_decode_s:g} s",
                        hint="Send a shorter clip or a lower resolution.",
                    )
                try:
                    decoded = packet.decode()
                except av.error.InvalidDataError:
                    yield None
                    continue
                for frame in decoded:
                    yield None if frame.is_corrupt else frame
        except av.error.FFmpegError as error:
            raise ClipCorrupt(f"the clip is damaged: {_reason(error)}") from error

    def _in_time(
        self, decoded: Iterator[VideoFrame | None], stream: VideoStream
    ) -> Iterator[VideoFrameView]:
        rate = stream.average_rate or stream.guessed_rate
        step_s = float(1 / rate) if rate else 0.0
        first: float | None = None
        last, damaged, index = -step_s, 0, -1
        for index, frame in enumerate(decoded):
            if index >= self._limits.max_frames:
                raise ClipTooLong(
                    f"the clip has more than the {self._limits.max_frames} frames allowed",
                    hint="Send it in parts.",
                )
            if frame is None:
                damaged += 1
                continue
            if (frame.width, frame.height) != self._stored_size:
                raise ClipUnsupported(
                    "the clip's frames change their size", hint="Send it in parts."
                )
            # AVI knows the order of decoding only, in which frames leave the decoder sorted.
            stamp = frame.dts if self._demuxer == "avi" else frame.pts
            if stamp is None or stream.time_base is None:
                moment = last + step_s
            else:
                seconds = float(stamp * stream.time_base)
                first = seconds if first is None else first
                moment = seconds - first
            self._check_seconds(moment)
            if moment <= last:  # the same moment again shows no motion
                continue
            last = moment
            yield VideoFrameView(frame, index, moment, self._rotation)
        if damaged > _LARGEST_DAMAGED_SHARE * (index + 1):
            raise ClipCorrupt(f"{damaged} of the clip's {index + 1} frames cannot be decoded")

    def _check_seconds(self, seconds: float) -> None:
        if seconds > self._limits.max_seconds:
            raise ClipTooLong(
                f"the clip lasts {seconds:.0f} s,"
                f" more than the {self._limits.max_seconds:g} allowed",
                hint="Send it in parts.",
            )


def _claimed_seconds(container: InputContainer, stream: VideoStream) -> float:
    claims = [0.0]
    if stream.duration is not None and stream.time_base is not None:
        claims.append(float(stream.duration * stream.time_base))
    if container.duration is not None:
        claims.append(float(container.duration * Fraction(1, av.time_base)))
    return max(claims)


def _refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    raise ClipError(f"the clip refers to another file: {url}")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
