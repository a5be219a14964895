"""Cases put together for those who look at them."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases import comments
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
from api.cases.sources import source_names
from api.cases.states import CaseEvent
from api.cases.steps import step_of
from api.database import now
from api.deadlines.views import clocks, standings
from api.dispatch.models import Delivery, Destination, OutboxMessage, OutboxState
from api.errors import NotFound
from api.findings.models import Finding
from api.findings.summaries import summarise
from api.principal import Principal
from api.routing.labels import routed
from api.verification import service as verification
from api.verification.views import details, newest_of


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
    verified = newest_of(session, ids)
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
            verification=verified.get(case.id),
            **dict(standing[case.id]),
        )
        for case in rows
    ]


def detail(session: Session, case: Case, *, visible: Collection[str] | None) -> CaseDetail:
    """Return a case with its timeline and its messages; `visible` as in `summaries`."""
    (summary,) = summaries(session, [case], visible=visible)
    told_of = comments.told_of(session, case)
    return CaseDetail(
        **dict(summary),
        departments=_departments(session) if CaseEvent.SEND in summary.events else [],
        timeline=_timeline(session, case.id),
        comments=comments.comments(session, case.id),
        comments_to=DestinationName.model_validate(told_of) if told_of else None,
        verifications=details(session, verification.of_case(session, case.id), visible=visible),
        prescriptions=[
            PrescriptionView.model_validate(row) for row in prescriptions(session, case.id)
        ],
        messages=_messages(session, case.id),
        clocks=clocks(session, case.id),
    )


def _timeline(session: Session, case_id: str) -> list[EntryView]:
    entries = session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.id)
    ).all()
    names = source_names(session, {entry.source for entry in entries})
    return [
        EntryView.model_validate(entry).model_copy(
            update={
                "source_name": names.get(entry.source),
                "look_id": (entry.body or {}).get("look_id"),
            }
        )
        for entry in entries
    ]


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
