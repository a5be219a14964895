"""Runs a function in a process of its own, which a clip may kill without harm to others."""

import multiprocessing
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeVar

from inference.errors import ClipCrashed, ClipTooSlow

_Task = TypeVar("_Task")
_Answer = TypeVar("_Answer")

_READY = "ready"
_DYING_S = 5.0
MAX_MEMORY_BYTES = 6 * 1024**3


class ClipWorker(Generic[_Task, _Answer]):
    """One process that answers tasks one after the other; it is replaced when it dies.

    It may use six gigabytes of address space, and leaves Ctrl-C to its parent. It ends with it.

    Args:
        make: Called once in each process; returns the function that answers a task. It, what it is
            called with, tasks and answers travel by pickle.
        arguments: What `make` is called with.
        max_seconds: Longest that one task may take, once the process is ready.
    """

    def __init__(
        self,
        make: Callable[..., Callable[[_Task], _Answer]],
        arguments: tuple[Any, ...],
        max_seconds: float,
    ) -> None:
        self._make, self._arguments = make, arguments
        self._max_seconds = max_seconds
        self._stopped = self._ready = False
        self._pipe: Connection
        self._process: SpawnProcess
        self._start()

    def __call__(self, task: _Task) -> _Answer:
        """Answer one task.

        Raises:
            ClipCrashed: The process died.
            ClipTooSlow: It took longer than allowed, and was ended.
        """
        try:
            if not self._ready:
                self._pipe.recv()
                self._ready = True
            self._pipe.send(task)
            if not self._pipe.poll(self._max_seconds):
                self._renew()
                raise ClipTooSlow(
                    f"inspecting it took more than {self._max_seconds:g} s",
                    hint="Send a shorter clip or a lower resolution.",
                )
            answer: _Answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(_DYING_S)
            code = self._process.exitcode
            self._renew()
            raise ClipCrashed(
                f"the process that inspected it died ({_cause(code)})",
                hint="The file is damaged or made to harm; encode it anew.",
            ) from error
        return answer

    def stop(self) -> None:
        """End the process for good, whatever it is doing; any thread may ask for it."""
        self._stopped = True
        self._process.kill()
        self._process.join()

    def _renew(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()  # here alone: `stop` may run beside whoever waits for an answer
        if not self._stopped:
            self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._ready = False
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._make, self._arguments), daemon=True
        )
        self._process.start()
        theirs.close()


def _serve(
    pipe: Connection, make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MAX_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MAX_MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    answer = make(*arguments)
    pipe.send(_READY)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(answer(task))


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
