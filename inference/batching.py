"""Gathers pictures from many callers into batches for a device that likes them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from inference.errors import PoolClosed

RunBatch = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


class Batcher:
    """One thread that owns the device; callers hand it a picture and wait for their own answer.

    Only pictures of one shape go together. The oldest one waiting decides the shape, and waits at
    most `patience_s` for others. A batch is filled up to the next power of two by repeating its
    last picture, so that the device sees few shapes and need not plan anew for each.

    Args:
        run_batch: Runs uint8 (N, H, W, 3) and returns float32 (N, ...); called by one thread only.
        max_batch: Largest N, a power of two.
        patience_s: Seconds that the oldest picture waits for company.
    """

    def __init__(self, run_batch: RunBatch, max_batch: int, patience_s: float) -> None:
        self._run_batch = run_batch
        self._max_batch = max_batch
        self._patience_s = patience_s
        self._waiting: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="batcher", daemon=True)
        self._thread.start()

    def infer(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run one picture and wait for its answer.

        Args:
            image: uint8 (H, W, 3).

        Returns:
            float32, this picture's part of the batch's output.

        Raises:
            PoolClosed: The batcher was closed before the picture was taken up.
        """
        return self.infer_many([image])[0]

    def infer_many(self, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """Hand over several pictures at once, so that they go together, and wait for all answers.

        Arguments, answers and errors as `infer`, one for each picture.
        """
        requests = [_Request(image) for image in images]
        with self._changed:
            if self._closed:
                raise PoolClosed("the engine is closed")
            self._waiting.extend(requests)
            self._changed.notify()
        return [request.answer.result() for request in requests]

    def close(self) -> None:
        """Answer what is waiting, then stop; later calls are refused."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _serve(self) -> None:
        while batch := self._gather():
            try:
                outputs = self._run_batch(_stack(batch, self._max_batch))
            except Exception as error:
                for request in batch:
                    request.answer.set_exception(error)
            else:
                for request, output in zip(batch, outputs, strict=False):
                    request.answer.set_result(output)

    def _gather(self) -> "list[_Request]":
        """Wait for the next batch; empty once the batcher is closed and nothing waits."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return []
            shape = self._waiting[0].image.shape
            deadline = self._waiting[0].arrived + self._patience_s
            self._changed.wait_for(
                lambda: self._closed or self._count(shape) >= self._max_batch,
                timeout=max(0.0, deadline - time.monotonic()),
            )
            batch: list[_Request] = []
            others: deque[_Request] = deque()
            for request in self._waiting:
                fits = request.image.shape == shape and len(batch) < self._max_batch
                (batch if fits else others).append(request)
            self._waiting = others
            return batch

    def _count(self, shape: tuple[int, ...]) -> int:
        return sum(request.image.shape == shape for request in self._waiting)


class _Request:
    def __init__(self, image: NDArray[np.uint8]) -> None:
        self.image = image
        self.arrived = time.monotonic()
        self.answer: Future[NDArray[np.float32]] = Future()


def _stack(batch: list[_Request], max_batch: int) -> NDArray[np.uint8]:
    size = min(1 << (len(batch) - 1).bit_length(), max_batch)
    images = [request.image for request in batch]
    return np.stack(images + images[-1:] * (size - len(batch)))
