"""The limit: what the same cores reach with decoding, letterbox and bare ONNX Runtime alone."""

import threading
import time
from collections.abc import Sequence

import onnxruntime

from inference.decode import DecodeLimits, decode
from inference.letterbox import letterbox
from models.registry import Model


class Limit:
    """As many threads as workers, each decoding and running the model without anything between.

    Args:
        model: The model that the service runs.
        workers: Threads, as the policy says.
        pictures: JPEG files, taken in turn.
    """

    def __init__(self, model: Model, workers: int, pictures: Sequence[bytes]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(model.path), options, providers=["CPUExecutionProvider"]
        )
        self._side = model.input_size
        self._workers = workers
        self._pictures = pictures

    def frames_per_second(self, seconds: float) -> float:
        """Run for some seconds and return the frames finished per second."""
        start = time.monotonic()
        end = start + seconds
        counts = [0] * self._workers
        finished = [0.0] * self._workers

        def work(worker: int) -> None:
            limits = DecodeLimits()
            number = worker
            while time.monotonic() < end:
                data = self._pictures[number % len(self._pictures)]
                fitted = letterbox(decode(data, limits, self._side), self._side)
                self._session.run(None, {"images": fitted.image[None]})
                counts[worker] += 1
                number += self._workers
            finished[worker] = time.monotonic() - start

        threads = [threading.Thread(target=work, args=(n,)) for n in range(self._workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(count / took for count, took in zip(counts, finished, strict=True))
