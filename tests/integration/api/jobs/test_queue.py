"""The queue of jobs, on both databases."""

from datetime import timedelta

from sqlalchemy import select

from api.database import Database, now
from api.jobs import queue
from api.jobs.models import Job, JobState
from api.jobs.queue import Lease

KINDS = ("clip",)
HALF_A_MINUTE = timedelta(seconds=30)


def enqueue(database: Database, subject: str = "a", wait: timedelta | None = None) -> str:
    with database.write() as session:
        at = None if wait is None else now() + wait
        return queue.enqueue(session, kind="clip", subject_id=subject, not_before=at).id


def lease(database: Database, worker: str = "one", later: timedelta = timedelta()) -> Lease | None:
    with database.write() as session:
        return queue.lease(
            session, worker=worker, kinds=KINDS, lease_for=HALF_A_MINUTE, at=now() + later
        )


def finish(database: Database, held: Lease) -> bool:
    with database.write() as session:
        job = queue.held(session, held)
        if job is not None:
            queue.finish(session, job)
        return job is not None


def states(database: Database) -> list[JobState]:
    with database.read() as session:
        return list(session.scalars(select(Job.state).order_by(Job.id)))


def test_a_subject_has_one_open_job_and_the_earliest_wish_counts(database: Database) -> None:
    first = enqueue(database, wait=timedelta(hours=1))
    assert lease(database) is None
    assert enqueue(database, wait=timedelta(hours=2)) == first
    assert lease(database, later=timedelta(minutes=90)) is not None
    assert states(database) == [JobState.RUNNING]


def test_what_is_wished_while_a_job_runs_is_done_after_it(database: Database) -> None:
    first = enqueue(database)
    held = lease(database)
    assert held is not None
    assert enqueue(database) == first
    assert lease(database) is None, "two workers on one subject"
    assert finish(database, held)
    assert states(database) == [JobState.DONE, JobState.QUEUED]
    again = lease(database)
    assert again is not None
    assert again.job_id != first
    assert finish(database, again)
    assert states(database) == [JobState.DONE, JobState.DONE]


def test_a_worker_that_lost_its_lease_writes_nothing(database: Database) -> None:
    enqueue(database)
    late = lease(database)
    assert late is not None
    heir = lease(database, "two", later=HALF_A_MINUTE + timedelta(seconds=1))
    assert heir is not None
    assert heir.attempts == 2
    with database.write() as session:
        assert not queue.renew(session, late, until=now())
    assert not finish(database, late)
    assert finish(database, heir)
    assert not finish(database, heir)


def test_a_renewed_lease_keeps_others_away(database: Database) -> None:
    enqueue(database)
    held = lease(database)
    assert held is not None
    with database.write() as session:
        assert queue.renew(session, held, until=now() + timedelta(hours=1))
    assert lease(database, "two", later=timedelta(minutes=50)) is None


def test_the_jobs_of_a_dead_worker_are_free_at_once(database: Database) -> None:
    enqueue(database, "a")
    enqueue(database, "b")
    assert lease(database, "dead") is not None
    assert lease(database, "alive") is not None
    with database.write() as session:
        assert queue.release_of(session, "dead") == 1
    freed = lease(database, "alive")
    assert freed is not None
    assert lease(database, "alive") is None


def test_what_is_nobodys_fault_is_no_attempt(database: Database) -> None:
    enqueue(database)
    for _ in range(5):
        held = lease(database, later=timedelta(hours=1))
        assert held is not None
        assert held.attempts == 1
        with database.write() as session:
            job = queue.held(session, held)
            assert job is not None
            queue.give_back(job, problem=None)


def test_a_job_that_is_rolled_back_was_never_there(database: Database) -> None:
    try:
        with database.write() as session:
            queue.enqueue(session, kind="clip", subject_id="a")
            raise RuntimeError
    except RuntimeError:
        pass
    assert states(database) == []
