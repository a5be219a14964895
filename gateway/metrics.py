"""The gateway's status as Prometheus knows it."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.status import Status

_CAMERA_STATES = ("connecting", "live", "frozen", "unreachable", "ended")


class _StatusCollector(Collector):
    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        status = self._status()
        yield from _cameras(status)
        yield from _queues(status)
        yield from _uplinks(status)
        yield from _gateway(status)


def registry(status: Callable[[], Status]) -> CollectorRegistry:
    """Return what Prometheus may read: the gateway's own figures and those of its process."""
    made = CollectorRegistry()
    made.register(_StatusCollector(status))
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    GCCollector(registry=made)
    return made


def _cameras(status: Status) -> Iterable[Metric]:
    state = GaugeMetricFamily(
        "xunjian_gateway_camera_state", "1 for the state a camera is in", labels=("camera", "state")
    )
    frames = CounterMetricFamily(
        "xunjian_gateway_camera_frames", "frames taken since the start", labels=("camera",)
    )
    reconnects = CounterMetricFamily(
        "xunjian_gateway_camera_reconnects", "connections made again", labels=("camera",)
    )
    lost = CounterMetricFamily(
        "xunjian_gateway_camera_lost", "not taken by the queue since the start", labels=("camera",)
    )
    last = GaugeMetricFamily(
        "xunjian_gateway_camera_last_frame_timestamp_seconds",
        "when the last frame was captured",
        labels=("camera",),
    )
    for name, camera in status.cameras.items():
        for each in _CAMERA_STATES:
            state.add_metric((name, each), camera.status == each)
        frames.add_metric((name,), camera.frames)
        reconnects.add_metric((name,), camera.reconnects)
        lost.add_metric((name,), camera.lost)
        if camera.last_frame_at is not None:
            last.add_metric((name,), camera.last_frame_at.timestamp())
    return state, frames, reconnects, lost, last


def _queues(status: Status) -> Iterable[Metric]:
    waiting = GaugeMetricFamily(
        "xunjian_gateway_queue_waiting", "waiting in the queue", labels=("kind", "priority")
    )
    size = GaugeMetricFamily("xunjian_gateway_queue_bytes", "bytes waiting", labels=("kind",))
    bound = GaugeMetricFamily(
        "xunjian_gateway_queue_max_bytes", "bytes that may wait", labels=("kind",)
    )
    oldest = GaugeMetricFamily(
        "xunjian_gateway_queue_oldest_timestamp_seconds",
        "when the oldest that waits was captured",
        labels=("kind",),
    )
    dropped = CounterMetricFamily(
        "xunjian_gateway_queue_dropped",
        "dropped because the queue was full, ever",
        labels=("kind", "priority"),
    )
    refused = CounterMetricFamily(
        "xunjian_gateway_queue_refused", "refused by the service for good, ever", labels=("kind",)
    )
    damaged = CounterMetricFamily(
        "xunjian_gateway_queue_damaged", "damaged on the disk, ever", labels=("kind",)
    )
    for kind, queue in status.queues.items():
        for priority, count in queue.waiting.items():
            waiting.add_metric((kind, priority.name.lower()), count)
        for priority, count in queue.dropped.items():
            dropped.add_metric((kind, priority.name.lower()), count)
        size.add_metric((kind,), queue.bytes)
        bound.add_metric((kind,), status.max_bytes[kind])
        refused.add_metric((kind,), queue.refused)
        damaged.add_metric((kind,), queue.damaged)
        if queue.oldest_captured_at is not None:
            oldest.add_metric((kind,), queue.oldest_captured_at.timestamp())
    return waiting, size, bound, oldest, dropped, refused, damaged


def _uplinks(status: Status) -> Iterable[Metric]:
    sent = CounterMetricFamily(
        "xunjian_gateway_sent", "taken by the service since the start", labels=("kind",)
    )
    in_flight = GaugeMetricFamily(
        "xunjian_gateway_in_flight", "how many are on their way", labels=("kind",)
    )
    limit = GaugeMetricFamily(
        "xunjian_gateway_in_flight_limit", "how many may be on their way", labels=("kind",)
    )
    waits = GaugeMetricFamily(
        "xunjian_gateway_upload_waits", "1 while nothing is sent", labels=("kind", "for")
    )
    for kind, uplink in status.uplinks.items():
        sent.add_metric((kind,), uplink.sent)
        in_flight.add_metric((kind,), uplink.in_flight)
        limit.add_metric((kind,), uplink.limit)
        if uplink.waits_for is not None:
            waits.add_metric((kind, uplink.waits_for), 1)
    return sent, in_flight, limit, waits


def _gateway(status: Status) -> Iterable[Metric]:
    failures = CounterMetricFamily(
        "xunjian_gateway_failures", "threads that failed and began again", labels=("task",)
    )
    for task in status.tasks:
        failures.add_metric((task.name,), task.failures)
    problems = GaugeMetricFamily(
        "xunjian_gateway_problems", "what a person should look at", len(status.problems())
    )
    free = GaugeMetricFamily(
        "xunjian_gateway_disk_free_bytes", "room on the queue's disk", status.free_bytes
    )
    offset = GaugeMetricFamily(
        "xunjian_gateway_clock_offset_seconds", "this clock minus the service's"
    )
    if status.clock_offset_ms is not None:
        offset.add_metric((), status.clock_offset_ms / 1000)
    return failures, problems, free, offset
