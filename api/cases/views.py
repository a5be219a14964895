"""Cases put together for those who look at them."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.models import Case, CaseEntry
from api.cases.prescriptions import prescriptions
from api.cases.schemas import (
    CaseDetail,
    CaseSummary,
    DeliveryView,
    DestinationName,
    EntryView,
    MessageView,
    PrescriptionView,
    StepView,
)
from api.cases.service import manual_events
from api.cases.states import CaseEvent, CaseState
from api.cases.steps import step_of
from api.database import now
from api.deadlines.lights import Light
from api.deadlines.views import clocks, narrow, standings
from api.dispatch.models import Delivery, Destination, OutboxMessage, OutboxState
from api.errors import NotFound
from api.findings.models import Finding
from api.findings.summaries import summarise
from api.principal import Principal
from api.routing.labels import routed


def cases(
    session: Session,
    *,
    limit: int,
    before_id: str | None = None,
    states: Collection[CaseState] | None = None,
    destination_id: str | None = None,
    lights: Collection[Light] | None = None,
    escalated: bool | None = None,
    visible: Collection[str] | None = None,
) -> Sequence[Case]:
    """Return cases, newest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        before_id: the id that the page begins after.
        states: only cases that stand in one of these; None means any.
        destination_id: only this department's.
        lights: only cases with one of these; None means any.
        escalated: only late cases that the people here must look at, or only others.
        visible: the ids of the cameras that may be seen; None means every camera.
    """
    query = select(Case).order_by(Case.id.desc()).limit(limit + 1)
    if before_id:
        query = query.where(Case.id < before_id)
    if states:
        query = query.where(Case.state.in_(states))
    if destination_id:
        query = query.where(Case.destination_id == destination_id)
    if visible is not None:
        query = query.join(Finding, Finding.id == Case.finding_id).where(
            Finding.camera_id.in_(visible)
        )
    return session.scalars(narrow(query, lights=lights, late=escalated, at=now())).all()


def visible_case(session: Session, case_id: str, principal: Principal) -> Case:
    """Return a case that the principal may see.

    Raises:
        NotFound: there is none, or its finding is of a camera that may not be seen.
    """
    case = session.get(Case, case_id)
    if case is not None:
        finding = session.get_one(Finding, case.finding_id)
        if principal.may_see(finding.camera_id):
            return case
    raise NotFound("There is no case with this id.", code="case-not-found")


def summaries(
    session: Session, rows: Sequence[Case], *, visible: Collection[str] | None
) -> list[CaseSummary]:
    """Return cases as a list shows them.

    Args:
        session: the open transaction.
        rows: which.
        visible: the ids of the cameras whose pictures may be shown; None means every camera.
    """
    found = session.scalars(
        select(Finding).where(Finding.id.in_([case.finding_id for case in rows]))
    ).all()
    findings = {summary.id: summary for summary in summarise(session, found, visible=visible)}
    destinations = {
        row.id: row
        for row in session.scalars(
            select(Destination).where(Destination.id.in_([case.destination_id for case in rows]))
        )
    }
    ids = [case.id for case in rows]
    named = routed(session, rows)
    last = _last_deliveries(session, ids)
    standing = standings(session, ids, at=now())
    return [
        CaseSummary(
            id=case.id,
            number=case.number,
            state=case.state,
            step=StepView.model_validate(step) if (step := step_of(case.state)) else None,
            finding=findings[case.finding_id],
            class_code=named[case.id].class_code,
            grid=named[case.id].grid,
            destination=DestinationName.model_validate(destinations[case.destination_id])
            if case.destination_id
            else None,
            external_id=case.external_id,
            opened_by=case.opened_by,
            created_at=case.created_at,
            updated_at=case.updated_at,
            events=manual_events(case.state),
            last_delivery=last.get(case.id),
            **dict(standing[case.id]),
        )
        for case in rows
    ]


def detail(session: Session, case: Case, *, visible: Collection[str] | None) -> CaseDetail:
    """Return a case with its timeline and its messages; `visible` as in `summaries`."""
    (summary,) = summaries(session, [case], visible=visible)
    entries = session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case.id).order_by(CaseEntry.id)
    )
    return CaseDetail(
        **dict(summary),
        departments=_departments(session) if CaseEvent.SEND in summary.events else [],
        timeline=[EntryView.model_validate(entry) for entry in entries],
        prescriptions=[
            PrescriptionView.model_validate(row) for row in prescriptions(session, case.id)
        ],
        messages=_messages(session, case.id),
        clocks=clocks(session, case.id),
    )


def _departments(session: Session) -> list[DestinationName]:
    enabled = select(Destination).where(Destination.disabled_at.is_(None))
    return [
        DestinationName.model_validate(row)
        for row in session.scalars(enabled.order_by(Destination.name))
    ]


def _messages(session: Session, case_id: str) -> list[MessageView]:
    rows = session.execute(
        select(OutboxMessage, Destination.name)
        .join(Destination, Destination.id == OutboxMessage.destination_id)
        .where(OutboxMessage.case_id == case_id)
        .order_by(OutboxMessage.sequence)
    ).all()
    deliveries: defaultdict[str, list[DeliveryView]] = defaultdict(list)
    for row in session.scalars(
        select(Delivery)
        .where(Delivery.message_id.in_([message.id for message, _ in rows]))
        .order_by(Delivery.id)
    ):
        deliveries[row.message_id].append(DeliveryView.model_validate(row))
    return [
        MessageView(
            id=message.id,
            sequence=message.sequence,
            destination=destination,
            event_type=message.event_type,
            state=message.state,
            attempts=message.attempts,
            next_attempt_at=message.next_attempt_at
            if message.state == OutboxState.PENDING
            else None,
            delivered_at=message.delivered_at,
            deliveries=deliveries[message.id],
        )
        for message, destination in rows
    ]


def _last_deliveries(session: Session, case_ids: Collection[str]) -> dict[str, DeliveryView]:
    """Return the last attempt of each case; ids sort by time, so the last of each stays."""
    rows = session.execute(
        select(OutboxMessage.case_id, Delivery)
        .join(Delivery, Delivery.message_id == OutboxMessage.id)
        .where(OutboxMessage.case_id.in_(case_ids))
        .order_by(Delivery.id)
    )
    return {case_id: DeliveryView.model_validate(delivery) for case_id, delivery in rows}
