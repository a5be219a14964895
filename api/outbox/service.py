"""Dead letters: messages that were given up, looked at and sent again by an administrator.

A message is sent again under the id it had, so that a department which has it knows it. Each is
queued in a transaction of its own with its audit record: whatever ends the replay half-way, what
was queued is queued once, and asking again queues the rest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.database import Database, ring_after_commit
from api.dispatch import outbox
from api.dispatch.connectors import CONNECTORS
from api.dispatch.models import Destination, Doubt, OutboxMessage, OutboxState
from api.errors import Conflict, NotFound
from api.findings.models import Finding

REPLAY_AT_ONCE = 200


class Replay(StrEnum):
    """What became of a dead letter that was to be sent again."""

    QUEUED = "queued"
    REROUTED = "rerouted"
    NOT_DEAD = "not_dead"
    ASKS = "asks"
    OVERTAKEN = "overtaken"
    NO_DESTINATION = "no_destination"


_DETAILS = {
    Replay.QUEUED: "queued again under the same id",
    Replay.REROUTED: "another department receives the case now: it was sent there anew",
    Replay.NOT_DEAD: "it is not a dead letter any more",
    Replay.ASKS: "the department may have it: look at its desk first, then say `looked`, or enter "
    "`delivered` at the case",
    Replay.OVERTAKEN: "the case has gone on without it: nobody waits for it",
    Replay.NO_DESTINATION: "no enabled destination receives it; enable one first",
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one dead letter."""

    message_id: str
    case_id: str
    outcome: Replay

    @property
    def detail(self) -> str:
        """Return it in words, with what to do where it was left."""
        return _DETAILS[self.outcome]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which messages; None and nothing mean any.

    Attributes:
        states: where they stand.
        destination_id: whom they are for.
        since: made at this time or later.
        until: made before this time.
        visible: ids of the cameras that may be seen.
    """

    states: Collection[OutboxState] = ()
    destination_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    visible: Collection[str] | None = None

    def apply(self, query: Select[OutboxMessage]) -> Select[OutboxMessage]:
        """Narrow a selection of messages down."""
        if self.states:
            query = query.where(OutboxMessage.state.in_(self.states))
        if self.destination_id is not None:
            query = query.where(OutboxMessage.destination_id == self.destination_id)
        if self.since is not None:
            query = query.where(OutboxMessage.created_at >= self.since)
        if self.until is not None:
            query = query.where(OutboxMessage.created_at < self.until)
        if self.visible is not None:
            query = (
                query.join(Case, Case.id == OutboxMessage.case_id)
                .join(Finding, Finding.id == Case.finding_id)
                .where(Finding.camera_id.in_(self.visible))
            )
        return query


def newest(
    session: Session, filters: Filters, *, limit: int, before_id: str | None = None
) -> Sequence[OutboxMessage]:
    """Return messages, newest first, one more than `limit` if there are more."""
    query = filters.apply(select(OutboxMessage)).order_by(OutboxMessage.id.desc())
    if before_id:
        query = query.where(OutboxMessage.id < before_id)
    return session.scalars(query.limit(limit + 1)).all()


def oldest(
    session: Session, filters: Filters, *, limit: int, after_id: str | None = None
) -> Sequence[OutboxMessage]:
    """Return messages in the order they were made, one more than `limit` if there are more."""
    query = filters.apply(select(OutboxMessage)).order_by(OutboxMessage.id)
    return session.scalars(query.where(OutboxMessage.id > (after_id or "")).limit(limit + 1)).all()


def named(
    session: Session, message_ids: Collection[str], *, visible: Collection[str] | None
) -> Sequence[OutboxMessage]:
    """Return messages by id, in the order they were made.

    Raises:
        NotFound: one of them does not exist, or is of a camera that may not be seen.
    """
    query = Filters(visible=visible).apply(
        select(OutboxMessage).where(OutboxMessage.id.in_(message_ids))
    )
    found = session.scalars(query.order_by(OutboxMessage.id)).all()
    if unknown := sorted(set(message_ids) - {message.id for message in found}):
        raise NotFound(
            f"There is no message with the id {', '.join(unknown[:3])}.",
            code="message-not-found",
        )
    return found


def asks(message: OutboxMessage, destination: Destination) -> bool:
    """Say whether a person must look whether the message arrived before it is sent again."""
    if message.doubt != Doubt.UNCERTAIN:
        return False
    connector = CONNECTORS[destination.kind]
    return connector(
        connector.settings_model.model_validate(destination.settings), None
    ).asks_in_doubt


def replay(
    database: Database, message_ids: Sequence[str], *, looked: bool, actor: str, reason: str
) -> list[Replayed]:
    """Send dead letters again.

    Args:
        database: where they are.
        message_ids: of messages that exist.
        looked: whether a person has looked at the departments' desks for those that may have
            arrived.
        actor: who sends them again.
        reason: why.

    Returns:
        What became of each, in the same order.
    """
    done = []
    for message_id in message_ids:
        with database.write() as session:
            done.append(_replay(session, message_id, looked=looked, actor=actor, reason=reason))
    return done


def _replay(
    session: Session, message_id: str, *, looked: bool, actor: str, reason: str
) -> Replayed:
    case_id = session.get_one(OutboxMessage, message_id).case_id
    case = cases.locked(session, case_id)
    message = session.get_one(
        OutboxMessage, message_id, with_for_update=True, populate_existing=True
    )
    outcome = _queue(session, case, message, looked=looked, actor=actor, reason=reason)
    if outcome in (Replay.QUEUED, Replay.REROUTED):
        audit.record(
            session,
            actor=actor,
            action="outbox.replay",
            object_type="outbox",
            object_id=message.id,
            before={"state": OutboxState.DEAD},
            after={"state": message.state, "looked": looked},
            reason=reason,
        )
        ring_after_commit(session)
    return Replayed(message_id, case_id, outcome)


def _queue(
    session: Session,
    case: Case,
    message: OutboxMessage,
    *,
    looked: bool,
    actor: str,
    reason: str,
) -> Replay:
    if message.state != OutboxState.DEAD:
        return Replay.NOT_DEAD
    destination = session.get_one(Destination, message.destination_id)
    if asks(message, destination) and not looked:
        return Replay.ASKS
    if not outbox.gives_the_case(message):
        if destination.disabled_at is not None:
            return Replay.NO_DESTINATION
        outbox.requeue(message, payload=message.payload, approved=True)
        return Replay.QUEUED
    given = outbox.round_message(session, case.id)
    if case.state != CaseState.UNDELIVERABLE or given is not message:
        return Replay.OVERTAKEN
    report = Report(CaseEvent.SEND, actor, comment=reason)
    try:
        with session.begin_nested():
            cases.enter(session, case=case, report=report)
    except Conflict:
        return Replay.NO_DESTINATION
    return Replay.QUEUED if given.state == OutboxState.PENDING else Replay.REROUTED
