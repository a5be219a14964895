"""The queue of jobs: made with the change that makes them necessary, leased by workers.

Leases and fences as in `api.dispatch.outbox` (docs/decisions/0005): a lease is a row lock that
outlives its process, and only who holds the present fence can write what came of the job.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database import now
from api.jobs.models import Job, JobState

MOST_ATTEMPTS = 3
_OPEN = (JobState.QUEUED, JobState.RUNNING)
_WAITS_S = (10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one worker to do one job.

    Attributes:
        job_id: which job.
        kind: what is to be done.
        subject_id: to what.
        fence: what must still stand on the job when its outcome is written.
        attempts: how often it was leased, this time included.
    """

    job_id: str
    kind: str
    subject_id: str
    fence: int
    attempts: int


def enqueue(
    session: Session, *, kind: str, subject_id: str, not_before: datetime | None = None
) -> Job:
    """Have a subject worked on, once the open transaction commits.

    A subject has one open job of a kind at most, and the earliest wish counts. A job that is
    running may have read what just changed or not: it is followed by another.

    Args:
        session: the open transaction.
        kind: what is to be done.
        subject_id: id of what it is done to.
        not_before: when it may begin; by default now.

    Returns:
        The open job.
    """
    at = not_before or now()
    job = _open_job(session, kind, subject_id)
    if job is None:
        job = Job(kind=kind, subject_id=subject_id, not_before=at)
        try:
            with session.begin_nested():
                session.add(job)
        except IntegrityError:  # another process was faster
            job = _open_job(session, kind, subject_id)
            if job is None:
                raise
        else:
            return job
    if job.state is JobState.QUEUED:
        job.not_before = min(job.not_before, at)
    else:
        job.again_at = min(job.again_at or at, at)
    return job


def _open_job(session: Session, kind: str, subject_id: str) -> Job | None:
    return session.scalars(
        select(Job)
        .where(Job.kind == kind, Job.subject_id == subject_id, Job.state.in_(_OPEN))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def anything_due(session: Session, *, kinds: Collection[str], at: datetime) -> bool:
    """Say whether `lease` would find something; takes no lock."""
    return session.scalar(select(select(Job.id).where(*_due(kinds, at)).exists())) or False


def lease(
    session: Session, *, worker: str, kinds: Collection[str], lease_for: timedelta, at: datetime
) -> Lease | None:
    """Take the job that has waited longest.

    Args:
        session: a write transaction; the lease holds once it commits.
        worker: who takes it.
        kinds: what the worker can do.
        lease_for: how long nobody else may, unless it is renewed.
        at: the present time.

    Returns:
        The lease, or None when nothing is due. A job may have been leased more than
        `MOST_ATTEMPTS` times, by workers that died: it is to be given up.
    """
    job = session.scalars(
        select(Job)
        .where(*_due(kinds, at))
        .order_by(Job.not_before, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if job is None:
        return None
    job.state = JobState.RUNNING
    job.leased_by = worker
    job.lease_until = at + lease_for
    job.fence += 1
    job.attempts += 1
    job.started_at = at
    session.flush()
    return Lease(job.id, job.kind, job.subject_id, job.fence, job.attempts)


def renew(session: Session, lease: Lease, *, until: datetime) -> bool:
    """Keep a job for longer; return False when another worker has taken it over."""
    renewed = session.scalars(
        update(Job)
        .where(Job.id == lease.job_id, Job.fence == lease.fence, Job.state == JobState.RUNNING)
        .values(lease_until=until)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return renewed.one_or_none() is not None


def held(session: Session, lease: Lease) -> Job | None:
    """Return the leased job, locked, or None when another worker has taken it over."""
    job = session.get_one(Job, lease.job_id, with_for_update=True, populate_existing=True)
    return job if job.fence == lease.fence and job.state is JobState.RUNNING else None


def finish(session: Session, job: Job, *, problem: str | None = None) -> None:
    """End a held job, done or, with a problem, failed for good."""
    job.state = JobState.DONE if problem is None else JobState.FAILED
    job.problem = problem
    job.finished_at = now()
    job.leased_by = job.lease_until = None
    again_at, job.again_at = job.again_at, None
    session.flush()
    if again_at is not None:
        enqueue(session, kind=job.kind, subject_id=job.subject_id, not_before=again_at)


def give_back(job: Job, *, problem: str | None, after_s: float = 0.0) -> None:
    """Let a held job wait again.

    Args:
        job: the job, held.
        problem: why; what was not its own fault (a stop, a store that is down) has none and is
            not counted as an attempt.
        after_s: how long it waits at least.
    """
    if problem is None:
        job.attempts -= 1
    job.state = JobState.QUEUED
    job.problem = problem
    job.leased_by = job.lease_until = None
    job.not_before = now() + timedelta(seconds=after_s)


def wait_s(attempts: int) -> float:
    """Return how many seconds a job waits after an attempt that failed."""
    return _WAITS_S[min(attempts, len(_WAITS_S)) - 1]


def release_of(session: Session, worker: str) -> int:
    """End the leases of a worker that is known to be dead; return how many there were."""
    released = session.scalars(
        update(Job)
        .where(Job.leased_by == worker, Job.state == JobState.RUNNING)
        .values(lease_until=now())
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return len(released.all())


def _due(kinds: Collection[str], at: datetime) -> list[ColumnElement[bool]]:
    return [
        Job.kind.in_(kinds),
        or_(
            and_(Job.state == JobState.QUEUED, Job.not_before <= at),
            and_(Job.state == JobState.RUNNING, Job.lease_until <= at),
        ),
    ]
