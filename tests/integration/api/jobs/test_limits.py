"""What a worker's process may take: time and memory."""

import multiprocessing
import os
import resource
import signal
import time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database, now
from api.evidence.folder import FolderStore
from api.jobs.models import Job
from api.jobs.queue import enqueue
from api.jobs.scratch import scratch
from api.jobs.watch import Watch, workers_alive
from api.jobs.worker import Finish, Worker
from tests.conftest import sqlite_only

_processes = multiprocessing.get_context("forkserver")


class _Hanging:
    def work(self, subject_id: str) -> Finish:
        time.sleep(600)
        raise AssertionError("nobody ended it")

    def give_up(self, session: Session, subject_id: str, problem: str) -> None: ...

    def tidy(self) -> None: ...


def _hang(url: str, folder: Path) -> None:
    database = Database(url)
    watch = Watch(database, job_timeout_s=0.0)
    with watch.watching():
        Worker(database, FolderStore(folder), {"clip": _Hanging()}, watch).run_once()


@sqlite_only
def test_a_job_that_takes_too_long_ends_its_process(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        enqueue(session, kind="clip", subject_id="a")
    url = database.url.render_as_string(hide_password=False)
    process = _processes.Process(target=_hang, args=(url, tmp_path))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    with database.read() as session:
        job = session.scalars(select(Job)).one()
        assert (job.attempts, workers_alive(session)) == (1, 1)
        assert job.lease_until is not None
        assert job.lease_until > now()


def _hoard() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30))
    try:
        hoard = [bytearray(os.urandom(1)) * 2**26 for _ in range(64)]
    except MemoryError:
        os._exit(7)
    os._exit(len(hoard))


def test_the_limit_that_workers_set_holds() -> None:
    process = _processes.Process(target=_hoard)
    process.start()
    process.join(120)
    assert process.exitcode == 7


def test_the_folder_of_a_dead_worker_is_cleared_and_a_living_ones_is_not(tmp_path: Path) -> None:
    left = tmp_path / "worker-dead"
    left.mkdir()
    (left / "clip").write_bytes(b"people")
    with scratch(tmp_path) as first:
        (first / "clip").write_bytes(b"x")
        with scratch(tmp_path) as second:
            assert second != first
            assert (first / "clip").exists()
        assert not left.exists()
    assert not list(tmp_path.glob("worker-*"))
