"""What a version of the routing table says of deadlines: its calendar and its escalation."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.deadlines.calendar import Calendar
from api.deadlines.escalation import Step
from api.routing.document import read_table
from api.routing.models import RoutingTable


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules by which the clocks of a version run.

    Attributes:
        calendar: when is work.
        steps: what is done while a term runs out, in order.
        departments: ids of destinations by the names that the version uses.
    """

    calendar: Calendar
    steps: tuple[Step, ...]
    departments: Mapping[str, str]


def rules_of(session: Session, table_id: str) -> Rules:
    """Return the rules of a version; they never change."""
    table = session.get_one(RoutingTable, table_id)
    document = read_table(table.text)
    return Rules(Calendar(document.calendar), document.escalation, table.departments)
