from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from api.cases import service as cases
from api.cases.service import Report
from api.cases.states import CaseEvent
from api.database import Database, now
from api.dispatch.models import Destination
from api.routing.document import read_table
from api.routing.models import RoutingTable
from api.settings import Settings
from tests.integration.api.dispatch.conftest import department, make_department
from tests.integration.api.dispatch.town import Town

__all__ = ["department", "make_department"]

NOWHERE = "http://127.0.0.1:9"
TABLE = """
name: test
admin: "330106"
classes:
  - {{inspection: road_damage, class: pothole, code: 02-080, label: {{zh: 坑槽, en: Pothole}}}}
routes:
  - {{name: road, codes: ["02"], department: {department}, term: {term}}}
escalation: {escalation}
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Send nothing in the service itself: the tests send, step by step."""
    return settings.model_copy(update={"delivery_threads": 0})


@pytest.fixture
def town(database: Database, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Give a town whose clock is also that of cases and of those who look at them."""
    town = Town(database)
    for module in (
        "api.cases.service",
        "api.cases.routes",
        "api.cases.views",
        "api.deadlines.routes",
    ):
        monkeypatch.setattr(f"{module}.now", town.clock)
    return town


Load = Callable[..., str]


@pytest.fixture
def load(town: Town) -> Load:
    """Return what puts a routing table in force: one department has so long for potholes."""

    def load(term: str = "10h", *, escalation: str = "[]", department: str = "roads") -> str:
        text = TABLE.format(term=term, escalation=escalation, department=department)
        names = read_table(text).departments
        with town.database.write() as session:
            session.execute(update(RoutingTable).values(ended_at=now()))
            number = len(session.scalars(select(RoutingTable.id)).all()) + 1
            rows = session.execute(
                select(Destination.name, Destination.id).where(Destination.name.in_(names))
            )
            table = RoutingTable(
                number=number,
                name="test",
                text=text,
                departments=dict(rows.tuples().all()),
                loaded_by="user:tester",
            )
            session.add(table)
            session.flush()
            return table.id

    return load


def move(town: Town, case_id: str, event: CaseEvent) -> None:
    """Let the sender say what became of a case's message."""
    with town.database.write() as session:
        cases.change(session, case=cases.locked(session, case_id), report=Report(event, "system"))


def deliver(town: Town, case_id: str) -> None:
    """Let the department have a case."""
    move(town, case_id, CaseEvent.DELIVERED)
