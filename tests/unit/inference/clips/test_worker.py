import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from inference.clips.worker import ClipWorker
from inference.errors import ClipCrashed, ClipTooSlow


def make(greeting: str) -> Callable[[str], tuple[str, int]]:
    def answer(task: str) -> tuple[str, int]:
        if task == "kill":
            os.kill(os.getpid(), signal.SIGSEGV)
        if task == "exit":
            os._exit(3)
        if task == "sleep":
            time.sleep(60)
        if task == "hoard":
            bytearray(64 * 1024**3)
        return f"{greeting} {task}", os.getpid()

    return answer


@pytest.fixture
def worker() -> Iterator[ClipWorker[str, tuple[str, int]]]:
    worker: ClipWorker[str, tuple[str, int]] = ClipWorker(make, ("hello",), 5)
    yield worker
    worker.stop()


@pytest.mark.parametrize(
    ("task", "error", "said"),
    [
        ("kill", ClipCrashed, "SIGSEGV"),
        ("exit", ClipCrashed, "exit code 3"),
        ("hoard", ClipCrashed, "exit code 1"),
        ("sleep", ClipTooSlow, "5 s"),
    ],
)
def test_what_kills_the_process_is_told_and_the_next_is_answered(
    worker: Any, task: str, error: type[Exception], said: str
) -> None:
    greeted, process = worker("world")
    assert greeted == "hello world"
    assert process != os.getpid()
    assert worker("again")[1] == process
    with pytest.raises(error, match=said):
        worker(task)
    greeted, other = worker("world")
    assert greeted == "hello world"
    assert other != process


def test_a_stopped_worker_leaves_no_process(worker: Any) -> None:
    _, process = worker("world")
    worker.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
