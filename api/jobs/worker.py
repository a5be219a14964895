"""The worker: leases jobs, does them, writes what came of them.

A job is three steps, and a worker may die between any two of them:

1. lease: one transaction;
2. work, without a transaction, for seconds or minutes;
3. write what came of it, and that the job is done: one transaction.

After a death the lease runs out, or whoever started the process ends it, and another worker does
the job again. Meanwhile a thread (`api.jobs.watch`) renews the lease.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Protocol

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from api.database import Database, now
from api.evidence.errors import ObjectStoreError, StoreMisconfigured, StoreUnavailable
from api.evidence.objects import ObjectStore
from api.jobs import queue
from api.jobs.queue import MOST_ATTEMPTS, Lease
from api.jobs.watch import Watch
from models.errors import XunjianError

LEASE = timedelta(seconds=30)
_POLL_S = 0.5
_LATER_S = 15.0
_WRITES = 3
_DOWN = (StoreUnavailable, StoreMisconfigured, OperationalError, InterfaceError, PoolTimeout)
_log = structlog.get_logger()

Finish = Callable[[Session], Collection[str]]
"""Writes what came of a job in the transaction that ends it, on rows read within it; returns the
keys of objects that nothing refers to once it has committed. It may be called twice."""


class Handler(Protocol):
    """Does the jobs of one kind."""

    def work(self, subject_id: str) -> Finish:
        """Do the long part, without a transaction; nothing is changed but objects that are kept.

        Raises:
            Exception: the job is tried again, `MOST_ATTEMPTS` times at most. A store or a
                database that is down is waited for.
        """
        ...

    def give_up(self, session: Session, subject_id: str, problem: str) -> None:
        """Write, in the transaction that ends the job, that it failed for good."""
        ...

    def tidy(self) -> None:
        """Do what is due without a job; called when there is nothing else to do."""
        ...


class Worker:
    """Does jobs one after the other. Any number of processes may work on one database.

    Args:
        database: where the jobs are.
        objects: where what nothing refers to any more is removed.
        handlers: what is done, by kind.
        watch: keeps the lease and ends what takes too long.
    """

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        handlers: Mapping[str, Handler],
        watch: Watch,
    ) -> None:
        self._database = database
        self._objects = objects
        self._handlers = handlers
        self._watch = watch

    def run(self, stop: threading.Event) -> None:
        """Work until stopped; the job that is being done is finished first."""
        tidied = float("-inf")
        while not stop.is_set():
            try:
                worked = self.run_once()
                if worked or self._watch.clock() - tidied > _LATER_S:
                    self._tidy()
                    tidied = self._watch.clock()
                if worked:
                    continue
            except Exception:
                # The lease stands in the database: whoever comes next goes on from there.
                _log.exception("the worker cannot use the database")
            stop.wait(_POLL_S)

    def run_once(self) -> bool:
        """Do the job that is due; return whether there was one."""
        lease = self.lease()
        if lease is None:
            return False
        if lease.attempts > MOST_ATTEMPTS:
            problem = (
                f"the worker died {MOST_ATTEMPTS} times while it worked on this; it ran out of "
                "memory or time, or crashed"
            )
            self._give_up(lease, problem)
            return True
        handler = self._handlers[lease.kind]
        try:
            with self._watch.over(lease):
                finish = handler.work(lease.subject_id)
                self.record(lease, finish)
        except _DOWN as error:
            _log.warning("a job waits for a store", **_named(lease), error=str(error))
            self._give_back(lease, problem=None, after_s=_LATER_S)
        except Exception as error:
            _log.exception("a job failed", **_named(lease))
            self._failed(lease, error)
        return True

    def lease(self) -> Lease | None:
        """Do step 1: take a job, if one is due."""
        at, kinds = now(), tuple(self._handlers)
        with self._database.read() as session:
            if not queue.anything_due(session, kinds=kinds, at=at):
                return None
        with self._database.write() as session:
            return queue.lease(
                session, worker=self._watch.name, kinds=kinds, lease_for=LEASE, at=at
            )

    def record(self, lease: Lease, finish: Finish) -> bool:
        """Do step 3: write what came of a job, and remove what is needed no more.

        Returns:
            Whether it was written; not so when another worker has taken the job over.
        """
        for attempt in range(1, _WRITES + 1):
            try:
                unneeded = self._write(lease, finish)
                break
            except IntegrityError:  # another process wrote the same at the same time
                if attempt == _WRITES:
                    raise
        if unneeded is None:
            _log.warning("lease lost", **_named(lease), fence=lease.fence)
            return False
        _log.info("job done", **_named(lease), attempt=lease.attempts)
        for key in unneeded:
            try:
                self._objects.remove(key)
            except ObjectStoreError as error:
                _log.error("an object cannot be removed", object=key, error=str(error))
        return True

    def _write(self, lease: Lease, finish: Finish) -> Collection[str] | None:
        with self._database.write() as session:
            job = queue.held(session, lease)
            if job is None:
                return None
            unneeded = finish(session)
            queue.finish(session, job)
        return unneeded

    def _failed(self, lease: Lease, error: Exception) -> None:
        problem = str(error) if isinstance(error, XunjianError) else type(error).__name__
        if lease.attempts >= MOST_ATTEMPTS:
            self._give_up(lease, problem)
        else:
            self._give_back(lease, problem=problem, after_s=queue.wait_s(lease.attempts))

    def _give_back(self, lease: Lease, *, problem: str | None, after_s: float) -> None:
        with self._database.write() as session:
            job = queue.held(session, lease)
            if job is not None:
                queue.give_back(job, problem=problem, after_s=after_s)

    def _give_up(self, lease: Lease, problem: str) -> None:
        with self._database.write() as session:
            job = queue.held(session, lease)
            if job is None:
                return
            self._handlers[lease.kind].give_up(session, lease.subject_id, problem)
            queue.finish(session, job, problem=problem)
        _log.error("a job was given up", **_named(lease), problem=problem)

    def _tidy(self) -> None:
        for handler in self._handlers.values():
            try:
                handler.tidy()
            except (ObjectStoreError, DBAPIError, PoolTimeout) as error:
                _log.error("what is needed no more cannot be removed", error=str(error))


def _named(lease: Lease) -> dict[str, str]:
    return {"job": lease.job_id, "kind": lease.kind, "subject": lease.subject_id}
