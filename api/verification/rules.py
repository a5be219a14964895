"""What an administrator sets for a class in place of what is derived."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.verification.models import VerificationRule


def get(session: Session, inspection: str, class_name: str) -> VerificationRule | None:
    """Return what is set for a class."""
    return session.scalar(
        select(VerificationRule).where(
            VerificationRule.inspection == inspection, VerificationRule.class_name == class_name
        )
    )


def rules(session: Session) -> Sequence[VerificationRule]:
    """Return what is set, by inspection and class."""
    return session.scalars(
        select(VerificationRule).order_by(VerificationRule.inspection, VerificationRule.class_name)
    ).all()


def put(
    session: Session,
    *,
    inspection: str,
    class_name: str,
    looks: int | None,
    gap_minutes: float | None,
    wait_hours: float | None,
    actor: str,
) -> VerificationRule:
    """Set how claims of a class are verified, from the next claim on.

    Args:
        session: the open transaction.
        inspection: of the class.
        class_name: which.
        looks: clean looks that close a case; None derives them.
        gap_minutes: least time between looks that count; None is an hour.
        wait_hours: how long to wait before a person is asked; None derives it.
        actor: who sets it.
    """
    rule = get(session, inspection, class_name)
    before = _shown(rule) if rule else None
    if rule is None:
        rule = VerificationRule(inspection=inspection, class_name=class_name)
        session.add(rule)
    rule.looks, rule.gap_minutes, rule.wait_hours = looks, gap_minutes, wait_hours
    rule.updated_by = actor
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="verification_rule.put",
        object_type="verification_rule",
        object_id=rule.id,
        before=before,
        after=_shown(rule),
    )
    return rule


def _shown(rule: VerificationRule) -> dict[str, str | float | None]:
    return {
        "inspection": rule.inspection,
        "class": rule.class_name,
        "looks": rule.looks,
        "gap_minutes": rule.gap_minutes,
        "wait_hours": rule.wait_hours,
    }
