"""What is measured of jobs, read from the database: workers are processes of their own."""

from collections.abc import Iterator
from datetime import timedelta

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from api.database import Database, now
from api.jobs.models import Job, JobState
from api.jobs.watch import workers_alive

_RECENTLY = timedelta(minutes=15)


class JobMetrics(Collector):
    """Shows how much work waits, for how long, how long it takes, and who does it."""

    def __init__(self, registry: CollectorRegistry, database: Database) -> None:
        self._database = database
        registry.register(self)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Ask no database while registering."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the present numbers; none while the database does not answer."""
        jobs = GaugeMetricFamily("xunjian_jobs", "Open jobs", labels=["kind", "state"])
        oldest = GaugeMetricFamily(
            "xunjian_job_oldest_age_seconds",
            "Age of the oldest open job that is due",
            labels=["kind"],
        )
        ended = GaugeMetricFamily(
            "xunjian_jobs_ended_recently",
            "Jobs that ended within 15 minutes",
            labels=["kind", "state"],
        )
        took = GaugeMetricFamily(
            "xunjian_job_duration_recent_seconds",
            "Mean duration of the jobs that were done within 15 minutes",
            labels=["kind"],
        )
        alive = GaugeMetricFamily("xunjian_workers", "Workers that live")
        try:
            self._read(jobs, oldest, ended, took, alive)
        except SQLAlchemyError:
            return
        yield from (jobs, oldest, ended, took, alive)

    def _read(
        self,
        jobs: GaugeMetricFamily,
        oldest: GaugeMetricFamily,
        ended: GaugeMetricFamily,
        took: GaugeMetricFamily,
        alive: GaugeMetricFamily,
    ) -> None:
        at = now()
        with self._database.read() as session:
            for kind, state, count, first in session.execute(
                select(Job.kind, Job.state, func.count(), func.min(Job.not_before))
                .where(Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
                .group_by(Job.kind, Job.state)
            ):
                jobs.add_metric([kind, state.value], count)
                if state is JobState.QUEUED:
                    oldest.add_metric([kind], max(0.0, (at - first).total_seconds()))
            durations: dict[tuple[str, JobState], list[float]] = {}
            for kind, state, started_at, finished_at in session.execute(
                select(Job.kind, Job.state, Job.started_at, Job.finished_at).where(
                    Job.finished_at > at - _RECENTLY
                )
            ):
                if started_at is not None and finished_at is not None:
                    took_s = (finished_at - started_at).total_seconds()
                    durations.setdefault((kind, state), []).append(took_s)
            for (kind, state), seconds in durations.items():
                ended.add_metric([kind, state.value], len(seconds))
                if state is JobState.DONE:
                    took.add_metric([kind], sum(seconds) / len(seconds))
            alive.add_metric([], workers_alive(session))
