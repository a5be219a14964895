"""Makes the report of every day that is over, beside the service."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from api.database import now
from api.reports.service import Reporter

# What was done before midnight on another server is committed by then.
_AFTER_MIDNIGHT = timedelta(minutes=10)
_EVERY_S = 60.0
_log = structlog.get_logger()


@contextmanager
def reporting(reporter: Reporter) -> Iterator[None]:
    """Make yesterday's report when it is time, until the block ends; several servers may."""
    stop = threading.Event()

    def run() -> None:
        last = None
        while not stop.wait(_EVERY_S):
            try:
                day = reporter.last_day(now() - _AFTER_MIDNIGHT)
                if day != last:
                    made = reporter.report(day, at=now())
                    _log.info("daily report", day=str(day), made_at=made.made_at.isoformat())
                    last = day
            except Exception:
                _log.exception("the daily report cannot be made")

    thread = threading.Thread(target=run, name="reporter")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
