"""Writes and reads the audit record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add a line to the audit record, in the transaction of the change that it tells of.

    Args:
        session: the open transaction.
        actor: who did it: `user:ID`, `token:ID`, `policy:ID`, `cli:NAME` or `system`.
        action: what was done, `noun.verb`: `camera.update`.
        object_type: the noun.
        object_id: its id.
        before: the values that changed, as they were (JSON, never a secret).
        after: the values that changed, as they are.
        reason: what the actor gave as the reason.
    """
    session.add(
        AuditRecord(
            actor=actor,
            action=action,
            object_type=object_type,
            object_id=object_id,
            before=before,
            after=after,
            reason=reason,
        )
    )


def changes(row: Any, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set values on a row; return what changed, as it was and as it is, for the audit record."""
    before = {name: getattr(row, name) for name in values}
    changed = [name for name, value in values.items() if before[name] != value]
    for name in changed:
        setattr(row, name, values[name])
    return {name: before[name] for name in changed}, {name: values[name] for name in changed}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which audit records are meant; what is None does not matter.

    Attributes:
        actor: who.
        actions: any of these.
        object_type: the noun.
        object_id: its id.
        since: at this time or later.
        until: before this time.
    """

    actor: str | None = None
    actions: Sequence[str] = ()
    object_type: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a record must be."""
        of = AuditRecord
        return [
            *([of.actor == self.actor] if self.actor else ()),
            *([of.action.in_(self.actions)] if self.actions else ()),
            *([of.object_type == self.object_type] if self.object_type else ()),
            *([of.object_id == self.object_id] if self.object_id else ()),
            *([of.at >= self.since] if self.since else ()),
            *([of.at < self.until] if self.until else ()),
        ]


def records(
    session: Session, filters: Filters, *, limit: int, before_id: str | None = None
) -> Sequence[AuditRecord]:
    """Return audit records, newest first, one more than `limit` if there are more."""
    query = select(AuditRecord).where(*filters.conditions())
    if before_id:
        query = query.where(AuditRecord.id < before_id)
    return session.scalars(query.order_by(AuditRecord.id.desc()).limit(limit + 1)).all()


def words(session: Session) -> tuple[Sequence[str], Sequence[str]]:
    """Return every action and every object type that stands in the record."""
    actions = session.scalars(select(AuditRecord.action).distinct().order_by(AuditRecord.action))
    types = select(AuditRecord.object_type).distinct().order_by(AuditRecord.object_type)
    return actions.all(), session.scalars(types).all()
