"""Cases that wait for a department, sent when something has changed for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.routing import route_of
from api.cases.service import locked, send_if_received
from api.cases.states import CaseState
from api.database import Database
from api.dispatch.models import Destination
from api.periodic import every
from api.routing.in_force import in_force

_EVERY_S = 300.0
_UNSENT = (CaseState.OPENED, CaseState.REOPENED)


def send_to(session: Session, destination: Destination) -> None:
    """Send a destination that was made, changed or enabled what waits for it.

    Also what could not be delivered to it before.
    """
    for case in _held(session, (*_UNSENT, CaseState.UNDELIVERABLE)):
        if _next(session, case) == destination.id:
            send_if_received(session, case)


def send_by_table(session: Session) -> None:
    """Send what a routing table that was loaded has a department for.

    Also what was sent back, and what could not be delivered to another department.
    """
    for case in _held(session, (*_UNSENT, CaseState.RETURNED, CaseState.UNDELIVERABLE)):
        if case.state != CaseState.UNDELIVERABLE or _next(session, case) != case.destination_id:
            send_if_received(session, case)


def send_now_received(database: Database) -> int:
    """Send what the routing table has a department for at this time of day; return how many."""
    with database.read() as session:
        if in_force(session) is None:
            return 0
        ready = [
            case_id
            for case_id in _waiting(session, _UNSENT)
            if _next(session, session.get_one(Case, case_id))
        ]
    sent = 0
    for case_id in ready:
        with database.write() as session:
            case = locked(session, case_id)
            sent += case.state in _UNSENT and send_if_received(session, case)
    return sent


@contextmanager
def sending_by_time(database: Database) -> Iterator[None]:
    """Send beside the service what waits for its time, until the block ends."""
    with every(_EVERY_S, partial(send_now_received, database), name="router"):
        yield


def _waiting(session: Session, states: tuple[CaseState, ...]) -> list[str]:
    query = select(Case.id).where(Case.state.in_(states)).order_by(Case.id)
    return list(session.scalars(query))


def _held(session: Session, states: tuple[CaseState, ...]) -> Iterator[Case]:
    """Lock case by case what waits; one that somebody has moved meanwhile is left out."""
    for case_id in _waiting(session, states):
        case = locked(session, case_id)
        if case.state in states:
            yield case


def _next(session: Session, case: Case) -> str | None:
    """Return the destination that a case would go to now."""
    route = route_of(session, case, standing=case.state, by_person=False)
    return route.destination.id if route else None
