"""What is measured of deadlines."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from api.cases.models import Case
from api.cases.states import OPEN_STATES
from api.database import Database, now
from api.deadlines.escalation import Notice
from api.deadlines.lights import Light, escalated, light
from api.deadlines.models import CaseClock


class DeadlineMetrics(Collector):
    """Counts reminders and escalations, and shows how open cases stand to their terms."""

    def __init__(self, registry: CollectorRegistry, database: Database) -> None:
        self._database = database
        self._notices = Counter(
            "xunjian_case_notices",
            "Reminders and escalations of cases that take their time",
            ["kind"],
            registry=registry,
        )
        for notice in Notice:
            self._notices.labels(notice.value)
        registry.register(self)

    def count(self, notice: Notice) -> None:
        """Count one reminder or escalation."""
        self._notices.labels(notice.value).inc()

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Ask no database while registering."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the present numbers; none while the database does not answer."""
        lights = GaugeMetricFamily("xunjian_cases_open", "Open cases by light", labels=["light"])
        waiting = GaugeMetricFamily(
            "xunjian_cases_escalated", "Late cases that people must look at"
        )
        shown = light(now())
        counts = dict.fromkeys(map(str, Light), 0)
        try:
            with self._database.read() as session:
                for name, number in session.execute(
                    select(shown, func.count())
                    .select_from(Case)
                    .outerjoin(CaseClock, CaseClock.current_case_id == Case.id)
                    .where(Case.state.in_(OPEN_STATES))
                    .group_by(shown)
                ):
                    counts[name] = number
                late = session.scalar(select(func.count(CaseClock.id)).where(escalated()))
        except SQLAlchemyError:
            return
        for name, number in counts.items():
            lights.add_metric([name], number)
        waiting.add_metric([], late or 0)
        yield from (lights, waiting)
