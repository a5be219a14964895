"""Which department receives a finding, how long it has, and what the city's table calls it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.deadlines.terms import Term
from api.dispatch.models import Destination
from api.findings.models import Finding


@dataclass(frozen=True, slots=True)
class Route:
    """Where a finding goes.

    Attributes:
        destination: the department, enabled.
        term: how long it has; None: no deadline.
        code: the class code of the table in force, 11 digits in the layout of GB/T 30428.2 (6 of
            the administrative division, 2 of the major class, 3 of the minor class); None without
            one.
        grid: the code of the smallest area that holds the place, None where none does.
        table_id: the version of the routing table that said so, None without one.
        needs_review: whether no policy stands in for a person.
    """

    destination: Destination
    term: Term | None = None
    code: str | None = None
    grid: str | None = None
    table_id: str | None = None
    needs_review: bool = False


def route_for(session: Session, finding: Finding, *, at: datetime) -> Route | None:
    """Return where a finding goes, or None where no enabled destination receives it.

    It goes to the destination that the finding names, or else to the oldest that receives its
    class.

    Args:
        session: the open transaction.
        finding: which.
        at: the moment that counts.
    """
    destination = _by_class(session, finding)
    return Route(destination) if destination else None


def _by_class(session: Session, finding: Finding) -> Destination | None:
    if finding.destination_id is not None:
        named = session.get_one(Destination, finding.destination_id)
        return named if named.disabled_at is None else None
    enabled = (
        select(Destination)
        .where(Destination.disabled_at.is_(None))
        .order_by(Destination.created_at, Destination.id)
    )
    classes = (row for row in session.scalars(enabled) if finding.class_name in row.classes)
    return next(classes, None)
