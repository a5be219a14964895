"""Daily reconciliation: every message that was made is accounted for, here and over there.

Counted are the messages made on a day: each is delivered, waits, is dead, or was withdrawn. Apart
from these counts, what the outbox says is held against what is written elsewhere: the numbering of
each case's messages, the case's state, the log of attempts, and what departments said.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from api.cases.models import Case, CaseEntry
from api.cases.service import SYSTEM
from api.cases.states import CaseEvent, CaseState
from api.counts.periods import Period
from api.dispatch import outbox
from api.dispatch.models import Delivery, Destination, OutboxMessage, OutboxState, Outcome

_LEFT_LYING = timedelta(hours=1)
_WAITS = (OutboxState.PENDING, OutboxState.LEASED)
_WITH_DEPARTMENT = (
    CaseState.DISPATCHED,
    CaseState.ACCEPTED,
    CaseState.IN_PROGRESS,
    CaseState.SUSPENDED,
)


class Fault(StrEnum):
    """What does not agree."""

    MISSING = "missing"
    NOTHING_WAITS = "nothing_waits"
    NOT_GIVEN = "not_given"
    UNPROVED = "unproved"
    LEFT_LYING = "left_lying"
    NOT_LISTED = "not_listed"
    LISTED_TWICE = "listed_twice"


DETAILS = {
    Fault.MISSING: "the numbering of the case's messages has a gap: one was removed from the table",
    Fault.NOTHING_WAITS: "the case is being dispatched, and no message waits to be sent",
    Fault.NOT_GIVEN: "the case lies with a department, and its message never arrived there",
    Fault.UNPROVED: "delivered, with no attempt that was answered and nobody's word for it",
    Fault.LEFT_LYING: "due for more than an hour, and nobody sends it: is a sender running?",
    Fault.NOT_LISTED: "delivered, and the department does not list it",
    Fault.LISTED_TWICE: "the department lists it more than once: the work may be done twice",
}


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that does not agree.

    Attributes:
        fault: what it is.
        case_id: whose case.
        message_id: which message, where it is one.
        destination_id: whose.
        external_ids: what the department calls it.
    """

    fault: Fault
    case_id: str
    message_id: str | None = None
    destination_id: str | None = None
    external_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the messages that were made for one destination.

    Attributes:
        destination: whom they are for.
        made: how many were made.
        delivered: of them, those that the department has.
        waiting: those still to be sent.
        dead: those that were given up and wait for a person.
        withdrawn: those that nobody needed any more.
    """

    destination: Destination
    made: int
    delivered: int
    waiting: int
    dead: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A day's accounts, by the destinations' names, and what does not agree."""

    accounts: Sequence[Account]
    discrepancies: Sequence[Discrepancy]


def reconcile(session: Session, *, day: Period, at: datetime) -> Reconciliation:
    """Return what became of the messages that were made on a day.

    Args:
        session: the open transaction.
        day: which day.
        at: the present time.
    """
    return Reconciliation(_accounts(session, day), _discrepancies(session, day, at))


def made_on(day: Period) -> ColumnElement[bool]:
    """Return the condition that a message was made on a day."""
    return and_(OutboxMessage.created_at >= day.start, OutboxMessage.created_at < day.end)


def _accounts(session: Session, day: Period) -> list[Account]:
    counts: defaultdict[str, Counter[OutboxState]] = defaultdict(Counter)
    for destination_id, state, count in session.execute(
        select(OutboxMessage.destination_id, OutboxMessage.state, func.count())
        .where(made_on(day))
        .group_by(OutboxMessage.destination_id, OutboxMessage.state)
    ):
        counts[destination_id][state] = count
    destinations = session.scalars(
        select(Destination)
        .where(or_(Destination.disabled_at.is_(None), Destination.id.in_(counts)))
        .order_by(Destination.name)
    ).all()
    return [
        Account(
            destination=each,
            made=counts[each.id].total(),
            delivered=counts[each.id][OutboxState.DELIVERED],
            waiting=sum(counts[each.id][state] for state in _WAITS),
            dead=counts[each.id][OutboxState.DEAD],
            withdrawn=counts[each.id][OutboxState.WITHDRAWN],
        )
        for each in destinations
    ]


def _discrepancies(session: Session, day: Period, at: datetime) -> list[Discrepancy]:
    of_day = select(OutboxMessage.case_id).where(made_on(day)).scalar_subquery()
    gaps = session.scalars(
        select(OutboxMessage.case_id)
        .where(OutboxMessage.case_id.in_(of_day))
        .group_by(OutboxMessage.case_id)
        .having(func.count() != func.max(OutboxMessage.sequence))
        .order_by(OutboxMessage.case_id)
    )
    stuck = session.scalars(
        select(Case.id)
        .where(
            Case.id.in_(of_day),
            Case.state == CaseState.DISPATCHING,
            ~select(OutboxMessage.id)
            .where(
                OutboxMessage.case_id == Case.id,
                OutboxMessage.event_type.in_(outbox.GIVES_THE_CASE),
                OutboxMessage.state.in_(_WAITS),
            )
            .exists(),
        )
        .order_by(Case.id)
    )
    return [
        *(Discrepancy(Fault.MISSING, case_id) for case_id in gaps),
        *(Discrepancy(Fault.NOTHING_WAITS, case_id) for case_id in stuck),
        *_messages(session, Fault.NOT_GIVEN, _not_given(day)),
        *_messages(session, Fault.UNPROVED, _unproved(day)),
        *_messages(session, Fault.LEFT_LYING, _left_lying(day, at)),
    ]


def _messages(session: Session, fault: Fault, query: Select[OutboxMessage]) -> list[Discrepancy]:
    return [
        Discrepancy(fault, message.case_id, message.id, message.destination_id)
        for message in session.scalars(query.order_by(OutboxMessage.id))
    ]


def _not_given(day: Period) -> Select[OutboxMessage]:
    later = aliased(OutboxMessage)
    return (
        select(OutboxMessage)
        .join(Case, Case.id == OutboxMessage.case_id)
        .where(
            made_on(day),
            OutboxMessage.event_type.in_(outbox.GIVES_THE_CASE),
            OutboxMessage.state.not_in((OutboxState.DELIVERED, OutboxState.LEASED)),
            Case.state.in_(_WITH_DEPARTMENT),
            ~select(later.id)
            .where(
                later.case_id == OutboxMessage.case_id,
                later.event_type.in_(outbox.GIVES_THE_CASE),
                later.sequence > OutboxMessage.sequence,
            )
            .exists(),
        )
    )


def _unproved(day: Period) -> Select[OutboxMessage]:
    answered = select(Delivery.id).where(
        Delivery.message_id == OutboxMessage.id, Delivery.outcome == Outcome.DELIVERED
    )
    told = select(CaseEntry.id).where(
        CaseEntry.case_id == OutboxMessage.case_id,
        CaseEntry.event == CaseEvent.DELIVERED,
        CaseEntry.source != SYSTEM,
        CaseEntry.received_at >= OutboxMessage.created_at,
    )
    return select(OutboxMessage).where(
        made_on(day),
        OutboxMessage.state == OutboxState.DELIVERED,
        ~answered.exists(),
        ~told.exists(),
    )


def _left_lying(day: Period, at: datetime) -> Select[OutboxMessage]:
    earlier = aliased(OutboxMessage)
    return select(OutboxMessage).where(
        made_on(day),
        or_(
            and_(
                OutboxMessage.state == OutboxState.PENDING,
                OutboxMessage.next_attempt_at < at - _LEFT_LYING,
            ),
            and_(
                OutboxMessage.state == OutboxState.LEASED,
                OutboxMessage.lease_until < at - _LEFT_LYING,
            ),
        ),
        ~select(earlier.id)
        .where(
            earlier.case_id == OutboxMessage.case_id,
            earlier.sequence < OutboxMessage.sequence,
            earlier.state.in_(_WAITS),
        )
        .exists(),
    )
