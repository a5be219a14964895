import os
import signal
import time
from collections.abc import Callable

import pytest

from inference.clips.worker import ClipWorker
from inference.errors import ClipCrashed, ClipTooSlow


def make(greeting: str) -> Callable[[str], tuple[str, int]]:
    def answer(task: str) -> tuple[str, int]:
        if task == "kill":
            os.kill(os.getpid(), signal.SIGSEGV)
        if task == "sleep":
            time.sleep(60)
        if task == "hoard":
            bytearray(64 * 1024**3)
        return f"{greeting} {task}", os.getpid()

    return answer


def test_what_kills_the_process_is_told_and_the_next_is_answered() -> None:
    worker: ClipWorker[str, tuple[str, int]] = ClipWorker(make, ("hello",), 5)
    seen = set()
    for task, error, said in (
        ("kill", ClipCrashed, "SIGSEGV"),
        ("hoard", ClipCrashed, "exit code 1"),
        ("sleep", ClipTooSlow, "5 s"),
    ):
        greeted, process = worker("world")
        assert greeted == "hello world"
        assert worker("again")[1] == process
        seen.add(process)
        with pytest.raises(error, match=said):
            worker(task)
    assert len(seen) == 3
    assert os.getpid() not in seen
    _, process = worker("world")
    worker.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    with pytest.raises(ClipCrashed):
        worker("world")
