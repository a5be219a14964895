"""One gateway at work: from its cameras into the disk queue, and from there to the service."""

import shutil
import threading
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog

from gateway.client import Client, ClipReceipt, Receipt
from gateway.clip import CapturedClip
from gateway.config import GatewayConfig
from gateway.errors import ServiceError
from gateway.frame import CapturedFrame
from gateway.positions.feed import open_positions
from gateway.queue import ClipQueue, DiskQueue, Priority, QueuedClip
from gateway.service import Service
from gateway.sources.camera import Camera
from gateway.status import Status
from gateway.status_server import serve_status
from gateway.supervision import Supervisor
from gateway.uplink import ClockOffset, Hours, Pace, Posted, Quota, Schedule, Uploader

_REPORT_EVERY_S = 60.0
_CLOCK_EVERY_S = 300.0
_CLOCK_AGAIN_S = 30.0
_END_WITHIN_S = 30.0

_log = structlog.get_logger()


class Agent:
    """One gateway.

    Every camera, both uploads, positions, clock, reports and status page are threads of their
    own: what fails begins again and stops no other (see `Supervisor`). Between the cameras and
    the uploads lies the disk queue and nothing else.

    Args:
        config: what it is told.

    Raises:
        GatewayError: the queue cannot be used.
    """

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        queue = config.queue
        common: dict[str, Any] = {"drop": queue.when_full, "key": queue.key()}
        self._frames = DiskQueue(queue.folder / "frames", max_bytes=queue.max_bytes, **common)
        self._clips = ClipQueue(queue.folder / "clips", max_bytes=queue.clips_max_bytes, **common)
        upload = config.upload
        self._quota = Quota(
            queue.folder / "quota.json",
            per_day=upload.bytes_per_day,
            per_month=upload.bytes_per_month,
        )
        self._service = Service(config.service, on_sent=self._quota.spend)
        schedule = Schedule(
            hours=[Hours.read(text) for text in upload.backfill.hours],
            when_reachable=upload.backfill.when_reachable,
        )
        self._uploaders: dict[str, Uploader[Any, Any]] = {
            kind: Uploader(
                waiting,
                post,
                pace=Pace(at_once),
                on_posted=self._tell,
                quota=self._quota,
                schedule=schedule,
                alerts_beyond_quota=upload.alerts_beyond_quota,
            )
            for kind, waiting, post, at_once in (
                ("frames", self._frames, self._post_frame, upload.at_once),
                ("clips", self._clips, self._post_clip, 1),
            )
        }
        self._positions = None if config.positions is None else open_positions(config.positions)
        self._clock = ClockOffset(lambda: self._service.ask(Client.time))
        self._cameras = [
            Camera(camera, self._positions, lambda: self._clock.offset_ms)
            for camera in config.cameras
        ]
        self._stop = threading.Event()
        self._supervisor = Supervisor(self._stop)
        self._started_at = datetime.now(UTC)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop. What is on its way then is finished; the rest stays queued."""
        start = self._supervisor.start
        for camera in self._cameras:
            start(f"camera {camera.config.camera}", partial(self._watch, camera))
        for kind, uploader in self._uploaders.items():
            start(f"upload of {kind}", uploader.run)
        if self._positions is not None:
            start("positions", partial(self._positions.run, self._stop))
        start("clock", self._keep_clock)
        start("reports", self._keep_reporting)
        if (page := self._config.status) is not None:
            start(
                "status page", partial(serve_status, page.host, page.port, self.status, self._stop)
            )
        _log.info(
            "the gateway has started",
            service=str(self._config.service.url),
            cameras=[camera.config.camera for camera in self._cameras],
            waiting=len(self._frames) + len(self._clips),
        )
        stop.wait()
        self.stop()

    def stop(self) -> None:
        """End: capture first, then what is on its way."""
        self._stop.set()
        for uploader in self._uploaders.values():
            uploader.stop()
        if hanging := self._supervisor.join(_END_WITHIN_S):
            _log.warning("did not end in time", tasks=hanging)
        self._service.close()
        self._quota.close()
        self._frames.close()
        self._clips.close()
        _log.info("the gateway has ended", waiting=len(self._frames) + len(self._clips))

    def status(self) -> Status:
        """Return how everything is now."""
        queue = self._config.queue
        return Status(
            at=datetime.now(UTC),
            started_at=self._started_at,
            version=version("xunjian"),
            service=str(self._config.service.url),
            clock_offset_ms=self._clock.offset_ms,
            free_bytes=shutil.disk_usage(queue.folder).free,
            max_bytes={"frames": queue.max_bytes, "clips": queue.clips_max_bytes},
            queues={"frames": self._frames.stats(), "clips": self._clips.stats()},
            uplinks={kind: uploader.state() for kind, uploader in self._uploaders.items()},
            cameras={camera.config.camera: camera.state for camera in self._cameras},
            tasks=tuple(self._supervisor.states()),
            position_trouble=None if self._positions is None else self._positions.trouble,
        )

    def _watch(self, camera: Camera) -> None:
        camera.run(self._stop, self._take_frame, self._take_clip)

    def _take_frame(self, frame: CapturedFrame, priority: Priority) -> None:
        kept = self._frames.put(frame, priority)
        _log.debug(
            "queued" if kept else "dropped",
            camera=frame.metadata.camera,
            captured_at=frame.metadata.captured_at.isoformat(),
            key=frame.idempotency_key,
        )
        self._uploaders["frames"].wake()

    def _take_clip(self, clip: CapturedClip, priority: Priority) -> None:
        kept = self._clips.put(clip, priority)
        _log.debug(
            "queued" if kept else "dropped",
            camera=clip.metadata.camera,
            captured_at=clip.metadata.captured_at.isoformat(),
            clip=True,
        )
        self._uploaders["clips"].wake()

    def _post_frame(self, frame: CapturedFrame, priority: Priority) -> Receipt:
        alert = priority is Priority.ALERT
        return self._service.ask(lambda client: client.post_frame(frame, alert=alert))

    def _post_clip(self, clip: QueuedClip, _: Priority) -> ClipReceipt:
        return self._service.ask(lambda client: client.post_clip(clip))

    def _tell(self, posted: Posted[CapturedFrame | QueuedClip, Receipt | ClipReceipt]) -> None:
        key = posted.item.idempotency_key
        if posted.receipt is None:
            _log.warning("the service refused one for good", key=key, why=str(posted.refusal))
        else:
            _log.debug("sent", key=key, duplicate=posted.receipt.duplicate)

    def _keep_clock(self) -> None:
        while not self._stop.is_set():
            try:
                self._clock.measure()
            except ServiceError as error:
                _log.debug("the clock's offset is not known", why=str(error))
                self._stop.wait(_CLOCK_AGAIN_S)
            else:
                self._stop.wait(_CLOCK_EVERY_S)

    def _keep_reporting(self) -> None:
        while not self._stop.wait(_REPORT_EVERY_S):
            try:
                self._service.ask(lambda client: client.report(self.status().report()))
            except ServiceError as error:
                _log.debug("no report was taken", why=str(error))
