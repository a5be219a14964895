"""Who may come in: frames by places, requests and bytes, and by the time they would wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from prometheus_client import Gauge

from api.errors import TooBusy
from api.frames.refusals import memory_full, queue_full, wait_too_long
from api.frames.shares import Share
from api.metrics import Metrics
from inference.pool import InspectionPool

_MOST_REQUESTS = 256


class Body:
    """The memory that one request's body takes; given back when the request is answered.

    Args:
        share: of all bodies.
        gateway_id: whose it is.
        live: whether it holds what goes first.
        pool: tells how long to wait where there is no memory.
    """

    def __init__(self, share: Share, gateway_id: str, live: bool, pool: InspectionPool) -> None:
        self._share, self._gateway_id, self._live, self._pool = share, gateway_id, live, pool
        self._size = 0

    def reserve(self, size: int) -> None:
        """Hold memory for so many bytes in all, before they are read.

        Raises:
            TooBusy: there is no room for them.
        """
        more = size - self._size
        if more <= 0:
            return
        if not self._share.admits(self._gateway_id, more, live=self._live):
            raise memory_full(self._pool.expected_wait_s(flow=self._gateway_id, urgent=self._live))
        self._share.take(self._gateway_id, more)
        self._size = size

    def give_back(self) -> None:
        """Hold nothing any more."""
        self._share.give_back(self._gateway_id, self._size)
        self._size = 0


class Admission:
    """Lets frames in as long as they can be held, and answered before their gateway gives up.

    All of it happens on the event loop of the service.

    Args:
        pool: what inspects.
        places: frames that are inspected or wait for it.
        most_bytes: of the bodies of all requests together.
        metrics: where this is measured.
    """

    def __init__(
        self, pool: InspectionPool, *, places: int, most_bytes: int, metrics: Metrics
    ) -> None:
        self._pool = pool
        self._places = Share(places)
        self._requests = Share(_MOST_REQUESTS)
        self._bytes = Share(most_bytes)
        self._freed = asyncio.Event()

        def gauge(name: str, help_text: str, value: Callable[[], float]) -> None:
            Gauge(name, help_text, registry=metrics.registry).set_function(value)

        gauge("xunjian_ingest_bytes", "Bytes of bodies held in memory", lambda: self._bytes.used)
        gauge(
            "xunjian_ingest_requests",
            "Requests that post frames, under way",
            lambda: self._requests.used,
        )
        waiting = Gauge(
            "xunjian_frames_waiting",
            "Frames that wait for a worker, by what goes first",
            ["priority"],
            registry=metrics.registry,
        )
        waiting.labels("alert").set_function(lambda: pool.waiting(urgent=True))
        waiting.labels("backfill").set_function(lambda: pool.waiting(urgent=False))

    @property
    def bytes_held(self) -> int:
        """Bytes of bodies that are held in memory."""
        return self._bytes.used

    @contextmanager
    def request(self, gateway_id: str, *, live: bool, patience_s: float) -> Iterator[Body]:
        """Hold a place for a request from before its body is read until it is answered.

        Args:
            gateway_id: who posts.
            live: whether it posts what goes first.
            patience_s: how long the gateway waits for the answer.

        Raises:
            TooBusy: there is no room, so that the body need not be read.
        """
        self._refuse_late(gateway_id, live, patience_s)
        if not (
            self._places.admits(gateway_id, live=live)
            and self._requests.admits(gateway_id, live=live)
        ):
            raise self._full(gateway_id, live)
        body = Body(self._bytes, gateway_id, live, self._pool)
        with self._requests.holding(gateway_id):
            try:
                yield body
            finally:
                body.give_back()

    @asynccontextmanager
    async def place(
        self, gateway_id: str, *, live: bool, until: float, waits: bool
    ) -> AsyncIterator[None]:
        """Hold the place of a frame from its submission until its commit.

        Args:
            gateway_id: who posts.
            live: whether it goes first.
            until: when the gateway gives up, on the monotonic clock.
            waits: for room, where there is none now, instead of being refused.

        Raises:
            TooBusy: there is no room, or its turn would come too late.
        """
        while not self._places.admits(gateway_id, live=live):
            left_s = until - time.monotonic()
            if not waits or left_s <= 0:
                raise self._full(gateway_id, live)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._freed.wait(), left_s)
        self._refuse_late(gateway_id, live, until - time.monotonic())
        try:
            with self._places.holding(gateway_id):
                yield
        finally:
            freed, self._freed = self._freed, asyncio.Event()
            freed.set()

    def _refuse_late(self, gateway_id: str, live: bool, patience_s: float) -> None:
        expected_s = self._pool.expected_wait_s(flow=gateway_id, urgent=live)
        if expected_s > patience_s:
            raise wait_too_long(expected_s)

    def _full(self, gateway_id: str, live: bool) -> TooBusy:
        return queue_full(self._pool.expected_wait_s(flow=gateway_id, urgent=live))
