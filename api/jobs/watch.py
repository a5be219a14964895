"""The watch over a worker's process: says that it lives, keeps its lease, ends it when it hangs."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from api.database import Database, now
from api.jobs import queue
from api.jobs.models import Worker
from api.jobs.queue import Lease

_EVERY_S = 5.0
_LEASE = timedelta(seconds=30)
_ALIVE = timedelta(seconds=30)
_FORGOTTEN = timedelta(days=1)
_log = structlog.get_logger()


def worker_name(pid: int) -> str:
    """Return the name of the worker that is this process of this host."""
    return f"{socket.gethostname()}:{pid}"


class Watch:
    """A thread beside a worker.

    A job that takes longer than it may cannot be stopped from within, for it may be deep in a
    decoder: the process kills itself, the job is another worker's, and after three such deaths it
    is given up.

    Args:
        database: where the worker is known.
        job_timeout_s: longest time that one job may take.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        database: Database,
        *,
        job_timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = worker_name(os.getpid())
        self.clock = clock
        self._database = database
        self._timeout_s = job_timeout_s
        self._lease: Lease | None = None
        self._deadline = 0.0
        self._changing = threading.Lock()

    @contextmanager
    def over(self, lease: Lease) -> Iterator[None]:
        """Keep a lease, and kill the process if the block takes too long."""
        with self._changing:
            self._lease, self._deadline = lease, self.clock() + self._timeout_s
        try:
            yield
        finally:
            with self._changing:
                self._lease = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch until the block ends; the worker is known from its beginning to its end."""
        self._say_alive()
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(_EVERY_S):
                self.look()

        thread = threading.Thread(target=run, name="watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            with self._database.write() as session:
                session.execute(delete(Worker).where(Worker.name == self.name))

    def look(self) -> None:
        """Look once: renew what is held, kill what takes too long."""
        with self._changing:
            lease, deadline = self._lease, self._deadline
        if lease is not None and self.clock() > deadline:
            _log.error(
                "a job took too long; the worker ends",
                job=lease.job_id,
                kind=lease.kind,
                subject=lease.subject_id,
                limit_s=self._timeout_s,
            )
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            self._say_alive()
            if lease is not None:
                with self._database.write() as session:
                    queue.renew(session, lease, until=now() + _LEASE)
        except (DBAPIError, PoolTimeout) as error:
            _log.warning("the worker cannot say that it lives", error=str(error))

    def give_back(self) -> None:
        """Let the job that is being done wait again: this process is asked to end."""
        with self._changing:
            lease = self._lease
        if lease is None:
            return
        with self._database.write() as session:
            job = queue.held(session, lease)
            if job is not None:
                queue.give_back(job, problem=None)

    def _say_alive(self) -> None:
        with self._database.write() as session:
            worker = session.get(Worker, self.name)
            if worker is None:
                session.add(Worker(name=self.name))
                session.execute(delete(Worker).where(Worker.seen_at < now() - _FORGOTTEN))
            else:
                worker.seen_at = now()


def workers_alive(session: Session) -> int:
    """Return how many workers have said within half a minute that they live."""
    query = select(func.count()).where(Worker.seen_at > now() - _ALIVE)
    return session.scalar(query) or 0
