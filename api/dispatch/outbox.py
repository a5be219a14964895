"""The outbox: messages queued with the change that makes them necessary, leased by senders.

A lease is a row lock that outlives its process: a sender takes a message for a while, and when it
dies, the lease runs out and another takes over. Every lease raises the message's fence; only who
holds the present fence can record what became of the message. PostgreSQL skips rows that another
sender is just leasing (`FOR UPDATE SKIP LOCKED`); SQLite has one writer at a time, which does the
same.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from api.cases.models import Case
from api.database import now, ring_after_commit
from api.dispatch.models import (
    Delivery,
    Destination,
    Doubt,
    MessageType,
    OutboxMessage,
    OutboxState,
    Outcome,
)

_UNDECIDED = (OutboxState.PENDING, OutboxState.LEASED)
GIVES_THE_CASE = (MessageType.OPENED, MessageType.REOPENED)
_NOTICES = (MessageType.REMINDED, MessageType.ESCALATED)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one sender to make one attempt.

    Attributes:
        message: what to send, as it was when leased.
        destination: where, as it was when leased.
        delivery_id: the line of the log that was written for the attempt.
        fence: what must still stand on the message when the outcome is recorded.
        until: when another sender may take over.
    """

    message: OutboxMessage
    destination: Destination
    delivery_id: str
    fence: int
    until: datetime


def queue(
    session: Session,
    *,
    case: Case,
    destination: Destination,
    event_type: MessageType,
    payload: dict[str, Any],
) -> OutboxMessage:
    """Write a message behind those the case already has; the caller holds the case's lock.

    It is due at once, or when the case is held no longer.
    """
    last = session.scalar(
        select(func.max(OutboxMessage.sequence)).where(OutboxMessage.case_id == case.id)
    )
    message = OutboxMessage(
        case_id=case.id,
        destination_id=destination.id,
        sequence=(last or 0) + 1,
        event_type=event_type,
        payload=payload,
        next_attempt_at=max(now(), case.held_until) if case.held_until else now(),
    )
    session.add(message)
    session.flush()
    ring_after_commit(session)
    return message


def gives_the_case(message: OutboxMessage) -> bool:
    """Say whether a message makes a case a department's work; others tell of it."""
    return message.event_type in GIVES_THE_CASE


def is_notice(message: OutboxMessage) -> bool:
    """Say whether a message only tells that a case takes its time."""
    return message.event_type in _NOTICES


def round_message(session: Session, case_id: str) -> OutboxMessage | None:
    """Return the message that gave the case to a department last, locked, or None."""
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.case_id == case_id, OutboxMessage.event_type.in_(GIVES_THE_CASE))
        .order_by(OutboxMessage.sequence.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def requeue(message: OutboxMessage, *, payload: dict[str, Any], approved: bool) -> None:
    """Send a dead message again, under the same id: a department that has it knows it.

    Args:
        message: the dead message, locked.
        payload: what it tells now.
        approved: whether a person says so, who has looked whether the department has it.
    """
    message.state = OutboxState.PENDING
    message.payload = payload
    message.attempts = 0
    message.next_attempt_at = now()
    if approved and message.doubt == Doubt.UNCERTAIN:
        message.doubt = Doubt.APPROVED


def arrived(message: OutboxMessage) -> None:
    """Note that the department has a message which the sender believes undelivered.

    One that is being sent at this moment is left to its sender.
    """
    if message.state in (OutboxState.PENDING, OutboxState.DEAD):
        message.state = OutboxState.DELIVERED
        message.delivered_at = now()


def withdraw(message: OutboxMessage) -> bool:
    """Take back a message that waits or was given up; return whether the department may have it."""
    if message.state in (OutboxState.PENDING, OutboxState.DEAD):
        message.state = OutboxState.WITHDRAWN
    return message.fence > 0


def withdraw_notices(session: Session, case_id: str) -> None:
    """Take back what waits to be told of a case's lateness, for its clock has stopped."""
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.case_id == case_id,
            OutboxMessage.event_type.in_(_NOTICES),
            OutboxMessage.state == OutboxState.PENDING,
        )
        .values(state=OutboxState.WITHDRAWN)
    )


def anything_due(session: Session, *, at: datetime, avoid: Collection[str] = ()) -> bool:
    """Say whether `lease` would find something; takes no lock."""
    return (
        session.scalar(select(select(OutboxMessage.id).where(*_due(at, avoid)).exists())) or False
    )


def lease(
    session: Session,
    *,
    worker: str,
    lease_for: timedelta,
    at: datetime,
    avoid: Collection[str] = (),
) -> Lease | None:
    """Take the message that has waited longest, and write that it is about to be sent.

    Args:
        session: a write transaction; the lease holds once it commits.
        worker: who takes it, for people who look.
        lease_for: how long nobody else may; longer than an attempt can last.
        at: the present time.
        avoid: ids of destinations not to be served now.

    Returns:
        The lease, or None when nothing is due.
    """
    message = session.scalars(
        select(OutboxMessage)
        .where(*_due(at, avoid))
        .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    ).first()
    if message is None:
        return None
    if message.state == OutboxState.LEASED:
        _take_over(session, message)
    message.state = OutboxState.LEASED
    message.leased_by = worker
    message.lease_until = at + lease_for
    message.fence += 1
    message.attempts += 1
    delivery = Delivery(message_id=message.id, attempt=message.attempts, started_at=at)
    session.add(delivery)
    session.flush()
    return Lease(
        message=message,
        destination=session.get_one(Destination, message.destination_id),
        delivery_id=delivery.id,
        fence=message.fence,
        until=message.lease_until,
    )


def held(session: Session, lease: Lease) -> OutboxMessage | None:
    """Return the leased message, locked, or None when another sender has taken it over."""
    message = session.get_one(
        OutboxMessage, lease.message.id, with_for_update=True, populate_existing=True
    )
    if message.fence != lease.fence or message.state != OutboxState.LEASED:
        return None
    return message


def release(message: OutboxMessage, state: OutboxState) -> None:
    """End a lease with what became of the message."""
    message.state = state
    message.leased_by = None
    message.lease_until = None
    if state == OutboxState.DELIVERED:
        message.delivered_at = now()


def hurry(session: Session, destination_id: str) -> None:
    """Make every message of a destination that waits to be tried again due now.

    Those that a sender is looking at are left to it; a first attempt is never hurried, for the
    confirmation behind it may still be undone.
    """
    waiting = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.destination_id == destination_id,
            OutboxMessage.state == OutboxState.PENDING,
            OutboxMessage.attempts > 0,
        )
        .with_for_update(skip_locked=True)
    )
    for message in waiting:
        message.next_attempt_at = now()


def _due(at: datetime, avoid: Collection[str]) -> list[ColumnElement[bool]]:
    earlier = aliased(OutboxMessage)
    return [
        or_(
            and_(OutboxMessage.state == OutboxState.PENDING, OutboxMessage.next_attempt_at <= at),
            and_(OutboxMessage.state == OutboxState.LEASED, OutboxMessage.lease_until <= at),
        ),
        ~exists().where(
            earlier.case_id == OutboxMessage.case_id,
            earlier.sequence < OutboxMessage.sequence,
            earlier.state.in_(_UNDECIDED),
            earlier.event_type.not_in(_NOTICES),  # nothing waits for a reminder to get through
        ),
        OutboxMessage.destination_id.not_in(avoid),
    ]


def _take_over(session: Session, message: OutboxMessage) -> None:
    """Note that nobody knows what became of the attempt whose lease ran out."""
    message.doubt = Doubt.UNCERTAIN
    session.execute(
        update(Delivery)
        .where(Delivery.message_id == message.id, Delivery.outcome == Outcome.SENDING)
        .values(
            outcome=Outcome.UNKNOWN,
            error=f"{message.leased_by} did not say what became of it before its lease ended",
        )
    )
