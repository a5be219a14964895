"""A bounded queue before as many workers as the device can use; says so when it is full."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import cv2

from inference.errors import PoolClosed, PoolFull
from inference.fair_queue import FairQueue

_T = TypeVar("_T")
# Weight of the newest job in the running mean of service times: about the last twenty count.
_NEWEST = 0.1

URGENT_LATELY_S = 60.0
"""So long after an urgent job one worker waits for the next one, where there are several."""


class InspectionPool:
    """Runs jobs on worker threads, and refuses them at once when too many wait.

    The work itself (decoding, ONNX Runtime, OpenCV) leaves Python's lock, so one process uses all
    cores. What waits is served as `FairQueue` says: flows share the workers' time, urgent jobs
    come first. Where urgent jobs came lately, one worker is kept for them, so that they need not
    wait until another job is done.

    Args:
        workers: Threads; take it from the execution policy.
        queue_limit: Most jobs that wait while all workers are busy.
    """

    def __init__(self, workers: int, queue_limit: int) -> None:
        cv2.setNumThreads(1)  # one core per job is the policy; OpenCV would take all for each
        self._workers = workers
        self._capacity = workers + queue_limit
        self._changed = threading.Condition()
        self._waiting: FairQueue[_Job] = FairQueue()
        self._pending = 0
        self._running_others = 0
        self._urgent_at = -math.inf
        self._mean_job_s = 0.0
        self._mean_of: dict[str, float] = {}
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"inspect-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pending(self) -> int:
        """Jobs that run or wait."""
        return self._pending

    def waiting(self, *, urgent: bool) -> int:
        """Return how many jobs of a class wait."""
        with self._changed:
            return self._waiting.waiting(urgent)

    def expected_wait_s(self, *, flow: str = "", urgent: bool = True) -> float:
        """Return the seconds until a job put now is likely to be done, by recent service times.

        Args:
            flow: Whose it would be.
            urgent: Its class.
        """
        with self._changed:
            return self._expected_wait_s(flow, urgent)

    def _expected_wait_s(self, flow: str, urgent: bool) -> float:
        if self._pending < self._workers:
            return self._mean_job_s
        running = self._pending - len(self._waiting)
        ahead = running + self._waiting.ahead(flow=flow, urgent=urgent)
        return self._mean_job_s * (ahead / self._workers + 1)

    def try_submit(
        self, job: Callable[[], _T], *, flow: str = "", urgent: bool = True
    ) -> Future[_T]:
        """Take a job if there is room for it.

        Args:
            job: What to run on a worker.
            flow: Whose it is; flows share the workers' time alike.
            urgent: Whether it goes before what is not.

        Returns:
            The job's future; cancelling it before it starts frees its place.

        Raises:
            PoolFull: All workers are busy and the queue is full; says when to come back.
            PoolClosed: The pool is shutting down.
        """
        future: Future[_T] = Future()
        with self._changed:
            if self._closed:
                raise PoolClosed("the service is shutting down")
            if self._pending >= self._capacity:
                raise PoolFull(
                    f"{self._pending} pictures are already being inspected or waiting",
                    retry_after_s=self._expected_wait_s(flow, urgent),
                )
            self._pending += 1
            if urgent:
                self._urgent_at = time.monotonic()
            cost = self._mean_of.get(flow) or self._mean_job_s or 1.0
            ticket = self._waiting.put(
                _Job(job, future, flow, urgent), flow=flow, urgent=urgent, cost=cost
            )
            self._changed.notify()

        def forget(_: Future[_T]) -> None:
            with self._changed:
                self._waiting.withdraw(ticket)
                self._pending -= 1

        future.add_done_callback(forget)
        return future

    def close(self) -> None:
        """Finish what was taken, then stop; later jobs are refused."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            started = time.monotonic()
            # Only what the caller gave us to run can raise, and the caller gets it.
            try:
                result = job.run()
            except BaseException as error:
                self._finish(job, time.monotonic() - started)
                job.future.set_exception(error)
            else:
                self._finish(job, time.monotonic() - started)
                job.future.set_result(result)
            del job

    def _next_job(self) -> "_Job | None":
        with self._changed:
            while True:
                job = self._waiting.take(urgent_only=not self._may_run_others())
                if job is None:
                    if self._closed and not len(self._waiting):
                        return None
                    self._changed.wait()
                elif job.future.set_running_or_notify_cancel():
                    self._running_others += not job.urgent
                    return job

    def _may_run_others(self) -> bool:
        if self._closed or time.monotonic() - self._urgent_at > URGENT_LATELY_S:
            return True
        return self._running_others < max(1, self._workers - 1)

    def _finish(self, job: "_Job", took: float) -> None:
        with self._changed:
            self._running_others -= not job.urgent
            self._mean_job_s = _mean(self._mean_job_s, took)
            self._mean_of[job.flow] = _mean(self._mean_of.get(job.flow, 0.0), took)
            if len(self._waiting):
                self._changed.notify()


class _Job:
    """What to run, and for whom."""

    __slots__ = ("flow", "future", "run", "urgent")

    def __init__(
        self, run: Callable[[], Any], future: "Future[Any]", flow: str, urgent: bool
    ) -> None:
        self.run, self.future, self.flow, self.urgent = run, future, flow, urgent


def _mean(before: float, took: float) -> float:
    return before + _NEWEST * (took - before) if before else took
