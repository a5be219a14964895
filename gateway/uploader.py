"""Emptying the disk queue into the service, as fast as the service says it can take it."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.client import Client, Receipt
from gateway.errors import Busy, Refused, Unreachable
from gateway.frame import CapturedFrame
from gateway.queue import DiskQueue

_UNAUTHORISED = (401, 403)


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one frame: a receipt, or the reason why it was refused."""

    frame: CapturedFrame
    receipt: Receipt | None
    refusal: Refused | None


class Uploader:
    """Posts waiting frames with several threads.

    An unreachable or busy service is asked again after `Retry-After`, or after a wait that
    doubles from 0.5 s to `max_wait_s` with full jitter (Brooker, "Exponential Backoff And
    Jitter", AWS Architecture Blog, 2015). A refused frame is set aside. A refused token stops
    the uploader: no frame would be taken.

    Args:
        queue: where the frames wait.
        client: the service.
        concurrency: frames in flight at the same time.
        on_posted: called from the posting threads after each frame.
        max_wait_s: the longest wait between two tries.
    """

    def __init__(
        self,
        queue: DiskQueue,
        client: Client,
        *,
        concurrency: int = 4,
        on_posted: Callable[[Posted], None],
        max_wait_s: float = 60.0,
    ) -> None:
        self._queue = queue
        self._client = client
        self._concurrency = concurrency
        self._on_posted = on_posted
        self._max_wait_s = max_wait_s
        self._stop = threading.Event()
        self._fatal: Exception | None = None

    def stop(self) -> None:
        """Let the frames in flight finish and take no more; what waits stays on the disk."""
        self._stop.set()

    def drain(self) -> None:
        """Post until the queue is empty or `stop` was called.

        Raises:
            Refused: when the service refuses the token itself.
        """
        threads = [
            threading.Thread(target=self._work, name=f"upload-{number}")
            for number in range(self._concurrency)
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
        if self._fatal is not None:
            raise self._fatal

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                taken = self._queue.take()
                if taken is None:
                    return
                self._post(*taken)
        except Exception as error:
            self._fatal = error
            self.stop()

    def _post(self, path: Path, frame: CapturedFrame) -> None:
        wait_s = 0.5
        while not self._stop.is_set():
            try:
                receipt = self._client.post_frame(frame)
            except Refused as refusal:
                if refusal.status in _UNAUTHORISED:
                    self._queue.give_back(path)
                    raise
                self._queue.refuse(path, f"{refusal.status} {refusal.problem_type}: {refusal}")
                self._on_posted(Posted(frame, None, refusal))
                return
            except Busy as busy:
                self._stop.wait(busy.retry_after_s or random.uniform(0, wait_s))  # noqa: S311
            except Unreachable:
                self._stop.wait(random.uniform(0, wait_s))  # noqa: S311
            else:
                self._queue.done(path)
                self._on_posted(Posted(frame, receipt, None))
                return
            wait_s = min(2 * wait_s, self._max_wait_s)
        self._queue.give_back(path)
