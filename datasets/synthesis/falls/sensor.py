"""From a drawn frame to what a cheap camera delivers: shake, grain, compression, jittered times."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from datasets.synthesis.types import Array, Image

_TIME_BASE = Fraction(1, 90_000)
_BANK = 3
_MARGIN = 64
_KEY_SECONDS = 2


@dataclass(frozen=True)
class Recording:
    """How a clip is recorded.

    Attributes:
        fps: Nominal frames per second.
        exposure_s: Exposure of each row.
        readout_s: Time from the first row to the last (rolling shutter).
        read_noise: Grain that is there without light, grey levels (standard deviation).
        shot_noise: Grain of white, grey levels; it grows with the root of the light.
        crf: Constant rate factor of H.264.
        jitter: Standard deviation of the frames' times, as a part of the frame interval.
        drops: Part of the frames that is lost.
        shake_px: Standard deviation of the camera's shake.
        flicker: Standard deviation of the exposure, as a part of it.
        clock: Whether the camera writes the time into the picture.
        preset: How much trouble the encoder takes, a preset of x264.
    """

    fps: float
    exposure_s: float
    readout_s: float
    read_noise: float
    shot_noise: float
    crf: int
    jitter: float
    drops: float
    shake_px: float
    flicker: float = 0.0
    clock: bool = False
    preset: str = "veryfast"

    def times(self, seconds: float, rng: np.random.Generator) -> Array:
        """When frames are taken: jittered, some lost; (N,) seconds, the first at 0."""
        nominal = np.arange(0, seconds, 1 / self.fps)
        jittered = nominal + rng.normal(0, self.jitter / self.fps, len(nominal))
        kept = rng.random(len(nominal)) >= self.drops
        kept[0] = True
        times = np.maximum.accumulate(jittered[kept] - jittered[0])
        return np.asarray(times[np.concatenate([[True], np.diff(times) > 1e-3])])


class Grain:
    """Adds sensor noise, from a few fields of noise laid at random places.

    Args:
        picture: The still scene, which sets how strong the grain is where.
        recording: How strong it is.
        rng: Where the randomness comes from.
    """

    def __init__(self, picture: Image, recording: Recording, rng: np.random.Generator) -> None:
        light = picture.mean(axis=2).astype(np.float32) / 255
        self._strength = np.sqrt(recording.read_noise**2 + recording.shot_noise**2 * light)
        self._rng = rng
        shape = light.shape[0] + _MARGIN, light.shape[1] + _MARGIN
        self._bank = [rng.standard_normal(shape, dtype=np.float32) for _ in range(_BANK)]

    def add(self, frame: Image) -> Image:
        """Return the frame with noise of its own."""
        down, right = self._rng.integers(0, _MARGIN, 2)
        field = self._bank[self._rng.integers(_BANK)]
        height, width = self._strength.shape
        field = field[down : down + height, right : right + width]
        field = field[:: self._rng.choice([-1, 1])] * self._strength
        return np.asarray(cv2.add(frame, cv2.merge([field] * 3), dtype=cv2.CV_8U), np.uint8)


def write_clock(frame: Image, time_s: float) -> None:
    """Write a clock into the top left of a frame, as many cameras do."""
    scale = frame.shape[0] / 720
    at, text = (round(16 * scale), round(34 * scale)), f"2026-05-04 12:07:{8 + int(time_s):02d}"
    for tone, bold in ((0, 3), (255, 1)):
        thick = max(1, round(bold * scale))
        cv2.putText(
            frame, text, at, cv2.FONT_HERSHEY_PLAIN, 2 * scale, (tone,) * 3, thick, cv2.LINE_AA
        )


def shake(frame: Image, offset: Array) -> Image:
    """Move a frame by (2,) x, y pixels."""
    matrix = np.array([[1, 0, offset[0]], [0, 1, offset[1]]])
    moved = cv2.warpAffine(frame, matrix, frame.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def encode(frames: Iterable[Image], times: Sequence[float], recording: Recording) -> bytes:
    """Encode frames as MP4 with H.264 and their own times.

    Args:
        frames: uint8 (H, W, 3) BGR of one size with even sides.
        times: Seconds, rising, one for each frame.
        recording: Rate and compression.

    Returns:
        The file's bytes.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream: Any = None
        for frame, time_s in zip(frames, times, strict=True):
            if stream is None:
                options = {"crf": str(recording.crf), "preset": recording.preset, "threads": "1"}
                stream = output.add_stream("libx264", options=options)
                stream.width, stream.height, stream.pix_fmt = *frame.shape[1::-1], "yuv420p"
                stream.codec_context.time_base = stream.time_base = _TIME_BASE
                stream.codec_context.framerate = Fraction(round(recording.fps * 100), 100)
                stream.codec_context.gop_size = round(_KEY_SECONDS * recording.fps)
            picture = av.VideoFrame.from_ndarray(frame, format="bgr24")
            picture.pts, picture.time_base = round(time_s / _TIME_BASE), _TIME_BASE
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def decode_luma(data: bytes) -> Iterator[Image]:
    """Decode what `encode` gave: brightness of each frame, uint8 (H, W)."""
    with av.open(io.BytesIO(data), "r") as film:
        for frame in film.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="gray"), np.uint8)
