import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from inference.batching import Batcher
from inference.errors import PoolClosed


class Device:
    """Stands for the device: answers each picture with its own first value, notes what it saw."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.threads: set[int] = set()
        self.may_run = threading.Event()
        self.may_run.set()

    def __call__(self, images: Any) -> Any:
        self.may_run.wait()
        self.shapes.append(images.shape)
        self.threads.add(threading.get_ident())
        if (images == 255).all(axis=(1, 2, 3)).any():
            raise RuntimeError("the device failed")
        return images[:, 0, 0, :1].astype(np.float32)


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def batcher(device: Device) -> Iterator[Callable[..., Batcher]]:
    made: list[Batcher] = []

    def make(max_batch: int = 8, patience_s: float = 0.02) -> Batcher:
        made.append(Batcher(device, max_batch, patience_s))
        return made[-1]

    yield make
    device.may_run.set()
    for one in made:
        one.close()


def _image(value: int, side: int = 32) -> Any:
    return np.full((side, side, 3), value, np.uint8)


def test_each_caller_gets_its_own_answer(device: Device, batcher: Any) -> None:
    one = batcher()
    values = list(range(200))
    with ThreadPoolExecutor(16) as callers:
        answers = list(
            callers.map(lambda v: float(one.infer(_image(v, 32 * (1 + v % 2)))[0]), values)
        )
    assert answers == values
    assert len(device.threads) == 1
    assert len(device.shapes) < len(values)
    assert {shape[0] for shape in device.shapes} <= {1, 2, 4, 8}


def test_one_caller_is_not_kept_waiting_for_company(device: Device, batcher: Any) -> None:
    assert batcher(patience_s=0.001).infer(_image(7)).tolist() == [7]
    assert device.shapes == [(1, 32, 32, 3)]


def test_what_waits_goes_together_once_there_is_a_full_batch(device: Device, batcher: Any) -> None:
    one = batcher(max_batch=4, patience_s=60)
    with ThreadPoolExecutor(4) as callers:
        answers = [float(a[0]) for a in callers.map(one.infer, map(_image, range(4)))]
    assert answers == [0, 1, 2, 3]
    assert device.shapes == [(4, 32, 32, 3)]


def test_a_failure_reaches_the_callers_of_its_batch_only(batcher: Any) -> None:
    one = batcher(patience_s=0.001)
    with pytest.raises(RuntimeError, match="the device failed"):
        one.infer(_image(255))
    assert one.infer(_image(3)).tolist() == [3]


def test_closing_answers_what_waits_and_refuses_the_rest(device: Device, batcher: Any) -> None:
    one = batcher(max_batch=8, patience_s=60)
    with ThreadPoolExecutor(3) as callers:
        waiting = [callers.submit(one.infer, _image(v)) for v in range(3)]
        while one._count((32, 32, 3)) < 3:
            time.sleep(0.001)
        one.close()
        assert [float(w.result()[0]) for w in waiting] == [0, 1, 2]
    with pytest.raises(PoolClosed):
        one.infer(_image(1))


def test_pictures_handed_over_together_run_as_one_batch(device: Device, batcher: Any) -> None:
    answers = batcher(patience_s=0.0).infer_many([_image(value) for value in range(6)])
    assert [float(answer[0]) for answer in answers] == [0, 1, 2, 3, 4, 5]
    assert device.shapes == [(8, 32, 32, 3)]


def test_more_pictures_than_a_batch_holds_run_as_several(device: Device, batcher: Any) -> None:
    answers = batcher(max_batch=4).infer_many([_image(value) for value in range(11)])
    assert [float(answer[0]) for answer in answers] == list(range(11))
    assert [shape[0] for shape in device.shapes] == [4, 4, 4]
