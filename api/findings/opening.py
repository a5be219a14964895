"""A finding begins, and the audit record says why."""

from sqlalchemy.orm import Session

from api.audit import service as audit
from api.findings.models import Finding


def add_finding(session: Session, finding: Finding, *, actor: str, **because: str) -> None:
    """Write a new finding and its first audit record.

    Args:
        session: the open transaction.
        finding: not yet written.
        actor: who or what opens it.
        because: what it was opened for.

    Raises:
        IntegrityError: another process opened one of the same key at the same time.
    """
    session.add(finding)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="finding.open",
        object_type="finding",
        object_id=finding.id,
        after={"state": finding.state.value, **because},
    )
