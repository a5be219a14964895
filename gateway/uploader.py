"""Emptying the disk queue into the service, as fast as the service says it can take it."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from gateway.errors import Busy, Failed, Refused, Unauthorised, Unreachable
from gateway.queue import Spool

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Posted(Generic[T, R]):
    """What became of one frame or clip: a receipt, or the reason why it was refused."""

    item: T
    receipt: R | None
    refusal: Refused | None


class Uploader(Generic[T, R]):
    """Posts what waits, frames or clips, with several threads.

    An unreachable or busy service is asked again after `Retry-After`, or after a wait that
    doubles from 0.5 s to `max_wait_s` with full jitter (Brooker, "Exponential Backoff And
    Jitter", AWS Architecture Blog, 2015). What is refused is set aside. A refused token stops
    the uploader: nothing would be taken.

    Args:
        queue: where the frames or clips wait.
        post: posts one; when it returns, the service has it for good.
        concurrency: how many are in flight at the same time.
        on_posted: called from the posting threads after each.
        max_wait_s: the longest wait between two tries.
    """

    def __init__(
        self,
        queue: Spool[T],
        post: Callable[[T], R],
        *,
        concurrency: int = 4,
        on_posted: Callable[[Posted[T, R]], None],
        max_wait_s: float = 60.0,
    ) -> None:
        self._queue = queue
        self._post_one = post
        self._concurrency = concurrency
        self._on_posted = on_posted
        self._max_wait_s = max_wait_s
        self._stop = threading.Event()
        self._fatal: Exception | None = None

    def stop(self) -> None:
        """Let what is in flight finish and take no more; what waits stays on the disk."""
        self._stop.set()

    def drain(self) -> None:
        """Post until the queue is empty or `stop` was called.

        Raises:
            Unauthorised: when the service refuses the token itself.
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

    def _post(self, path: Path, item: T) -> None:
        wait_s = 0.5
        while not self._stop.is_set():
            try:
                receipt = self._post_one(item)
            except Unauthorised:
                self._queue.give_back(path)
                raise
            except Refused as refusal:
                self._queue.refuse(path, f"{refusal.status} {refusal.problem_type}: {refusal}")
                self._on_posted(Posted(item, None, refusal))
                return
            except Busy as busy:
                self._stop.wait(busy.retry_after_s or random.uniform(0, wait_s))  # noqa: S311
            except (Unreachable, Failed):
                self._stop.wait(random.uniform(0, wait_s))  # noqa: S311
            else:
                self._queue.done(path)
                self._on_posted(Posted(item, receipt, None))
                return
            wait_s = min(2 * wait_s, self._max_wait_s)
        self._queue.give_back(path)
