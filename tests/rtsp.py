"""An RTSP server of the tests' own (GStreamer's, from Debian) and clips whose frames are numbered.

A live camera in short: every mount repeats its clip at the rate of the wall clock, whether or not
somebody looks. Number n of the clip is on air at the time `(epoch + n) / fps`, also after a
restart, so that a test can say which frames it should have seen.

    with rtsp.serve(folder, {"/yard": rtsp.numbered(folder / "yard.es", frames=200)}) as server:
        ... server.url("/yard") ...
        server.freeze("/yard")
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

USER, PASSWORD = "xunjian", "s3cret-pass"
Codec = Literal["h264", "h265", "mjpeg"]
Picture = NDArray[np.uint8]

_PYTHON = "/usr/bin/python3"
_PROGRAM = Path(__file__).with_name("rtsp_server.py")
_ENCODERS = {
    "h264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency"}),
    "h265": (
        "libx265",
        {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "x265-params": "log-level=0:repeat-headers=1",
        },
    ),
    "mjpeg": ("mjpeg", {"huffman": "default"}),  # RFC 2435 knows no other tables
}
_NUMBER_BITS, _CHECK_BITS = 16, 4
_CELLS = _NUMBER_BITS + _CHECK_BITS
_BLACK, _WHITE = 40, 215
# What is brighter by less is no cell of a code.
_CONTRAST = 60


class RtspServerMissing(Exception):
    """GStreamer's RTSP server is not installed."""


def numbered(
    path: Path,
    *,
    frames: int = 100,
    size: tuple[int, int] = (640, 360),
    fps: int = 10,
    gop: int = 10,
    codec: Codec = "h264",
    draw: Callable[[int], Picture] | None = None,
) -> Path:
    """Write a clip for `serve` in which each frame carries its number in its upper quarter.

    Args:
        path: where to.
        frames: how many, up to 65,536.
        size: width and height in pixels, even.
        fps: frames a second.
        gop: frames from keyframe to keyframe; the last group may be shorter.
        codec: how they are coded.
        draw: gives what a frame shows under its number (height, width, 3); grey when left out.
    """
    name, options = _ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(fps), Fraction(1, fps)
    encoder.gop_size, encoder.thread_count = gop, 1
    encoder.options = options
    if codec == "mjpeg":
        encoder.qmin = encoder.qmax = 4
    with path.open("wb") as file:
        header = {"codec": codec, "width": size[0], "height": size[1], "fps": fps}
        file.write(json.dumps(header).encode() + b"\n")
        for number in [*range(frames), None]:
            frame = None if number is None else _numbered_frame(number, size, draw)
            for packet in encoder.encode(frame):
                file.write(struct.pack(">I?", packet.size, packet.is_keyframe) + bytes(packet))
    return path


def number_picture(number: int, size: tuple[int, int], under: Picture | None = None) -> Picture:
    """Return a picture (height, width, 3) that carries a number."""
    width, height = size
    picture = np.full((height, width, 3), 128, np.uint8) if under is None else under.copy()
    bits = number << _CHECK_BITS | _check(number)
    edges = [width * cell // _CELLS for cell in range(_CELLS + 1)]
    row = height // 8
    for cell in range(_CELLS):
        is_one = bits >> (_CELLS - 1 - cell) & 1
        picture[:row, edges[cell] : edges[cell + 1]] = _WHITE if is_one else _BLACK
        picture[row : 2 * row, edges[cell] : edges[cell + 1]] = _BLACK if is_one else _WHITE
    return picture


def read_number(picture: NDArray[Any]) -> int | None:
    """Return the number that a picture (height, width[, 3]) carries; None when it carries none.

    Each bit is a pair of cells, the brighter one says which: neither coding loss nor another
    size, brightness or contrast matters.
    """
    luma = picture.mean(axis=2) if picture.ndim == 3 else picture.astype(np.float64)
    height, width = luma.shape
    row, cell = height / 8, width / _CELLS
    bits = 0
    for index in range(_CELLS):
        columns = slice(round((index + 0.3) * cell), max(round((index + 0.7) * cell), 1))
        upper = float(luma[round(0.3 * row) : round(0.7 * row), columns].mean())
        lower = float(luma[round(1.3 * row) : round(1.7 * row), columns].mean())
        if abs(upper - lower) < _CONTRAST:
            return None
        bits = bits << 1 | (upper > lower)
    number = bits >> _CHECK_BITS
    return number if bits & (1 << _CHECK_BITS) - 1 == _check(number) else None


def read_jpeg_number(picture: bytes) -> int | None:
    """Return the number that an encoded picture carries, as `read_number`."""
    decoder = av.CodecContext.create("mjpeg", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    (frame,) = decoder.decode(av.Packet(picture))
    return read_number(frame.to_ndarray(format="gray"))


@dataclass
class RtspServer:
    """A running server; made by `serve`."""

    folder: Path
    port: int
    mounts: Mapping[str, Path]
    arguments: tuple[str, ...]
    secure: bool
    users: bool
    _process: "subprocess.Popen[bytes] | None" = None

    def url(self, mount: str, *, user: str = USER, password: str = PASSWORD) -> str:
        """Return a mount's address, with a user and password when the server asks for them."""
        who = f"{user}:{password}@" if self.users else ""
        return f"{'rtsps' if self.secure else 'rtsp'}://{who}127.0.0.1:{self.port}{mount}"

    def freeze(self, mount: str) -> None:
        """Let a stream repeat one picture, as a camera whose sensor hangs."""
        self._tell(mount, "freeze")

    def mute(self, mount: str) -> None:
        """Let a stream send nothing more though the connection stays, as a camera that hangs."""
        self._tell(mount, "mute")

    def thaw(self, mount: str) -> None:
        """Let a frozen or mute stream go on, where it would be by now."""
        self._tell(mount, "play")

    def switch(self, mount: str, clip: Path) -> None:
        """Let a stream go on with another clip of its codec, from its next keyframe on."""
        self._tell(mount, "switch", clip=str(clip))

    def pause(self) -> None:
        """Stop the whole server where it is (SIGSTOP): connections stay and nothing answers."""
        self._alive().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        self._alive().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the server at once."""
        process = self._alive()
        process.kill()
        process.wait()
        _close(process)
        self._process = None

    def start(self) -> None:
        """Start the server, again after `kill`: at the same port, with all mounts playing."""
        with (self.folder / "rtsp.log").open("ab") as log:
            process = subprocess.Popen(
                [_PYTHON, _PROGRAM, *self.arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "GST_REGISTRY_FORK": "no"},
            )
        assert process.stdout is not None
        if process.stdout.readline().strip() != b"ready":
            process.wait()
            _close(process)
            reason = (self.folder / "rtsp.log").read_text(errors="replace")
            raise RuntimeError(f"the RTSP server did not start: {reason[-2000:]}")
        self._process = process

    def _alive(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "the server was killed"
        return self._process

    def _tell(self, mount: str, state: str, **more: Any) -> None:
        process = self._alive()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"mount": mount, "state": state, **more}).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == b"done"


@contextmanager
def serve(
    folder: Path,
    mounts: Mapping[str, Path],
    *,
    users: bool = False,
    certificate: Path | None = None,
) -> Iterator[RtspServer]:
    """Run a server on a free loopback port.

    Args:
        folder: for its files.
        mounts: clips of `numbered` by path; a clip's codec is the mount's.
        users: whether it lets in only `USER`.
        certificate: its certificate and key in one PEM file, to speak RTSPS.

    Raises:
        RtspServerMissing: it is not installed.
    """
    _require()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = folder / "rtsp.json"
    settings.write_text(
        json.dumps(
            {
                "port": port,
                "mounts": {mount: str(clip) for mount, clip in mounts.items()},
                "epoch": time.time(),
                "user": [USER, PASSWORD] if users else None,
                "certificate": None if certificate is None else str(certificate),
            }
        )
    )
    server = RtspServer(
        folder, port, mounts, (str(settings),), secure=certificate is not None, users=users
    )
    server.start()
    try:
        yield server
    finally:
        if server._process is not None:
            server.kill()


def _require() -> None:
    probe = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); "
        "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
        "assert all(map(Gst.ElementFactory.find, ['rtph264pay', 'h264parse', 'jpegparse']))"
    )
    python = shutil.which(_PYTHON)
    if python is None or subprocess.run([python, "-c", probe], capture_output=True).returncode:
        raise RtspServerMissing(
            "GStreamer's RTSP server is not installed (Debian: gir1.2-gst-rtsp-server-1.0 "
            "python3-gi gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)"
        )


def _close(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with suppress(BrokenPipeError):
            pipe.close()


def _check(number: int) -> int:
    nibbles = (number >> shift & 15 for shift in range(0, _NUMBER_BITS, 4))
    return sum((index + 1) * nibble for index, nibble in enumerate(nibbles)) + 5 & 15


def _numbered_frame(
    number: int, size: tuple[int, int], draw: Callable[[int], Picture] | None
) -> VideoFrame:
    picture = number_picture(number, size, None if draw is None else draw(number))
    frame = VideoFrame.from_ndarray(picture, format="rgb24")
    frame.pts = number
    return frame
