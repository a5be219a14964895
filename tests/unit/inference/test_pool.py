import threading
from functools import partial

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


def test_urgent_jobs_and_quiet_flows_are_served_first(gate: threading.Event) -> None:
    pool = InspectionPool(workers=1, queue_limit=9)
    started, done = threading.Event(), list[str]()

    def hold() -> None:
        started.set()
        gate.wait()

    jobs = [pool.try_submit(hold, flow="noisy", urgent=False)]
    started.wait()
    for name, urgent in [*[("noisy", False)] * 4, ("quiet", False), ("live", True)]:
        jobs.append(pool.try_submit(partial(done.append, name), flow=name, urgent=urgent))
    gate.set()
    for job in jobs:
        job.result()
    assert done[0] == "live"
    assert done.index("quiet") <= 2
    pool.close()


def test_a_worker_is_kept_for_urgent_jobs_where_they_come(gate: threading.Event) -> None:
    pool = InspectionPool(workers=2, queue_limit=9)
    pool.try_submit(lambda: None, urgent=True).result()
    waiting = [pool.try_submit(gate.wait, urgent=False) for _ in range(4)]
    assert pool.try_submit(lambda: "at once", urgent=True).result() == "at once"
    gate.set()
    assert [job.result() for job in waiting] == [True] * 4
    pool.close()


def test_all_workers_serve_the_rest_where_nothing_urgent_comes() -> None:
    pool = InspectionPool(workers=2, queue_limit=9)
    together = threading.Barrier(2)
    waiting = [pool.try_submit(together.wait, urgent=False) for _ in range(2)]
    assert sorted(job.result() for job in waiting) == [0, 1]
    pool.close()
