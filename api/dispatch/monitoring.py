"""What is measured of dispatch."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy import func, select

from api.database import Database
from api.dispatch.models import DestinationKind, OutboxMessage, OutboxState, Outcome

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class DeliveryMetrics:
    """Counts attempts, times them, and shows how much waits and how much is given up."""

    def __init__(self, registry: CollectorRegistry, database: Database) -> None:
        self._database = database
        self._attempts = Counter(
            "xunjian_delivery_attempts",
            "Attempts to deliver a message, by how they ended",
            ["kind", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "xunjian_delivery_duration_seconds",
            "Duration of an attempt",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )
        messages = Gauge(
            "xunjian_outbox_messages", "Messages in the outbox", ["state"], registry=registry
        )
        for state in (OutboxState.PENDING, OutboxState.LEASED, OutboxState.DEAD):
            messages.labels(state.value).set_function(partial(self._count, state))

    def observe(self, kind: DestinationKind, outcome: Outcome, duration_s: float) -> None:
        """Count one attempt."""
        self._attempts.labels(kind.value, outcome.value).inc()
        self._seconds.labels(kind.value).observe(duration_s)

    def _count(self, state: OutboxState) -> float:
        with self._database.read() as session:
            query = select(func.count()).where(OutboxMessage.state == state)
            return float(session.scalar(query) or 0)
