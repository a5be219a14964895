"""Workers as children of the service: started, started again when they die, ended with it."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from api.database import Database
from api.jobs.models import Worker
from api.jobs.queue import release_of
from api.jobs.watch import worker_name

_POLL_S = 0.5
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_HEALTHY_AFTER_S = 60.0
_END_WITHIN_S = 25.0
_log = structlog.get_logger()


@contextmanager
def supervised(command: Sequence[str], *, processes: int, database: Database) -> Iterator[None]:
    """Keep worker processes running until the block ends.

    A child that dies is started again, at once when it had lived for a minute, and otherwise after
    a wait that doubles. Its job is free for another at once.

    Args:
        command: what a child runs; it ends when its standard input ends.
        processes: how many; with 0 nothing is started.
        database: where the children's leases are.
    """
    stop = threading.Event()
    keepers = [
        threading.Thread(
            target=_keep, args=(command, database, stop), name=f"worker-keeper-{number}"
        )
        for number in range(processes)
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


def _keep(command: Sequence[str], database: Database, stop: threading.Event) -> None:
    wait_s = _SHORTEST_WAIT_S
    while not stop.is_set():
        started = time.monotonic()
        # In a session of its own: Ctrl-C is for the service, which ends its children itself.
        with subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.PIPE, start_new_session=True
        ) as child:
            while child.poll() is None and not stop.wait(_POLL_S):
                pass
            if child.poll() is None:
                _end(child)
        released = _forget(database, child.pid)
        if stop.is_set():
            return
        lived_s = time.monotonic() - started
        wait_s = _SHORTEST_WAIT_S if lived_s > _HEALTHY_AFTER_S else wait_s
        _log.error(
            "a worker died",
            worker=worker_name(child.pid),
            reason=_reason(child.returncode),
            lived_s=round(lived_s, 1),
            jobs_released=released,
            again_in_s=wait_s,
        )
        stop.wait(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(_END_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _forget(database: Database, pid: int) -> int:
    """Free the jobs of a child that is dead; return how many there were."""
    name = worker_name(pid)
    try:
        with database.write() as session:
            session.execute(delete(Worker).where(Worker.name == name))
            return release_of(session, name)
    except SQLAlchemyError as error:
        _log.warning("a dead worker's jobs wait for their leases to end", error=str(error))
        return 0


def _reason(returncode: int) -> str:
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"


def child_command() -> list[str]:
    """Return the command of a worker that ends with this process."""
    return [sys.executable, "-m", "xunjian", "work", "--child"]
