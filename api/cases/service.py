"""What happens to cases. `change` is the only function that moves one.

Every change writes the timeline, the audit record and, where the department must be told, the
outgoing message, in the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cases.models import Case, CaseEntry
from api.cases.numbers import next_number
from api.cases.routing import describe, route_of
from api.cases.states import CASE_MACHINE, OPEN_STATES, CaseEvent, CaseState
from api.database import now
from api.deadlines import service as deadlines
from api.dispatch import outbox
from api.dispatch.connectors import carried
from api.dispatch.models import Destination, MessageType
from api.dispatch.payload import facts
from api.dispatch.routing import place
from api.errors import Conflict, NotFound
from api.findings.models import Finding
from api.findings.states import FINDING_MACHINE, FindingEvent
from api.verification import service as verification

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says has happened to a case.

    Attributes:
        event: what happened.
        source: who says so: `user:ID`, `destination:ID` or `system`.
        comment: what they add.
        occurred_at: when it happened; the present time when None.
        message_id: the sender's own id of the report: it counts once.
        body: the report as it came.
        destination_id: with `send` only: to which department, where a person has chosen it.
    """

    event: CaseEvent
    source: str
    comment: str | None = None
    occurred_at: datetime | None = None
    message_id: str | None = None
    body: dict[str, Any] | None = None
    destination_id: str | None = None


def open_case(
    session: Session, *, finding: Finding, opened_by: str, held_until: datetime | None = None
) -> Case:
    """Make a confirmed finding a case, and send it where a department receives its class.

    Without such a department the case stays `opened` until there is one.

    Args:
        session: the open transaction; the caller holds the finding.
        finding: confirmed by a review or by a written policy.
        opened_by: `user:ID` or `policy:ID`.
        held_until: nothing is sent before.

    Raises:
        Conflict: the finding is not confirmed, or has an open case.
    """
    before = finding.state
    finding.state = FINDING_MACHINE.next_state(before, FindingEvent.OPEN_CASE)
    case = Case(
        number=next_number(session),
        finding_id=finding.id,
        open_finding_id=finding.id,
        state=CaseState.OPENED,
        opened_by=opened_by,
        held_until=held_until,
    )
    session.add(case)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("The finding has an open case already.", code="case-already-open") from None
    session.add(
        CaseEntry(
            case_id=case.id,
            event="open",
            to_state=case.state,
            applied=True,
            source=opened_by,
            occurred_at=case.created_at,
        )
    )
    audit.record(
        session,
        actor=opened_by,
        action=f"finding.{FindingEvent.OPEN_CASE}",
        object_type="finding",
        object_id=finding.id,
        before={"state": before},
        after={"state": finding.state},
    )
    audit.record(
        session,
        actor=opened_by,
        action="case.open",
        object_type="case",
        object_id=case.id,
        after={"number": case.number, "finding_id": finding.id, "state": case.state},
    )
    describe(session, case, place(session, finding, at=now()))
    send_if_received(session, case)
    return case


def locked(session: Session, case_id: str) -> Case:
    """Return a case that nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none with this id.
    """
    case = session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound("There is no case with this id.", code="case-not-found")
    return case


def change(session: Session, *, case: Case, report: Report) -> None:
    """Move a case, and do what follows from it.

    A claim of being done is verified at once; a repair that failed goes back to the department at
    once.

    Args:
        session: the open transaction.
        case: the case, locked.
        report: what happened.

    Raises:
        Conflict: the event is not allowed in the case's state, or nobody receives the class.
    """
    before = case.state
    case.state = CASE_MACHINE.next_state(before, report.event)
    if case.state not in OPEN_STATES:
        case.open_finding_id = None
    _enter(session, case, report, before, applied=True)
    audit.record(
        session,
        actor=report.source,
        action=f"case.{report.event}",
        object_type="case",
        object_id=case.id,
        before={"state": before},
        after={"state": case.state}
        | ({"destination_id": report.destination_id} if report.destination_id else {}),
        reason=report.comment,
    )
    verification.follow(session, case=case, before=before, event=report.event, source=report.source)
    deadlines.follow(session, case=case, event=report.event, at=now())
    if report.event == CaseEvent.SEND:
        _send(session, case, before, report)
    elif report.event == CaseEvent.CLAIM_DONE:
        change(session, case=case, report=Report(CaseEvent.VERIFY, SYSTEM))
    elif report.event in (CaseEvent.FAIL, CaseEvent.RETURN):
        send_if_received(session, case)
    elif report.event == CaseEvent.CANCEL:
        _take_back(session, case, before)


def take(session: Session, *, case: Case, report: Report) -> bool:
    """Store a report always, and move the case where that is forward; return whether it moved."""
    if (case.state, report.event) in CASE_MACHINE.table:
        change(session, case=case, report=report)
        return True
    store(session, case=case, report=report)
    return False


def store(session: Session, *, case: Case, report: Report) -> None:
    """Store a report that moves nothing."""
    _enter(session, case, report, case.state, applied=False)


def send_if_received(session: Session, case: Case) -> bool:
    """Send a case that waits for a department, if one receives it; return whether."""
    if route_of(session, case, standing=case.state, by_person=False) is None:
        return False
    change(session, case=case, report=Report(CaseEvent.SEND, SYSTEM))
    return True


def last_at(session: Session, case: Case, event: CaseEvent) -> datetime | None:
    """Return when something that moved a case happened last, None if it never did."""
    return session.scalar(
        select(func.max(CaseEntry.occurred_at)).where(
            CaseEntry.case_id == case.id, CaseEntry.event == event, CaseEntry.applied
        )
    )


def manual_events(state: CaseState) -> list[CaseEvent]:
    """Return the events that a person may enter in a state.

    Whether something was delivered is the sender's to say, except where it could not know.
    """
    senders = {CaseEvent.UNDELIVERABLE}
    if state != CaseState.UNDELIVERABLE:
        senders.add(CaseEvent.DELIVERED)
    return [event for event in CASE_MACHINE.events(state) if event not in senders]


def enter(session: Session, *, case: Case, report: Report, external_id: str | None = None) -> None:
    """Enter by hand what happened to a case.

    Args:
        session: the open transaction.
        case: the case, locked.
        report: what happened, by whose word.
        external_id: the department's own number, with `delivered` only.

    Raises:
        Conflict: a person may not enter this event in the case's state.
    """
    allowed = manual_events(case.state)
    if report.event not in allowed:
        raise Conflict(
            f"A case that is {case.state} cannot be changed by {report.event}; possible now: "
            f"{', '.join(allowed) or 'nothing'}.",
            code="transition-not-allowed",
        )
    if report.event == CaseEvent.DELIVERED:
        message = outbox.round_message(session, case.id)
        if message is not None:
            outbox.arrived(message)
            message.external_id = case.external_id = external_id
    change(session, case=case, report=report)


def _send(session: Session, case: Case, before: CaseState, report: Report) -> None:
    """Queue the message that gives the case to its department."""
    finding = session.get_one(Finding, case.finding_id)
    route = route_of(
        session,
        case,
        standing=before,
        by_person=report.source != SYSTEM,
        to=report.destination_id,
    )
    if route is None:
        raise Conflict(
            f"No enabled destination receives the class {finding.class_name!r}; choose one, or an "
            "administrator must add one, enable it or change the routing table.",
            code="no-destination",
        )
    describe(session, case, route)
    destination = route.destination
    payload = facts(session, case=case, finding=finding)
    payload["deadline"] = {"term": str(route.term)} if route.term else None
    last = outbox.round_message(session, case.id)
    again = before == CaseState.REOPENED or (
        before == CaseState.UNDELIVERABLE
        and last is not None
        and last.event_type == MessageType.REOPENED
    )
    deadlines.plan(
        session,
        case=case,
        destination=destination,
        term=route.term,
        table_id=route.table_id,
        rework=again,
    )
    if before == CaseState.UNDELIVERABLE and last:
        if last.destination_id == destination.id:
            outbox.requeue(last, payload=payload, approved=report.source != SYSTEM)
            return
        outbox.withdraw(last)
    case.destination_id, case.external_id = destination.id, None
    outbox.queue(
        session,
        case=case,
        destination=destination,
        event_type=MessageType.REOPENED if again else MessageType.OPENED,
        payload=payload,
    )


def _take_back(session: Session, case: Case, before: CaseState) -> None:
    """Withdraw what waits to be sent, and tell a department that may know of the case."""
    message = outbox.round_message(session, case.id)
    if message is None or not outbox.withdraw(message) or before == CaseState.RETURNED:
        return
    destination = session.get_one(Destination, message.destination_id)
    if MessageType.CANCELLED in carried(destination):
        outbox.queue(
            session,
            case=case,
            destination=destination,
            event_type=MessageType.CANCELLED,
            payload=message.payload,
        )
        return
    note = (
        f"{destination.name} cannot be told by {destination.kind} that the case is cancelled: "
        "tell it by other means."
    )
    store(session, case=case, report=Report(CaseEvent.CANCEL, SYSTEM, comment=note))


def _enter(
    session: Session, case: Case, report: Report, before: CaseState, *, applied: bool
) -> None:
    at = now()
    session.add(
        CaseEntry(
            case_id=case.id,
            event=report.event,
            from_state=before,
            to_state=case.state,
            applied=applied,
            source=report.source,
            message_id=report.message_id,
            destination_id=case.destination_id,
            comment=report.comment,
            body=report.body,
            occurred_at=report.occurred_at or at,
            received_at=at,
        )
    )
    session.flush()
