import threading

import pytest

from inference.errors import PoolClosed, PoolFull
from inference.pool import InspectionPool


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


def test_a_full_queue_is_told_at_once_and_frees_up(gate: threading.Event) -> None:
    pool = InspectionPool(workers=1, queue_limit=2)
    taken = [pool.try_submit(gate.wait) for _ in range(3)]
    with pytest.raises(PoolFull) as caught:
        pool.try_submit(gate.wait)
    assert caught.value.retry_after_s >= 0
    gate.set()
    assert [future.result() for future in taken] == [True] * 3
    pool.close()
    assert pool.pending == 0


def test_retry_after_grows_with_what_waits(gate: threading.Event) -> None:
    pool = InspectionPool(workers=1, queue_limit=1)
    slow = threading.Event()
    pool.try_submit(lambda: slow.wait(0.05)).result()
    waiting = [pool.try_submit(gate.wait) for _ in range(2)]
    with pytest.raises(PoolFull) as caught:
        pool.try_submit(gate.wait)
    assert caught.value.retry_after_s >= 0.1
    gate.set()
    for future in waiting:
        future.result()
    pool.close()


def test_cancelling_what_waits_frees_its_place(gate: threading.Event) -> None:
    pool = InspectionPool(workers=1, queue_limit=1)
    running = pool.try_submit(gate.wait)
    waiting = pool.try_submit(gate.wait)
    assert waiting.cancel()
    again = pool.try_submit(lambda: "done")
    gate.set()
    assert (running.result(), again.result()) == (True, "done")
    pool.close()


def test_an_error_reaches_its_caller_and_frees_its_place() -> None:
    pool = InspectionPool(workers=1, queue_limit=0)
    with pytest.raises(ZeroDivisionError):
        pool.try_submit(lambda: 1 // 0).result()
    pool.close()
    assert pool.pending == 0


def test_closing_finishes_what_was_taken_and_refuses_the_rest(gate: threading.Event) -> None:
    pool = InspectionPool(workers=1, queue_limit=1)
    taken = [pool.try_submit(gate.wait) for _ in range(2)]
    threading.Timer(0.05, gate.set).start()
    pool.close()
    assert [future.result(0) for future in taken] == [True, True]
    with pytest.raises(PoolClosed):
        pool.try_submit(gate.wait)
