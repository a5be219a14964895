"""Threads that go on: one that fails is told, waits, and begins again, and stops no other."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TaskState:
    """How one of the gateway's threads fares.

    Attributes:
        name: what it does.
        running: whether it works now; otherwise it waits to begin again, or has ended.
        ended: whether it has done all it had to do.
        failures: how often it failed since the gateway started.
        error: what it failed of last; None when it never did.
        since: when this state began.
    """

    name: str
    running: bool
    ended: bool
    failures: int
    error: str | None
    since: datetime


class Supervisor:
    """Runs pieces of work, each in a thread of its own, until they are told to stop.

    Work that raises is begun again after a wait that doubles from `first_wait_s` to
    `longest_wait_s`, and is short again once it has run for `longest_wait_s`.

    Args:
        stop: set when everything shall end; every piece of work watches it, too.
    """

    def __init__(
        self, stop: threading.Event, *, first_wait_s: float = 1.0, longest_wait_s: float = 60.0
    ) -> None:
        self._stop = stop
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._states: dict[str, TaskState] = {}
        self._threads: list[threading.Thread] = []

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Begin a piece of work; when it returns, it has ended."""
        self._set(name, running=True)
        thread = threading.Thread(target=self._keep_going, args=(name, work), name=name)
        thread.daemon = True  # one that hangs does not keep the process from ending
        self._threads.append(thread)
        thread.start()

    def states(self) -> list[TaskState]:
        """Return how every piece of work fares, in the order in which they were begun."""
        return list(self._states.values())

    def join(self, timeout_s: float) -> list[str]:
        """Wait until every thread has ended; return the names of those that have not."""
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _keep_going(self, name: str, work: Callable[[], None]) -> None:
        wait_s = self._first_wait_s
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                work()
            except Exception as error:
                if time.monotonic() - begun >= self._longest_wait_s:
                    wait_s = self._first_wait_s
                told = f"{error}" or type(error).__name__
                expected = hasattr(error, "hint") or isinstance(error, OSError)
                _log.error(
                    "failed and begins again",
                    task=name,
                    error=told,
                    wait_s=wait_s,
                    exc_info=not expected,
                )
                self._set(name, running=False, error=told)
                self._stop.wait(wait_s)
                self._set(name, running=True, error=told)
                wait_s = min(2 * wait_s, self._longest_wait_s)
            else:
                break
        self._set(name, running=False, ended=True)

    def _set(
        self, name: str, *, running: bool, ended: bool = False, error: str | None = None
    ) -> None:
        before = self._states.get(name)
        failures = before.failures if before else 0
        failed = error is not None and not running
        self._states[name] = TaskState(
            name, running, ended, failures + failed, error, datetime.now(UTC)
        )
