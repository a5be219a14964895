"""Hears what departments say of our requests one update at a time (`servicerequestupdates`).

An update tells when it was said, so that several are applied in their order. Each counts once, by
its id; what means nothing to us is kept as a remark.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases import service as cases
from api.cases.models import CaseEntry
from api.cases.service import Report
from api.cases.states import CaseEvent
from api.database import Database
from api.dispatch.callbacks import heard, take_status
from api.dispatch.connectors.open311 import Open311Connector
from api.dispatch.connectors.open311_updates import StatusUpdate
from api.dispatch.connectors.wire import Wire
from api.dispatch.models import Destination, OutboxMessage
from api.dispatch.statuses import STATUS_EVENTS

# What was said up to so long before the last that we heard is asked for again: a department may
# list an update late, and its clock may differ.
_OVERLAP = timedelta(days=1)
_LONGEST = timedelta(days=90)
_AT_ONCE = timedelta(days=1)


def hear(
    database: Database,
    destination: Destination,
    connector: Open311Connector,
    wire: Wire,
    *,
    at: datetime,
) -> int:
    """Ask a department for its updates since the last; return how many were new.

    Args:
        database: where the cases are.
        destination: the department.
        connector: its connector, with `updates` set.
        wire: the line to it.
        at: the present time.

    Raises:
        DeliveryFailed: it does not answer.
    """
    with database.read() as session:
        since = _since(session, destination)
    if since is None:
        return 0
    new, start = 0, max(since - _OVERLAP, at - _LONGEST)
    while start < at:
        end = min(start + _AT_ONCE, at)
        told = connector.updates(start, end, wire)
        with database.read() as session:
            ours = _ours(session, destination, {update.external_id for update in told})
        for update in told:
            if update.external_id in ours:
                case_id = ours[update.external_id]
                new += _take(database, destination, case_id, update, at=at)
        start = end
    return new


def _since(session: Session, destination: Destination) -> datetime | None:
    """Return when the last update was said, or when the first request was delivered, if any was."""
    last = session.scalar(
        select(func.max(CaseEntry.occurred_at)).where(
            CaseEntry.source == _source(destination), CaseEntry.message_id.startswith("update ")
        )
    )
    return last or session.scalar(
        select(func.min(OutboxMessage.delivered_at)).where(
            OutboxMessage.destination_id == destination.id, OutboxMessage.external_id.is_not(None)
        )
    )


def _ours(
    session: Session, destination: Destination, external_ids: Iterable[str]
) -> dict[str, str]:
    """Return the ids of our cases by the department's numbers."""
    rows = session.execute(
        select(OutboxMessage.external_id, OutboxMessage.case_id).where(
            OutboxMessage.destination_id == destination.id,
            OutboxMessage.external_id.in_(external_ids),
        )
    )
    return {str(external_id): case_id for external_id, case_id in rows}


def _take(
    database: Database,
    destination: Destination,
    case_id: str,
    update: StatusUpdate,
    *,
    at: datetime,
) -> bool:
    """Store one update, and apply it where it moves the case forward; return whether it is new."""
    report = Report(
        STATUS_EVENTS[update.status] if update.status else CaseEvent.REMARK,
        _source(destination),
        comment=update.notes,
        # A clock that is ahead must not make everything after it look late.
        occurred_at=min(update.at or at, at),
        message_id=f"update {update.id}"[:200],
    )
    with database.write() as session:
        case = cases.locked(session, case_id)
        if update.status is None:
            new = not heard(session, report)
            if new:
                cases.store(session, case=case, report=report)
            return new
        return take_status(
            session,
            case=case,
            destination_id=destination.id,
            status=update.status,
            report=report,
            of_this_round=case.external_id == update.external_id,
        )


def _source(destination: Destination) -> str:
    return f"destination:{destination.id}"
