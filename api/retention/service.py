"""How long things are kept: set, read, and what that removes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.database import now
from api.retention.due import due, kept
from api.retention.models import RetentionKind, RetentionLimit


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a kind.

    Attributes:
        kind: what.
        limit: what an administrator has set; None where nobody has.
        count: how many there are.
        oldest_at: since when the oldest is kept; None where there is none.
        due: how many the next clean-up removes.
    """

    kind: RetentionKind
    limit: RetentionLimit | None
    count: int
    oldest_at: datetime | None
    due: int


def cutoff(days: int, *, at: datetime) -> datetime:
    """Return what is older has been kept for so many days."""
    return at - timedelta(days=days)


def survey(session: Session, *, at: datetime) -> Sequence[Kept]:
    """Return what is kept of every kind, and what the next clean-up removes."""
    return [_survey(session, kind, at=at) for kind in RetentionKind]


def count_due(session: Session, kind: RetentionKind, *, days: int, at: datetime) -> int:
    """Return how many would be removed if things were kept for so many days."""
    ids = due(kind, cutoff(days, at=at)).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def put(
    session: Session, *, kind: RetentionKind, days: int | None, reason: str, actor: str
) -> RetentionLimit:
    """Set how long things of a kind are kept; the next clean-up keeps to it.

    Args:
        session: the open transaction.
        kind: of what.
        days: how long; None for good.
        reason: why, for the audit record.
        actor: who sets it.
    """
    limit = session.get(RetentionLimit, kind, with_for_update=True)
    before = limit.days if limit else None
    if limit is None:
        limit = RetentionLimit(kind=kind)
        session.add(limit)
    limit.days, limit.set_by, limit.set_at = days, actor, now()
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="retention.put",
        object_type="retention",
        object_id=kind.value,
        before={"days": before},
        after={"days": days},
        reason=reason,
    )
    return limit


def _survey(session: Session, kind: RetentionKind, *, at: datetime) -> Kept:
    limit = session.get(RetentionLimit, kind)
    ids, since = kept(kind)
    count, oldest = session.execute(ids.with_only_columns(func.count(), func.min(since))).one()
    days = limit.days if limit else None
    return Kept(
        kind=kind,
        limit=limit,
        count=count,
        oldest_at=oldest,
        due=0 if days is None else count_due(session, kind, days=days, at=at),
    )
