"""Video through FFmpeg (PyAV): network cameras, files, USB cameras."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gateway.errors import SourceError, SourceFrozen, SourceRefused
from gateway.sources.clock import FileClock, StreamClock
from gateway.sources.config import FileSource, RtspSource, UsbSource

_MICROSECOND = Fraction(1, av.time_base)
_OPEN_S = 15.0
# Enough to know a stream whose description says what it is; FFmpeg's own takes seconds and 5 MB.
_PROBE = {"probesize": "500000", "analyzeduration": "500000", "fpsprobesize": "0"}
_REFUSED = (
    av.error.HTTPClientError,
    av.error.PermissionError,
    av.error.FileNotFoundError,
    av.error.DemuxerNotFoundError,
    av.error.DecoderNotFoundError,
)


class Stream:
    """An open source; made by `open_stream`.

    Args:
        name: what it is, without its password.
        container: what FFmpeg has opened.
        clock: tells when its pictures were taken.
        is_live: whether it never ends by itself.
        silent_after_s: how long nothing may come; None when it is no matter.
    """

    def __init__(
        self,
        name: str,
        container: InputContainer,
        clock: StreamClock | FileClock,
        *,
        is_live: bool,
        silent_after_s: float | None,
    ) -> None:
        self._silent_after_s = silent_after_s
        self.name = name
        self.clock = clock
        self.is_live = is_live
        self._container = container
        if not container.streams.video:
            raise SourceRefused(f"{name} has no video", hint="name a stream that has")
        self.video: VideoStream = container.streams.video[0]
        self.video.thread_type = "NONE"
        self.video.codec_context.thread_count = 1
        self._awaits_keyframe = True

    def packets(self) -> Iterator["Packet[VideoStream]"]:
        """Read what the camera has coded, as it comes, each with its time.

        Raises:
            SourceError: the connection is lost, nothing comes any more, or a live source ended.
        """
        silence = f"{self.name} is connected but sends nothing"
        try:
            before = time.monotonic()
            for packet in self._container.demux(self.video):
                # FFmpeg answers the first timeout with the picture that it had held back.
                if self._silent_after_s and time.monotonic() - before >= self._silent_after_s:
                    raise SourceFrozen(silence)
                before = time.monotonic()
                if packet.pts is None or packet.size == 0:
                    continue
                self.clock.arrived(self.media_s(packet))
                yield packet
        except (av.error.ExitError, av.error.TimeoutError) as error:
            raise SourceFrozen(silence) from error
        except av.error.FFmpegError as error:
            raise _error(self.name, error) from error
        if self.is_live:
            raise SourceError(f"{self.name} has ended the stream")

    def decode(self, packet: "Packet[VideoStream]") -> list[VideoFrame]:
        """Decode what can be decoded; what was lost is left out, up to the next keyframe."""
        if self._awaits_keyframe and not packet.is_keyframe:
            return []
        try:
            frames = self.video.codec_context.decode(packet)
        except av.error.FFmpegError:
            self._awaits_keyframe = True
            return []
        self._awaits_keyframe = False
        return _whole(frames)

    def drain(self) -> list[VideoFrame]:
        """Decode what the decoder has held back; only a keyframe can be decoded next."""
        try:
            frames = self.video.codec_context.decode(None)
        except av.error.FFmpegError:
            frames = []
        self.video.codec_context.flush_buffers()
        self._awaits_keyframe = True
        return _whole(frames)

    def media_s(self, thing: "Packet[VideoStream] | VideoFrame") -> float:
        """Return the time of a packet or frame by the stream's own clock, seconds."""
        base = thing.time_base or self.video.time_base or _MICROSECOND
        return float((thing.pts or 0) * base)


def _whole(frames: list[VideoFrame]) -> list[VideoFrame]:
    return [frame for frame in frames if not frame.is_corrupt and frame.pts is not None]


@contextmanager
def open_stream(source: RtspSource | FileSource | UsbSource) -> Iterator[Stream]:
    """Open a source.

    Raises:
        SourceRefused: trying again soon cannot help: a wrong password, no such path or device.
        SourceError: it does not answer, or gives no picture.
    """
    name = describe(source)
    with _open(name, source) as container:
        if isinstance(source, FileSource):
            clock = FileClock(_begun(source, container))
            yield Stream(name, container, clock, is_live=False, silent_after_s=None)
        else:
            live = StreamClock()
            yield Stream(name, container, live, is_live=True, silent_after_s=source.silent_after)


def describe(source: RtspSource | FileSource | UsbSource) -> str:
    """Return what a source is for people and logs: no user, password or query."""
    match source:
        case RtspSource():
            parts = urlsplit(source.url.get_secret_value())
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        case FileSource():
            return str(source.path)
        case UsbSource():
            return source.device


@contextmanager
def _open(name: str, source: RtspSource | FileSource | UsbSource) -> Iterator[InputContainer]:
    match source:
        case RtspSource():
            what, more = source.url.get_secret_value(), _rtsp(source)
        case FileSource():
            what, more = str(source.path), {"timeout": None}
        case UsbSource():
            what, more = source.device, _usb(source)
    try:
        container = av.open(what, "r", **more)
    except av.error.FFmpegError as error:
        raise _error(name, error) from None  # its text holds the password
    with container:
        yield container


def _rtsp(source: RtspSource) -> dict[str, Any]:
    options = _PROBE | {"rtsp_transport": source.transport, "allowed_media_types": "video"}
    return {"timeout": (_OPEN_S, source.silent_after), "options": options}


def _usb(source: UsbSource) -> dict[str, Any]:
    options = {}
    if source.size is not None:
        options["video_size"] = "{}x{}".format(*source.size)
    if source.fps is not None:
        options["framerate"] = str(source.fps)
    return {"format": "v4l2", "options": options, "timeout": (_OPEN_S, source.silent_after)}


def _begun(source: FileSource, container: InputContainer) -> float:
    if source.captured_at is not None:
        return source.captured_at.timestamp()
    told = container.metadata.get("creation_time")
    if told is not None:
        try:
            return datetime.fromisoformat(told).timestamp()
        except ValueError:
            pass
    return Path(source.path).stat().st_mtime - (container.duration or 0) / av.time_base


def _error(name: str, error: av.error.FFmpegError) -> SourceError:
    match error:
        case av.error.HTTPUnauthorizedError() | av.error.HTTPForbiddenError():
            return SourceRefused(
                f"{name} refuses the user or password",
                hint="write them into the address as rtsp://USER:PASSWORD@HOST/PATH, with %40 for "
                "an @ in the password; many cameras lock an address after some wrong passwords",
            )
        case av.error.HTTPNotFoundError():
            return SourceRefused(
                f"{name} is no stream of this camera",
                hint="look up the path of its stream in the camera's manual",
            )
        case av.error.FileNotFoundError():
            return SourceRefused(f"{name} does not exist", hint="check the path or the cable")
        case av.error.PermissionError():
            return SourceRefused(
                f"{name} may not be opened",
                hint="let the gateway's user read it; for USB cameras add it to the group video",
            )
        case av.error.ConnectionRefusedError():
            return SourceError(
                f"{name} refuses the connection", hint="check the port; is RTSP switched on?"
            )
        case av.error.ExitError() | av.error.TimeoutError():
            return SourceError(
                f"nothing comes from {name}", hint="check the camera and the network"
            )
        case av.error.InvalidDataError():
            return SourceError(f"{name} gives nothing that can be read as video")
    kind = SourceRefused if isinstance(error, _REFUSED) else SourceError
    return kind(f"{name}: {error.strerror}")
