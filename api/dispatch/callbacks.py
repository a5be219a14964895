"""What departments tell us: verified, stored always, applied only forward.

Sources: Standard Webhooks 1.0 (signature, timestamp tolerance of five minutes, unique id);
CloudEvents 1.0.2 (structured JSON mode).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, model_validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.prescriptions import Prescribed, prescribe
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.dispatch import outbox
from api.dispatch.models import Destination, OutboxMessage
from api.dispatch.signatures import TOLERANCE, Keys, KeysInvalid, SignatureWrong
from api.dispatch.statuses import STATUS_EVENTS, Status
from api.errors import NotFound, Unauthenticated, Unprocessable

_AWAITING_WORD = (CaseState.DISPATCHING, CaseState.UNDELIVERABLE)


_PLAIN = r"^[^\x00]*$"  # PostgreSQL stores no NUL


class StatusData(BaseModel):
    """What a department says of a case, named by our id or number, or by its own number."""

    case_id: Annotated[str | None, Field(max_length=36, pattern=_PLAIN)] = None
    case_number: Annotated[str | None, Field(max_length=30, pattern=_PLAIN)] = None
    external_id: Annotated[str | None, Field(max_length=200, pattern=_PLAIN)] = None
    status: Status
    comment: Annotated[str | None, Field(max_length=2000, pattern=_PLAIN)] = None
    occurred_at: AwareDatetime | None = None
    prescription: Prescribed | None = None

    @model_validator(mode="after")
    def _names_a_case(self) -> "StatusData":
        if not self.case_id and not self.case_number and not self.external_id:
            raise ValueError("case_id, case_number or external_id is needed")
        return self


class StatusEvent(BaseModel):
    """A CloudEvent 1.0 of type `dev.xunjian.case.status`."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    type: Literal["dev.xunjian.case.status"]
    time: AwareDatetime | None = None
    data: StatusData


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Return if a body is signed with a key of the secret, and not long ago.

    Raises:
        Unauthenticated: it is not.
    """
    try:
        Keys.read(secret).verify(headers, body, at=now())
    except (KeysInvalid, SignatureWrong):
        raise Unauthenticated(
            "The signature is not right, or its timestamp is more than five minutes from now. Sign "
            "the very bytes of the body with a key of the destination by Standard Webhooks.",
            code="signature-invalid",
        ) from None


def take_callback(
    session: Session, *, destination: Destination, message_id: str, body: bytes
) -> bool:
    """Store a verified callback and, where it moves the case forward, apply it.

    Args:
        session: the open transaction.
        destination: whose signature it bears.
        message_id: its `webhook-id`; it counts once.
        body: the CloudEvent.

    Returns:
        Whether it was new.

    Raises:
        Unprocessable: it is no status event, or tells of the future.
        NotFound: this destination was never given such a case.
    """
    try:
        event = StatusEvent.model_validate_json(body)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:3]
        )
        raise Unprocessable(f"Not a status event: {faults}.", code="callback-invalid") from None
    occurred_at = event.data.occurred_at or event.time or now()
    if occurred_at > now() + TOLERANCE:
        raise Unprocessable("occurred_at lies in the future.", code="callback-invalid")
    message = _message(session, destination, event.data)
    case = cases.locked(session, message.case_id)
    if message.external_id is None and case.destination_id == destination.id:
        message.external_id = case.external_id = event.data.external_id
    source = f"destination:{destination.id}"
    new = take_status(
        session,
        case=case,
        destination_id=destination.id,
        status=event.data.status,
        report=Report(
            STATUS_EVENTS[event.data.status],
            source,
            comment=event.data.comment,
            occurred_at=occurred_at.astimezone(UTC),
            message_id=message_id,
            body=event.model_dump(mode="json"),
        ),
        of_this_round=event.data.external_id in (None, case.external_id),
    )
    if new and event.data.prescription is not None:
        prescribe(
            session,
            case=case,
            prescribed=event.data.prescription,
            source=source,
            message_id=message_id,
        )
    return new


def take_status(
    session: Session,
    *,
    case: Case,
    destination_id: str,
    status: Status,
    report: Report,
    of_this_round: bool,
) -> bool:
    """Store a department's word once, and apply it where it moves the case forward.

    A word is late, and only stored, when the case was last given to another department, when it is
    of an earlier dispatch, or when the department has told of something later already.

    Args:
        session: the open transaction.
        case: the case, locked.
        destination_id: the department.
        status: its word.
        report: the word as an event; `message_id` and `occurred_at` are set.
        of_this_round: whether the department named the case as we gave it last.

    Returns:
        Whether it was new.
    """
    if heard(session, report):
        return False
    message = outbox.round_message(session, case.id)
    told = message is not None and message.destination_id == destination_id and message.fence > 0
    if message is None or not told or not of_this_round or _late(session, case, report):
        cases.store(session, case=case, report=report)
        return True
    if case.state in _AWAITING_WORD:
        _note_arrival(session, case, message, report, status)
    cases.take(session, case=case, report=report)
    return True


def heard(session: Session, report: Report) -> bool:
    """Say whether a department's word was stored before."""
    known = select(CaseEntry.id).where(
        CaseEntry.source == report.source, CaseEntry.message_id == report.message_id
    )
    return session.scalar(select(known.exists())) or False


def _note_arrival(
    session: Session, case: Case, message: OutboxMessage, report: Report, status: Status
) -> None:
    """Take the department's word for it that it has the case, before the sender's."""
    outbox.arrived(message)
    delivered = Report(CaseEvent.DELIVERED, report.source, comment=f"the department says {status}")
    cases.change(session, case=case, report=delivered)


def _late(session: Session, case: Case, report: Report) -> bool:
    """Say whether something later is known: of the same department, or that we sent it again."""
    occurred_at = report.occurred_at or now()
    told = _latest(
        session, case, CaseEntry.source == report.source, CaseEntry.message_id.is_not(None)
    )
    if told is not None and occurred_at < told:
        return True
    sent = _latest(session, case, CaseEntry.event == CaseEvent.SEND, CaseEntry.applied.is_(True))
    return sent is not None and occurred_at < sent - TOLERANCE


def _latest(session: Session, case: Case, *conditions: object) -> datetime | None:
    query = select(func.max(CaseEntry.occurred_at)).where(CaseEntry.case_id == case.id)
    for condition in conditions:
        query = query.where(condition)  # type: ignore[arg-type]
    return session.scalar(query)


def _message(session: Session, destination: Destination, data: StatusData) -> OutboxMessage:
    """Return the newest message about the case that is named and that may have been sent here."""
    query = select(OutboxMessage).where(
        OutboxMessage.destination_id == destination.id, OutboxMessage.fence > 0
    )
    if data.case_id:
        query = query.where(OutboxMessage.case_id == data.case_id)
    if data.case_number:
        query = query.join(Case, Case.id == OutboxMessage.case_id).where(
            Case.number == data.case_number
        )
    if data.external_id and not data.case_id and not data.case_number:
        query = query.where(OutboxMessage.external_id == data.external_id)
    message = session.scalars(query.order_by(OutboxMessage.sequence.desc()).limit(1)).first()
    if message is None:
        raise NotFound("This destination was given no such case.", code="case-not-found")
    return message
