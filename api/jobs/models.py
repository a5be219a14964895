"""Jobs: long work that no request waits for; and the processes that do it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now

_OPEN = text("state IN ('queued', 'running')")


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """Work on one subject, written in the transaction that made it necessary.

    A worker leases it (`leased_by`, `lease_until`) and carries the `fence` it got; a worker whose
    lease was taken over has an old fence and can write nothing. `attempts` counts leases that
    ended in a death or an error. `again_at` is when to work on the subject once more, asked for
    while the job was running.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index(
            "uq_jobs_open",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(None, "state", "not_before"),
        Index(None, "subject_id"),
        Index(None, "finished_at"),
    )

    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    not_before: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    again_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem: Mapped[str | None] = mapped_column(Text)


class Worker(Base):
    """A process that works on jobs; it says every few seconds that it lives."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)  # host:pid
    started_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
