"""A bounded queue before as many workers as the device can use; says so when it is full."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import cv2

from inference.errors import PoolClosed, PoolFull

_T = TypeVar("_T")
# Weight of the newest job in the running mean of service times: about the last twenty count.
_NEWEST = 0.1


class InspectionPool:
    """Runs jobs on worker threads, and refuses them at once when too many wait.

    The work itself (decoding, ONNX Runtime, OpenCV) leaves Python's lock, so one process uses all
    cores.

    Args:
        workers: Threads; take it from the execution policy.
        queue_limit: Most jobs that wait while all workers are busy.
    """

    def __init__(self, workers: int, queue_limit: int) -> None:
        cv2.setNumThreads(1)  # one core per job is the policy; OpenCV would take all for each
        self._workers = workers
        self._capacity = workers + queue_limit
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="inspect")
        self._lock = threading.Lock()
        self._pending = 0
        self._mean_job_s = 0.0
        self._closed = False

    @property
    def pending(self) -> int:
        """Jobs that run or wait."""
        return self._pending

    @property
    def expected_wait_s(self) -> float:
        """Seconds until what runs or waits now is likely to be done, by recent service times."""
        return self._mean_job_s * self._pending / self._workers

    def try_submit(self, job: Callable[[], _T]) -> Future[_T]:
        """Take a job if there is room for it.

        Args:
            job: What to run on a worker.

        Returns:
            The job's future; cancelling it before it starts frees its place.

        Raises:
            PoolFull: All workers are busy and the queue is full; says when to come back.
            PoolClosed: The pool is shutting down.
        """
        with self._lock:
            if self._closed:
                raise PoolClosed("the service is shutting down")
            if self._pending >= self._capacity:
                raise PoolFull(
                    f"{self._pending} pictures are already being inspected or waiting",
                    retry_after_s=self.expected_wait_s,
                )
            self._pending += 1
            future = self._executor.submit(self._timed, job)
        future.add_done_callback(self._forget)
        return future

    def close(self) -> None:
        """Finish what was taken, then stop; later jobs are refused."""
        with self._lock:
            self._closed = True
        self._executor.shutdown(wait=True)

    def _timed(self, job: Callable[[], _T]) -> _T:
        started = time.monotonic()
        try:
            return job()
        finally:
            took = time.monotonic() - started
            with self._lock:
                previous = self._mean_job_s or took
                self._mean_job_s = previous + _NEWEST * (took - previous)

    def _forget(self, _: Future[_T]) -> None:
        with self._lock:
            self._pending -= 1
