"""One camera of a gateway: from its source to the queues."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from gateway.clip import CONTENT_TYPES, CapturedClip
from gateway.errors import GatewayError, SourceError, SourceFrozen, SourceRefused
from gateway.frame import CapturedFrame, FrameMetadata
from gateway.masks import Masks
from gateway.positions.fix import Fix, PositionFeed
from gateway.queue import Priority
from gateway.recording.recorder import Recorder
from gateway.sampling.every import EveryMetres, EverySeconds, Sampler
from gateway.sources.clock import capture_clock, utc
from gateway.sources.config import CameraConfig, FolderSource, Metres, MqttSource
from gateway.sources.folder import watch_folder
from gateway.sources.picture import PictureMaker
from gateway.sources.still import Still, masked
from gateway.sources.stream import Stream, open_stream
from gateway.sources.watch import Motion, Seen, Stillness, Watch

Status = Literal["connecting", "live", "frozen", "unreachable", "ended"]
TakeFrame = Callable[[CapturedFrame, Priority], None]
TakeClip = Callable[[CapturedClip, Priority], None]

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
# Cameras lock out who comes too often with a wrong password.
_REFUSED_WAIT_S, _LONGEST_REFUSED_WAIT_S = 60.0, 600.0
# Pictures of one stream are in order, also across two connections.
_LEAST_STEP_S = 0.001
_DETAIL_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class CameraState:
    """How a camera is.

    Args:
        status: `connecting` (also while nothing came yet), `live`, `frozen` (connected, but the
            same picture or nothing), `unreachable`, `ended` (a file or folder that was read).
        since: since when.
        last_frame_at: when the last picture that was kept was taken.
        frames: pictures kept since the start.
        reconnects: how often it was connected anew.
        detail: what is wrong and how to mend it; empty when nothing is. Never a password.
        resolution: width and height in pixels as displayed.
        lost: pictures and clips of a stream that the queue did not take, since the start.
    """

    status: Status
    since: datetime
    last_frame_at: datetime | None = None
    frames: int = 0
    reconnects: int = 0
    detail: str = ""
    resolution: tuple[int, int] | None = None
    lost: int = 0


class Camera:
    """One configured camera: its source, which of its pictures are kept, masks and recorder.

    Args:
        config: what is configured.
        positions: where the vehicle is; None for a fixed camera.
        clock_offset: the gateway's clock minus the service's as last measured, milliseconds.
    """

    def __init__(
        self,
        config: CameraConfig,
        positions: PositionFeed | None,
        clock_offset: Callable[[], float | None],
    ) -> None:
        self.config = config
        self._positions = positions
        self._clock_offset = clock_offset
        self._lock = threading.Lock()
        self._state = CameraState("connecting", datetime.now(UTC))
        self._kept_until = 0.0
        self._waits = _Waits()
        self._masks = Masks(config.masks)
        self._sampler = _sampler(config)
        self._motion = None if config.motion is None else Motion(config.motion)
        self._stillness = Stillness(config.frozen_after)
        self._pictures = PictureMaker(self._masks, config.quality)

    @property
    def state(self) -> CameraState:
        """Return how it is now."""
        with self._lock:
            return self._state

    def run(self, stop: threading.Event, take_frame: TakeFrame, take_clip: TakeClip) -> None:
        """Watch the camera until told to stop, or a file has ended; connects again by itself.

        Args:
            stop: tells to end.
            take_frame: keeps a picture; it is durable when this returns.
            take_clip: keeps a copy of a clip's file; it is durable when this returns.

        What a stream shows while the queue does not take it (`GatewayError`, `OSError`) is lost and
        counted, and `state.detail` says why; a file of a folder and a message of a broker wait.
        """
        source = self.config.source
        while not stop.is_set():
            try:
                match source:
                    case FolderSource():
                        still = partial(self._keep_still, take_frame)
                        watch_folder(source, stop, still, self._is_well)
                    case MqttSource():
                        from gateway.sources.mqtt import receive  # 9 MB that others do not need

                        still = partial(self._keep_still, take_frame)
                        receive(source, self.config.camera, stop, still, self._is_well)
                    case _:
                        with open_stream(source) as stream:
                            self._watch(stream, stop, take_frame, take_clip)
                if not stop.is_set():
                    self._tell("ended")
                return
            except SourceError as error:
                is_frozen = isinstance(error, SourceFrozen)
                self._tell("frozen" if is_frozen else "unreachable", _words(error))
                stop.wait(self._waits.next(is_refused=isinstance(error, SourceRefused)))
                self._change(reconnects=self.state.reconnects + 1)

    def _watch(
        self, stream: Stream, stop: threading.Event, take_frame: TakeFrame, take_clip: TakeClip
    ) -> None:
        def keep(seen: Seen) -> None:
            jpeg = self._pictures.jpeg(seen.frame)
            at = self._kept_until = max(seen.at, self._kept_until + _LEAST_STEP_S)
            with self._forgiving():
                self._keep_frame(jpeg, "image/jpeg", at, take_frame, moves=seen.moves)

        def keep_clip(path: Path, media_s: float) -> None:
            metadata = self._metadata(utc(stream.clock.moment(media_s)), fix=None)
            clip = CapturedClip(path, metadata, CONTENT_TYPES[path.suffix])
            with self._forgiving():
                take_clip(clip, self._priority(moves=self.config.motion is not None))

        recorder = (
            None
            if self.config.record is None
            else Recorder(self.config.record, stream.video, keep_clip)
        )
        Watch(
            stream,
            sampler=self._sampler,
            motion=self._motion,
            recorder=recorder,
            stillness=self._stillness,
            pictures=self._pictures,
            where=self._where,
        ).run(stop, self._is_well, keep)

    def _keep_still(self, take_frame: TakeFrame, still: Still) -> None:
        at = still.captured_at.timestamp()
        if self._sampler is None or self._sampler.is_due(at, self._where):
            picture = masked(still, self._masks, self.config.quality)
            self._keep_frame(picture.data, picture.content_type, at, take_frame, moves=False)

    def _keep_frame(
        self, picture: bytes, content_type: str, at: float, take_frame: TakeFrame, *, moves: bool
    ) -> None:
        captured_at = utc(at)
        metadata = self._metadata(captured_at, self._where(at))
        take_frame(CapturedFrame(metadata, picture, content_type), self._priority(moves=moves))
        self._change(frames=self.state.frames + 1, last_frame_at=captured_at, detail="")

    def _metadata(self, captured_at: datetime, fix: Fix | None) -> FrameMetadata:
        offset_ms = self._clock_offset()
        return FrameMetadata(
            self.config.camera,
            captured_at,
            latitude=None if fix is None else fix.latitude,
            longitude=None if fix is None else fix.longitude,
            gps_accuracy_m=None if fix is None else fix.accuracy_m,
            heading_deg=None if fix is None else fix.heading_deg,
            speed_mps=None if fix is None else fix.speed_mps,
            clock_offset_ms=(
                None if offset_ms is None else offset_ms + 1000 * capture_clock.ahead_s()
            ),
        )

    def _where(self, at: float) -> Fix | None:
        return None if self._positions is None else self._positions.at(utc(at))

    def _priority(self, *, moves: bool) -> Priority:
        return Priority.ALERT if self.config.alerts or moves else Priority.BACKFILL

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        """Go on when the queue does not take something, and tell."""
        try:
            yield
        except (GatewayError, OSError) as error:
            detail = f"the queue takes nothing: {_words(error)}"[:_DETAIL_CHARACTERS]
            self._change(lost=self.state.lost + 1, detail=detail)

    def _is_well(self, resolution: tuple[int, int] | None = None) -> None:
        self._waits.reset()
        if self.state.status != "live":
            self._tell("live")
        if resolution is not None and resolution != self.state.resolution:
            self._change(resolution=resolution)

    def _tell(self, status: Status, detail: str = "") -> None:
        since = self.state.since if status == self.state.status else datetime.now(UTC)
        self._change(status=status, since=since, detail=detail)

    def _change(self, **changes: Any) -> None:
        with self._lock:
            self._state = replace(self._state, **changes)


class _Waits:
    """How long to wait before the next try: doubling, with jitter; longer where it was refused."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._next_s, self._next_refused_s = _FIRST_WAIT_S, _REFUSED_WAIT_S

    def next(self, *, is_refused: bool) -> float:
        if is_refused:
            wait_s = self._next_refused_s
            self._next_refused_s = min(2 * wait_s, _LONGEST_REFUSED_WAIT_S)
        else:
            wait_s = self._next_s
            self._next_s = min(2 * wait_s, _LONGEST_WAIT_S)
        return wait_s * random.uniform(0.75, 1.0)  # noqa: S311


def _sampler(config: CameraConfig) -> Sampler | None:
    match config.every:
        case None:
            return None
        case Metres():
            return EveryMetres(config.every, config.standing)
        case seconds:
            return EverySeconds(seconds)


def _words(error: GatewayError | OSError) -> str:
    hint = error.hint if isinstance(error, GatewayError) else None
    return (f"{error}; {hint}" if hint else str(error))[:_DETAIL_CHARACTERS]
