"""Short films for the tests: a bright square that moves right by four pixels a frame."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

FPS = 25
WIDTH, HEIGHT = 160, 96


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) BGR: dark blue with the square at x = 8 + 4 x number."""
    image = np.full((height, width, 3), (90, 30, 30), np.uint8)
    image[40:60, 8 + 4 * number : 28 + 4 * number] = (240, 240, 240)
    return image


def film(
    container: str = "mp4",
    codec: str = "libx264",
    *,
    frames: int = 12,
    times_ms: Sequence[int] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    rotation: int = 0,
    pixels: str = "yuv420p",
    fragmented: bool = False,
    **options: str,
) -> bytes:
    """Encode a film; `times_ms` are the frames' times, by default 25 a second."""
    buffer = io.BytesIO()
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    fragments = {"movflags": "frag_keyframe+empty_moov"} if fragmented else {}
    with av.open(buffer, "w", format=container, options=fragments) as output:
        stream: Any = output.add_stream(codec, rate=FPS, options={"g": "6"} | quiet | options)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        if rotation:
            stream.set_display_rotation(rotation)
        if times_ms is not None:
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for number, image in enumerate(picture(n, *size) for n in range(frames)):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def sound() -> bytes:
    """Encode a second of silence as MP4, without any video."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream: Any = output.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()
