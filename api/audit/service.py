"""Writes and reads the audit record."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
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


def records(
    session: Session,
    *,
    limit: int,
    before_id: str | None = None,
    object_type: str | None = None,
    object_id: str | None = None,
    actor: str | None = None,
) -> Sequence[AuditRecord]:
    """Return audit records, newest first, one more than `limit` if there are more."""
    query = select(AuditRecord).order_by(AuditRecord.id.desc()).limit(limit + 1)
    if before_id:
        query = query.where(AuditRecord.id < before_id)
    if object_type:
        query = query.where(AuditRecord.object_type == object_type)
    if object_id:
        query = query.where(AuditRecord.object_id == object_id)
    if actor:
        query = query.where(AuditRecord.actor == actor)
    return session.scalars(query).all()
