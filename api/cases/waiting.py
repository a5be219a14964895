"""Cases that wait for a department, sent when something has changed for them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.routing import route_of
from api.cases.service import locked, send_if_received
from api.cases.states import CaseState
from api.dispatch.models import Destination

_UNSENT = (CaseState.OPENED, CaseState.REOPENED)


def send_to(session: Session, destination: Destination) -> None:
    """Send a destination that was made, changed or enabled what waits for it.

    Also what could not be delivered to it before.
    """
    _send(session, (*_UNSENT, CaseState.UNDELIVERABLE), destination)


def send_by_table(session: Session) -> None:
    """Send what a routing table that was loaded has a department for.

    Also what was sent back, and what could not be delivered to another department.
    """
    _send(session, (*_UNSENT, CaseState.RETURNED, CaseState.UNDELIVERABLE), None)


def _send(session: Session, states: tuple[CaseState, ...], only: Destination | None) -> None:
    waiting = session.scalars(select(Case.id).where(Case.state.in_(states)).order_by(Case.id)).all()
    for case_id in waiting:
        case = locked(session, case_id)
        if case.state not in states:
            continue
        route = route_of(session, case, standing=case.state, by_person=False)
        if route is None or (only is not None and route.destination.id != only.id):
            continue
        if (
            only is not None
            or case.state != CaseState.UNDELIVERABLE
            or (route.destination.id != case.destination_id)
        ):
            send_if_received(session, case)
