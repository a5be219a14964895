"""Routing of cases: what a table calls them, and who receives them now.

A case is routed anew each time that it is sent. One that was sent back (退回) goes to the next
department that the table has for it, never by itself to one that sent it back before; one whose
repair had failed (返工) goes to the department that has it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.models import Case, CaseEntry
from api.cases.numbers import hold_numbers
from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.dispatch.models import Destination
from api.dispatch.routing import Placed, Route, route_for
from api.errors import Conflict, NotFound
from api.findings.models import Finding
from api.routing.codes import next_sequence


def describe(session: Session, case: Case, placed: Placed | Route) -> None:
    """Note what the routing table calls a case; a case of the same class keeps its sequence."""
    if placed.code is None:
        case.class_sequence = None
    elif placed.code != case.class_code:
        hold_numbers(session)
        case.class_sequence = next_sequence(session, placed.code)
    case.class_code = placed.code
    case.grid_code = placed.grid
    case.routing_id = placed.table_id


def route_of(
    session: Session, case: Case, *, standing: CaseState, by_person: bool, to: str | None = None
) -> Route | None:
    """Return where a case goes now, None where nobody receives it.

    Args:
        session: the open transaction.
        case: the case, locked.
        standing: the state that it is sent from.
        by_person: whether a person sends it: then also to who sent it back, if nobody else is.
        to: id of the destination that the person has chosen.

    Raises:
        NotFound: there is no destination of this id.
        Conflict: the chosen destination is disabled.
    """
    finding, at = session.get_one(Finding, case.finding_id), now()
    if to is not None:
        return route_for(session, finding, at=at, to=_chosen(session, to))
    rework = case.destination_id if standing == CaseState.REOPENED else None
    returned = _returned_by(session, case.id) - {rework}
    route = route_for(session, finding, at=at, avoid=returned, prefer=rework)
    if route is None and rework is not None:
        has_it = session.get_one(Destination, rework)
        route = route_for(session, finding, at=at, to=has_it)
    if route is None and by_person:
        route = route_for(session, finding, at=at)
    return route


def _chosen(session: Session, destination_id: str) -> Destination:
    destination = session.get(Destination, destination_id)
    if destination is None:
        raise NotFound("There is no destination with this id.", code="destination-not-found")
    if destination.disabled_at is not None:
        raise Conflict(f"{destination.name!r} is disabled.", code="destination-disabled")
    return destination


def _returned_by(session: Session, case_id: str) -> set[str]:
    """Return the destinations that sent a case back."""
    query = select(CaseEntry.destination_id).where(
        CaseEntry.case_id == case_id, CaseEntry.event == CaseEvent.RETURN, CaseEntry.applied
    )
    return {destination_id for destination_id in session.scalars(query) if destination_id}
