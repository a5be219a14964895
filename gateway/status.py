"""What a running gateway tells of itself: to its page, to Prometheus and to the service."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.client import CameraReport, GatewayReport, QueueReport
from gateway.queue import Priority, QueueStats
from gateway.sources.camera import CameraState
from gateway.supervision import TaskState
from gateway.uplink import UplinkState

_LOW_DISK_BYTES = 512 * 1024**2
_CLOCK_OFF_MS = 30_000
_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person should look at.

    Attributes:
        code: what kind it is, as in docs/gateway-agent.md.
        about: the camera, queue or thread that it is about; empty when it is the gateway.
        detail: what is known.
    """

    code: str
    about: str
    detail: str


@dataclass(frozen=True, slots=True)
class Status:
    """A gateway at one moment.

    Attributes:
        at: the moment.
        started_at: when the gateway started.
        version: of this program.
        service: the service's address.
        clock_offset_ms: this clock minus the service's; None while it is not known.
        free_bytes: room on the disk of the queue.
        max_bytes: how much of it the queue may take, by `frames` and `clips`.
        queues: what waits, by `frames` and `clips`.
        uplinks: how sending fares, by `frames` and `clips`.
        cameras: the cameras by name.
        tasks: the threads.
        position_trouble: why the position is not known; None while it is, or nobody asks.
    """

    at: datetime
    started_at: datetime
    version: str
    service: str
    clock_offset_ms: float | None
    free_bytes: int
    max_bytes: Mapping[str, int]
    queues: Mapping[str, QueueStats]
    uplinks: Mapping[str, UplinkState]
    cameras: Mapping[str, CameraState]
    tasks: tuple[TaskState, ...]
    position_trouble: str | None

    def problems(self) -> list[Problem]:
        """Return what a person should look at; nothing when all is well."""
        return list(self._problems())

    def _problems(self) -> Iterator[Problem]:
        for name, camera in self.cameras.items():
            if camera.status in ("frozen", "unreachable"):
                yield Problem(f"camera-{camera.status}", name, camera.detail)
            if camera.lost:
                yield Problem("lost", name, str(camera.lost))
        for name, uplink in self.uplinks.items():
            if uplink.waits_for in ("network", "service", "token"):
                yield Problem(f"no-{uplink.waits_for}", name, uplink.detail)
        for name, queue in self.queues.items():
            for code, count in (
                ("dropped", sum(queue.dropped.values())),
                ("refused", queue.refused),
                ("damaged", queue.damaged),
            ):
                if count:
                    yield Problem(code, name, str(count))
        for task in self.tasks:
            if task.error is not None and not task.running and not task.ended:
                yield Problem("failed", task.name, task.error)
        if self.free_bytes < _LOW_DISK_BYTES:
            yield Problem("disk-low", "", f"{self.free_bytes / 1024**2:.0f} MiB")
        if abs(self.clock_offset_ms or 0.0) > _CLOCK_OFF_MS:
            yield Problem("clock-off", "", f"{(self.clock_offset_ms or 0.0) / 1000:.0f} s")
        if self.position_trouble is not None:
            yield Problem("no-position", "", self.position_trouble)

    def to_json(self) -> dict[str, Any]:
        """Return everything, as JSON knows it."""
        return {**_plain(asdict(self)), "problems": [asdict(each) for each in self.problems()]}

    def report(self) -> GatewayReport:
        """Return what the service is told, `POST /v1/gateway-reports`."""
        queues = self.queues.values()
        oldest = [queue.oldest_captured_at for queue in queues if queue.oldest_captured_at]
        return GatewayReport(
            at=self.at,
            version=self.version,
            clock_offset_ms=self.clock_offset_ms,
            queue=QueueReport(
                waiting_alerts=sum(queue.waiting[Priority.ALERT] for queue in queues),
                waiting_backfill=sum(queue.waiting[Priority.BACKFILL] for queue in queues),
                bytes=sum(queue.bytes for queue in queues),
                oldest_captured_at=min(oldest, default=None),
                dropped=sum(sum(queue.dropped.values()) for queue in queues)
                + sum(camera.lost for camera in self.cameras.values()),
                refused=sum(queue.refused for queue in queues),
                damaged=sum(queue.damaged for queue in queues),
            ),
            cameras=tuple(
                CameraReport(
                    camera=name,
                    status=camera.status,
                    since=camera.since,
                    last_frame_at=camera.last_frame_at,
                    detail=camera.detail[:_LONGEST_DETAIL],
                )
                for name, camera in self.cameras.items()
            ),
        )


def _plain(value: Any) -> Any:
    """Return a value with times as RFC 3339 UTC and names for priorities."""
    if isinstance(value, dict):
        return {
            key.name.lower() if isinstance(key, Priority) else key: _plain(each)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return value
