"""Makes the report of every day that is over, beside the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import structlog

from api.database import now
from api.periodic import every
from api.reports.document import Report
from api.reports.models import DailyReport
from api.reports.service import Reporter

# What was done before midnight on another server is committed by then.
_AFTER_MIDNIGHT = timedelta(minutes=10)
_EVERY_S = 60.0
_log = structlog.get_logger()


@contextmanager
def reporting(reporter: Reporter) -> Iterator[None]:
    """Make yesterday's report when it is time, until the block ends; several servers may."""
    made: date | None = None

    def report() -> None:
        nonlocal made
        day = reporter.last_day(now() - _AFTER_MIDNIGHT)
        if day != made:
            stored = reporter.report(day, at=now())
            _log.info("daily report", day=str(day), made_at=stored.made_at.isoformat())
            _tell_faults(stored)
            made = day

    with every(_EVERY_S, report, name="reporter"):
        yield


def _tell_faults(stored: DailyReport) -> None:
    faults = Report.model_validate_json(stored.content).discrepancies
    if faults:
        counts = {each.fault: each.count for each in faults}
        _log.error("messages do not agree", day=str(stored.day), **counts)
