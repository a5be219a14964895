"""The service's measurements, in a registry of its own so that two services can live together."""

from prometheus_client import CollectorRegistry, GCCollector, Histogram, ProcessCollector

_LATENCIES_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The registry that `/metrics` shows, and the measurements every route shares.

    Whatever measures something of its own makes its collector with `registry=metrics.registry`.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.request_seconds = Histogram(
            "xunjian_http_request_duration_seconds",
            "Time from the first byte of a request to the last of its answer",
            ["method", "route", "status"],
            buckets=_LATENCIES_S,
            registry=self.registry,
        )
