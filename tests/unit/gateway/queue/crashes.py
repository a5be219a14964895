"""Runs in a process of its own: kills writers of a queue with SIGKILL and tells what was left.

`python -m tests.unit.gateway.queue.crashes FOLDER KEY steps`: before each step of a fixed run that
changes the disk (open, write, flush, rename, delete), one kill per run. `... SEED`: 50 kills
at random times. One line of JSON per kill.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

from gateway.queue import DiskQueue, Priority
from tests.unit.gateway.queue.things import drain, files, frame, seconds

STEPS = ("open", "write", "pwrite", "fsync", "fdatasync", "rename", "unlink")
MAX_BYTES = 3000  # about six frames


def fixed_run(queue: DiskQueue, tell: Callable[[str, float], None]) -> None:
    """Put, post, refuse, damage and drop, and tell what has returned."""

    def put(second: float, priority: Priority = Priority.BACKFILL) -> None:
        queue.put(frame(second, b"p" * 200), priority)
        tell("put", second)

    for second in (1, 2, 3):
        put(second)
    put(10, Priority.ALERT)
    for second, end in ((10, "done"), (1, "refused"), (2, "done")):
        taken = queue.take()
        assert taken is not None
        if end == "done":
            queue.done(taken[0])
        else:
            queue.refuse(taken[0], "422 too dark")
        tell(end, second)
    put(4)
    (torn,) = (path for path in files(queue._waiting.parent) if "080003" in path.name)
    torn.write_bytes(torn.read_bytes()[:-1])
    taken = queue.take()
    assert taken is not None
    assert seconds([taken[1]]) == [4]
    tell("damaged", 3)
    queue.give_back(taken[0])
    for second in range(20, 29):
        put(second, Priority(second % 2))
    put(1)  # what was refused comes again
    put(40)


def not_at_all(fd: object) -> None:
    """Flush nothing."""


def endless_run(queue: DiskQueue, tell: Callable[[str, float], None]) -> None:
    """Put, and now and then post, until killed."""
    for second in range(100_000):
        queue.put(frame(second, b"p" * 200), Priority(second % 3 == 0))
        tell("put", second)
        if second % 4 == 3:
            taken = queue.take()
            assert taken is not None
            queue.done(taken[0])
            tell("done", seconds([taken[1]])[0])


def kill_at(step: int) -> None:
    """Kill this process before its n-th step that changes the disk."""
    steps = iter(range(1_000_000))

    def armed(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **more)

        return call

    for name in STEPS:
        setattr(os, name, armed(getattr(os, name)))


class AtStep:
    """A kill before a step."""

    max_bytes = MAX_BYTES

    def __init__(self, step: int) -> None:
        self._step = step

    def arm(self) -> None:
        kill_at(self._step)

    def kill(self, child: int, told: TextIO) -> list[str]:
        """Read what the child tells until it has killed itself."""
        return list(told)


class AfterWords:
    """A kill some time after so many things were told."""

    max_bytes = 1024**3

    def __init__(self, words: int, seconds: float) -> None:
        self._words = words
        self._seconds = seconds

    def arm(self) -> None:
        """Nothing: the parent kills."""

    def kill(self, child: int, told: TextIO) -> list[str]:
        lines = [told.readline() for _ in range(self._words)]
        time.sleep(self._seconds)
        os.kill(child, signal.SIGKILL)
        return lines + list(told)


def crash(
    folder: Path, key: bytes | None, run: Callable[..., None], plan: AtStep | AfterWords
) -> dict[str, Any]:
    """Fork a writer, let it be killed, and tell what it had told and what is left."""
    shutil.rmtree(folder, ignore_errors=True)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        plan.arm()
        queue = DiskQueue(folder, max_bytes=plan.max_bytes, key=key)

        def tell(what: str, second: float) -> None:
            os.writev(writing, [f"{what} {int(second)}\n".encode()])

        run(queue, tell)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        lines = [line.split() for line in plan.kill(child, told)]
    _, status = os.waitpid(child, 0)
    with DiskQueue(folder, max_bytes=plan.max_bytes, key=key) as queue:
        stats = queue.stats()
        left = {
            "killed": os.WIFSIGNALED(status),
            "told": [(what, int(second)) for what, second in lines],
            "bytes": stats.bytes,
            "dropped": sum(stats.dropped.values()),
            "refused": stats.refused,
            "damaged": stats.damaged,
            "torn": [path.name for path in files(folder) if path.name.endswith(".tmp")],
            "refused_files": sum(path.suffix != ".txt" for path in (folder / "refused").iterdir()),
            "damaged_files": len(list((folder / "damaged").iterdir())),
            "waiting": [int(second) for second in seconds(drain(queue))],
        }
        left["damaged_later"] = queue.stats().damaged - stats.damaged
    return left


def crashes(folder: Path, key: bytes | None, how: str) -> Iterable[dict[str, Any]]:
    """Give what was left after each kill, and after the run that no kill came to."""
    if how == "steps":
        is_killed, step = True, 0
        while is_killed:
            left = crash(folder, key, fixed_run, AtStep(step))
            is_killed, step = left["killed"], step + 1
            yield left
    else:
        drawn = random.Random(int(how))
        for _ in range(50):
            plan = AfterWords(drawn.randrange(60), drawn.uniform(0, 0.001))
            yield crash(folder, key, endless_run, plan)


if __name__ == "__main__":
    # What a killed process has written stays: flushing matters when the power goes (test_power).
    os.fsync = os.fdatasync = not_at_all
    for left in crashes(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]) or None, sys.argv[3]):
        sys.stdout.write(json.dumps(left) + "\n")
