"""Clips of a stream as its camera codes it: nothing is decoded or coded again.

A clip begins at a keyframe and ends before one. The packets of the last seconds stay in memory,
from the keyframe before them on: with them a clip begins before what it was started by, or
repeats the end of the one before.
"""

import tempfile
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from gateway.sources.config import RecordingConfig

# A stream with fewer keyframes would fill the memory with what nobody asked for.
_MOST_WAITING_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded picture."""

    data: bytes
    pts: int
    dts: int | None
    is_keyframe: bool
    media_s: float


class Recorder:
    """Makes clips of one connection.

    Args:
        config: which.
        template: the stream as it comes.
        keep: takes a finished clip: its file, which is deleted afterwards, and the time of its
            first picture by the stream's own clock, seconds.
    """

    def __init__(
        self,
        config: RecordingConfig,
        template: VideoStream,
        keep: Callable[[Path, float], None],
    ) -> None:
        self._config = config
        self._template = template
        self._keep = keep
        self._recent: deque[Coded] = deque()
        self._recent_bytes = 0
        self._clip: _Clip | None = None
        self._wanted_until = float("-inf")

    def add(self, packet: "Packet[VideoStream]", media_s: float) -> None:
        """Take the next coded picture; those before the first keyframe are left out."""
        if packet.is_keyframe:
            self._at_keyframe(media_s)
        elif not self._recent:
            return
        coded = Coded(bytes(packet), packet.pts or 0, packet.dts, packet.is_keyframe, media_s)
        self._recent.append(coded)
        self._recent_bytes += len(coded.data)
        if self._clip is not None:
            self._clip.add(coded)
        elif self._config.when == "always":
            self._begin()
        if self._recent_bytes > _MOST_WAITING_BYTES:
            self._recent.clear()
            self._recent_bytes = 0

    def motion(self, media_s: float) -> None:
        """Say that something moved at a moment of the stream's own clock."""
        if self._config.when == "motion":
            self._wanted_until = media_s + self._config.after
            if self._clip is None and self._recent:
                self._begin()

    def end(self) -> None:
        """Finish what is being recorded: nothing more comes."""
        self._finish()
        self._recent.clear()

    def _at_keyframe(self, media_s: float) -> None:
        clip = self._clip
        if clip is not None:
            is_long = media_s - clip.first_s >= self._config.length
            goes_on = self._config.when == "always" or media_s < self._wanted_until
            if is_long or not goes_on:
                self._finish()
            if is_long and goes_on:
                self._forget(media_s - self._config.overlap)
                self._begin()
        keeps = self._config.before if self._config.when == "motion" else self._config.overlap
        self._forget(media_s - keeps)

    def _begin(self) -> None:
        self._clip = _Clip(self._template, self._recent[0].media_s)
        for coded in self._recent:
            self._clip.add(coded)

    def _finish(self) -> None:
        if self._clip is not None:
            clip, self._clip = self._clip, None
            path = clip.close()
            try:
                self._keep(path, clip.first_s)
            finally:
                path.unlink(missing_ok=True)

    def _forget(self, before_s: float) -> None:
        """Forget what lies before the last keyframe that is not later than a moment."""
        keyframes = [
            index
            for index, coded in enumerate(self._recent)
            if coded.is_keyframe and coded.media_s <= before_s
        ]
        for _ in range(keyframes[-1] if keyframes else 0):
            self._recent_bytes -= len(self._recent.popleft().data)


class _Clip:
    """An MP4 file in the making."""

    def __init__(self, template: VideoStream, first_s: float) -> None:
        self.first_s = first_s
        with tempfile.NamedTemporaryFile(suffix=".mp4", delete=False) as file:
            self._path = Path(file.name)
        self._output: OutputContainer = av.open(str(self._path), "w", format="mp4")
        self._stream: Any = self._output.add_stream_from_template(template)
        self._time_base: Fraction = template.time_base or Fraction(1, 90_000)
        self._begins: int | None = None
        self._last: int | None = None

    def add(self, coded: Coded) -> None:
        dts = coded.pts if coded.dts is None else coded.dts
        if self._begins is None:
            self._begins = dts
        dts -= self._begins
        if self._last is not None:
            dts = max(dts, self._last + 1)
        self._last = dts
        packet: Packet[Any] = Packet(coded.data)
        packet.stream = self._stream
        packet.time_base = self._time_base
        packet.dts, packet.pts = dts, max(dts, coded.pts - self._begins)
        packet.is_keyframe = coded.is_keyframe
        self._output.mux_one(packet)

    def close(self) -> Path:
        self._output.close()
        return self._path
