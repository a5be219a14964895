"""Watching a stream: which of its pictures are decoded, kept, and found to be frozen or moving."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gateway.errors import SourceFrozen
from gateway.recording.recorder import Recorder
from gateway.sampling.every import Sampler, Where
from gateway.sampling.motion import WIDTH, MotionDetector
from gateway.sources.config import MotionConfig
from gateway.sources.picture import PictureMaker, displayed_size, fingerprint
from gateway.sources.stream import Stream

_GAPS_REMEMBERED = 5
# Keyframes of one second come as often as pictures that are wanted every second.
_TOLERANCE = 1.05


class Stillness:
    """Tells whether a camera shows the very same picture again and again.

    A live picture never comes twice: its noise differs. It is remembered from one connection to
    the next.

    Args:
        longest_s: how long it may.
    """

    def __init__(self, longest_s: float) -> None:
        self.longest_s = longest_s
        self._shown: int | None = None
        self._since = 0.0
        self._alarmed: float | None = None

    def look(self, shown: int, at: float) -> None:
        """Look at the next picture.

        Args:
            shown: its fingerprint.
            at: when it was taken, seconds.

        Raises:
            SourceFrozen: it is the same for so long; again after as long.
        """
        if shown != self._shown:
            self._shown, self._since, self._alarmed = shown, at, None
        elif at - (self._alarmed or self._since) >= self.longest_s:
            self._alarmed = at
            raise SourceFrozen(f"it shows the very same picture since {at - self._since:.0f} s")

    @property
    def is_frozen(self) -> bool:
        """Say whether the last picture was still the same as when the alarm was raised."""
        return self._alarmed is not None


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture to be kept, and whether something moved in it."""

    frame: VideoFrame
    at: float
    moves: bool


class Motion:
    """When motion is looked for, and when a picture of it is kept.

    Args:
        config: how much is motion, where, and how often.
    """

    def __init__(self, config: MotionConfig) -> None:
        self._config = config
        self._detector = MotionDetector(config)
        self._looked = self._kept = float("-inf")

    def is_due(self, at: float) -> bool:
        """Say whether it is time to look again (seconds)."""
        return at - self._looked >= 0.99 / self._config.rate

    def sees(self, frame: VideoFrame, at: float, pictures: PictureMaker) -> bool:
        """Say whether something moves."""
        self._looked = at
        return self._detector.sees(pictures.small(frame, WIDTH))

    def keeps(self, at: float) -> bool:
        """Say whether a picture of motion is kept, or one was a moment ago."""
        if at - self._kept < self._config.cooldown:
            return False
        self._kept = at
        return True


class Watch:
    """Watches one connection. Only what is looked at is decoded, with the packets it needs.

    Args:
        stream: the source.
        sampler: which pictures are kept; None when only motion is.
        motion: looks for motion; None when nobody asked.
        recorder: keeps clips; None when nobody asked.
        stillness: tells when the camera is frozen.
        pictures: reduces pictures.
        where: the vehicle's position at a moment, seconds since 1970 UTC.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        sampler: Sampler | None,
        motion: Motion | None,
        recorder: Recorder | None,
        stillness: Stillness,
        pictures: PictureMaker,
        where: Where,
    ) -> None:
        self._stream = stream
        self._sampler, self._motion, self._recorder = sampler, motion, recorder
        self._stillness, self._pictures, self._where = stillness, pictures, where
        self._coded: list[Packet[VideoStream]] = []
        self._keyframes: list[float] = []
        self._is_owed = False
        self._looked = float("-inf")

    def run(
        self,
        stop: threading.Event,
        is_well: Callable[[tuple[int, int]], None],
        keep: Callable[[Seen], None],
    ) -> None:
        """Watch until told to stop, or the file ends.

        Args:
            stop: tells to end.
            is_well: called with the size as displayed when a picture is looked at and not frozen.
            keep: takes a picture that is kept.

        Raises:
            SourceError: the stream broke off or is frozen.
        """
        try:
            for packet in self._stream.packets():
                if stop.is_set():
                    return
                if self._recorder is not None:
                    self._recorder.add(packet, self._stream.media_s(packet))
                if self._stream.is_live:
                    self._take(packet, is_well, keep)
                else:
                    self._read(self._stream.decode(packet), is_well, keep)
            self._read(self._stream.drain(), is_well, keep)
        finally:
            if self._recorder is not None:
                self._recorder.end()

    def _read(
        self,
        frames: list[VideoFrame],
        is_well: Callable[[tuple[int, int]], None],
        keep: Callable[[Seen], None],
    ) -> None:
        """Look at every frame of a file, in the order of their times."""
        for frame in frames:
            at = self._stream.clock.moment(self._stream.media_s(frame))
            is_due = self._is_due(at)
            self._look(frame, at, is_well, keep, is_due=is_due, looks=self._looks_for_motion(at))

    def _take(
        self,
        packet: "Packet[VideoStream]",
        is_well: Callable[[tuple[int, int]], None],
        keep: Callable[[Seen], None],
    ) -> None:
        """Take the next packet of a live stream; it is decoded when something is to be seen."""
        media_s = self._stream.media_s(packet)
        if packet.is_keyframe:
            self._coded.clear()
            self._keyframes = [*self._keyframes[-_GAPS_REMEMBERED:], media_s]
        self._coded.append(packet)
        if not self._keyframes or not self._stream.clock.is_settled:
            return
        at = self._stream.clock.moment(media_s)
        looks = self._looks_for_motion(at)
        if packet.is_keyframe or not self._keyframes_suffice():
            self._is_owed = self._is_owed or self._is_due(at)
        checks = packet.is_keyframe and at - self._looked >= self._stillness.longest_s / 4
        if not (looks or self._is_owed or checks):
            return
        frame = self._decode()
        if frame is None:
            return
        at = self._looked = self._stream.clock.moment(self._stream.media_s(frame))
        self._stillness.look(fingerprint(frame), at)
        if not self._stillness.is_frozen:
            self._look(frame, at, is_well, keep, is_due=self._is_owed, looks=looks)
        self._is_owed = False

    def _look(
        self,
        frame: VideoFrame,
        at: float,
        is_well: Callable[[tuple[int, int]], None],
        keep: Callable[[Seen], None],
        *,
        is_due: bool,
        looks: bool,
    ) -> None:
        is_well(displayed_size(frame))
        moves = looks and self._moves(frame, at)
        if is_due or (moves and self._motion is not None and self._motion.keeps(at)):
            keep(Seen(frame, at, moves))

    def _decode(self) -> VideoFrame | None:
        is_alone = len(self._coded) == 1 and self._keyframes_suffice()
        newest: VideoFrame | None = None  # one at a time: at 1080p each takes 3 MB
        for packet in self._coded:
            newest = next(reversed(self._stream.decode(packet)), newest)
        self._coded.clear()
        if newest is None and is_alone:
            newest = next(reversed(self._stream.drain()), None)
        return newest

    def _is_due(self, at: float) -> bool:
        return self._sampler is not None and self._sampler.is_due(at, self._where)

    def _looks_for_motion(self, at: float) -> bool:
        return self._motion is not None and self._motion.is_due(at)

    def _moves(self, frame: VideoFrame, at: float) -> bool:
        moves = self._motion is not None and self._motion.sees(frame, at, self._pictures)
        if moves and self._recorder is not None:
            self._recorder.motion(self._stream.media_s(frame))
        return moves

    def _keyframes_suffice(self) -> bool:
        """Say whether keyframes come often enough that nothing else needs to be decoded."""
        if self._sampler is None or self._sampler.interval_s is None or len(self._keyframes) < 2:
            return False
        longest = max(after - before for before, after in pairwise(self._keyframes))
        return longest <= self._sampler.interval_s * _TOLERANCE
