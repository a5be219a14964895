"""Emptying the disk queue into the service, as fast as the service says it can take it."""

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, Literal, TypeAlias, TypeVar

from gateway.errors import Busy, GatewayError, Refused, ServiceError, Unauthorised, Unreachable
from gateway.queue import Priority, Spool
from gateway.uplink.pace import Pace, Turn
from gateway.uplink.quota import Quota
from gateway.uplink.schedule import Schedule

T = TypeVar("T")
R = TypeVar("R")

WaitsFor: TypeAlias = Literal["network", "service", "token", "quota", "schedule"]

_LOOK_AGAIN_S = 1.0
_QUOTA_AGAIN_S = 60.0
_TOKEN_AGAIN_S = 60.0
_FIRST_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Posted(Generic[T, R]):
    """What became of one frame or clip: a receipt, or the reason why it was refused."""

    item: T
    receipt: R | None
    refusal: Refused | None


@dataclass(frozen=True, slots=True)
class UplinkState:
    """How sending fares.

    Attributes:
        sent: how many the service has taken since the start.
        refused: how many it will never take, since the start.
        limit: how many may be in flight now.
        in_flight: how many are.
        waits_for: why nothing is sent now, or None while there is no such reason.
        detail: the same in words.
        last_sent_at: when the service last took one.
    """

    sent: int
    refused: int
    limit: int
    in_flight: int
    waits_for: WaitsFor | None
    detail: str
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    path: Path
    item: T
    priority: Priority
    size: int


class Uploader(Generic[T, R]):
    """Posts what waits, frames or clips, alerts first, as many at once as the pace allows.

    What is refused is set aside. What fails waits again, and each time longer, so that one that
    the service cannot digest does not keep the others waiting.

    Args:
        queue: where the frames or clips wait.
        post: posts one of a priority; when it returns, the service has it for good. Called from
            several threads.
        pace: how many are in flight at once.
        on_posted: called from the posting threads after each.
        quota: how many bytes may be sent; any number without one. The client counts them
            (`on_sent=quota.spend`).
        schedule: when backfill may be sent; always without one. Alerts do not heed it.
        alerts_beyond_quota: whether alerts are sent when the quota is used up.
    """

    def __init__(
        self,
        queue: Spool[T],
        post: Callable[[T, Priority], R],
        *,
        pace: Pace,
        on_posted: Callable[[Posted[T, R]], None],
        quota: Quota | None = None,
        schedule: Schedule | None = None,
        alerts_beyond_quota: bool = False,
    ) -> None:
        self._queue = queue
        self._post_one = post
        self._pace = pace
        self._on_posted = on_posted
        self._quota = quota
        self._schedule = schedule
        self._alerts_beyond_quota = alerts_beyond_quota
        self._stop = threading.Event()
        self._changed = threading.Condition()  # of what follows
        self._news = 0
        self._fatal: Exception | None = None
        self._tries: dict[str, int] = {}
        self._postponed: list[tuple[float, Path]] = []
        self._quota_again_at = 0.0
        self._sent = self._refused = 0
        self._waits: tuple[WaitsFor, str] | None = None
        self._last_sent_at: datetime | None = None

    def run(self) -> None:
        """Post what is or comes into the queue until `stop` is called.

        While the token is not good everything is kept, and tried again every minute.

        Raises:
            OSError: the queue's disk failed; it may be run again.
        """
        self._work_together(until_empty=False)

    def drain(self) -> None:
        """Post until the queue is empty or `stop` was called.

        Raises:
            Unauthorised: when the service refuses the token itself.
            OSError: the queue's disk failed.
        """
        self._work_together(until_empty=True)

    def stop(self) -> None:
        """Let what is in flight finish and take no more; what waits stays on the disk."""
        self._stop.set()
        self.wake()

    def wake(self) -> None:
        """Look into the queue now rather than within the next second."""
        with self._changed:
            self._news += 1
            self._changed.notify_all()

    def state(self) -> UplinkState:
        """Say how sending fares."""
        with self._changed:
            waits_for, detail = self._waits or (None, "")
            return UplinkState(
                self._sent,
                self._refused,
                self._pace.limit,
                self._pace.in_flight,
                waits_for,
                detail,
                self._last_sent_at,
            )

    def _work_together(self, *, until_empty: bool) -> None:
        self._fatal = None
        threads = [
            threading.Thread(
                target=self._work, args=(until_empty,), name=f"upload-{number}", daemon=True
            )
            for number in range(self._pace.ceiling)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:
            self.stop()
            for thread in threads:
                thread.join()
            raise
        finally:
            for _, path in self._postponed:
                self._queue.give_back(path)
            self._postponed.clear()
        if self._fatal is not None:
            raise self._fatal

    def _work(self, until_empty: bool) -> None:
        try:
            while (turn := self._turn()) is not None:
                news = self._news
                try:
                    held = self._next()
                    if held is not None:
                        self._post(turn, held, until_empty)
                finally:
                    self._end_turn()
                if held is None and until_empty and len(self._queue) == 0:
                    return
                if held is None:
                    self._rest(news)
        except Exception as error:
            with self._changed:
                self._fatal = self._fatal or error
            self.wake()

    def _turn(self) -> Turn | None:
        """Wait for a turn; None when it is time to end."""
        with self._changed:
            while not self._stop.is_set() and self._fatal is None:
                if (turn := self._pace.begin()) is not None:
                    return turn
                self._changed.wait(min(self._pace.wait_s() or _LOOK_AGAIN_S, _LOOK_AGAIN_S))
        return None

    def _end_turn(self) -> None:
        with self._changed:
            self._pace.end()
            self._changed.notify_all()

    def _rest(self, news: int) -> None:
        """Wait until something may have come into the queue."""
        with self._changed:
            now = time.monotonic()
            until = min([now + _LOOK_AGAIN_S, *(due for due, _ in self._postponed[:1])])
            while self._news == news and now < until:
                self._changed.wait(until - now)
                now = time.monotonic()

    def _next(self) -> _Held[T] | None:
        self._give_back_what_is_due()
        quota_is_used_up = time.monotonic() < self._quota_again_at
        if quota_is_used_up and not self._alerts_beyond_quota:
            return None
        taken, priority = self._queue.take(only=Priority.ALERT), Priority.ALERT
        if taken is None and not quota_is_used_up and self._backfill_may_go():
            taken, priority = self._queue.take(only=Priority.BACKFILL), Priority.BACKFILL
        if taken is None:
            return None
        path, item = taken
        beyond = priority is Priority.ALERT and self._alerts_beyond_quota
        size = path.stat().st_size
        if self._quota is None or self._quota.reserve(size, beyond=beyond):
            self._wait_no_more("quota")
            return _Held(path, item, priority, size)
        self._quota_again_at = time.monotonic() + _QUOTA_AGAIN_S
        self._queue.give_back(path)
        self._wait_for("quota", "the bytes of this day or month are used up")
        return None

    def _backfill_may_go(self) -> bool:
        if self._schedule is None or self._schedule.open():
            self._wait_no_more("schedule")
            return True
        if len(self._queue) and self._waits is None:  # what keeps alerts back is told before it
            self._wait_for("schedule", "backfill is not sent now")
        return False

    def _give_back_what_is_due(self) -> None:
        with self._changed:
            while self._postponed and self._postponed[0][0] <= time.monotonic():
                self._queue.give_back(heapq.heappop(self._postponed)[1])

    def _post(self, turn: Turn, held: _Held[T], until_empty: bool) -> None:
        try:
            self._try(turn, held)
        except Unauthorised as error:
            self._queue.give_back(held.path)
            self._pace.slow_down(turn, wait_s=_TOKEN_AGAIN_S)
            self._wait_for("token", str(error))
            if until_empty:
                raise
        except Busy as busy:
            self._queue.give_back(held.path)
            self._pace.slow_down(turn, wait_s=busy.retry_after_s)
            self._wait_for("service", str(busy))
        except ServiceError as error:
            self._postpone(held.path)
            self._pace.slow_down(turn)
            self._wait_for("network" if isinstance(error, Unreachable) else "service", str(error))
        finally:
            if self._quota is not None:
                self._quota.release(held.size)
            self.wake()

    def _try(self, turn: Turn, held: _Held[T]) -> None:
        try:
            posted: Posted[T, R] = Posted(held.item, self._post_one(held.item, held.priority), None)
        except Refused as refusal:
            self._queue.refuse(held.path, f"{refusal.status} {refusal.problem_type}: {refusal}")
            posted = Posted(held.item, None, refusal)
        except ServiceError:
            raise
        except (OSError, GatewayError):  # its file: the queue looks at it when it is taken again
            self._postpone(held.path)
            return
        except BaseException:
            self._queue.give_back(held.path)
            raise
        else:
            self._queue.done(held.path)
        self._pace.answered(turn)
        with self._changed:
            self._tries.pop(held.path.name, None)
            self._waits = None
            if posted.refusal is None:
                self._sent += 1
                self._last_sent_at = datetime.now(UTC)
            else:
                self._refused += 1
        self._on_posted(posted)

    def _postpone(self, path: Path) -> None:
        with self._changed:
            tries = self._tries[path.name] = self._tries.get(path.name, 0) + 1
            pause_s = min(_FIRST_PAUSE_S * 2 ** min(tries - 1, 16), self._pace.longest_wait_s)
            heapq.heappush(self._postponed, (time.monotonic() + pause_s, path))

    def _wait_for(self, reason: WaitsFor, detail: str) -> None:
        with self._changed:
            self._waits = (reason, detail)

    def _wait_no_more(self, reason: WaitsFor) -> None:
        with self._changed:
            if self._waits is not None and self._waits[0] == reason:
                self._waits = None
