"""Which department receives a finding."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dispatch.models import Destination
from api.findings.models import Finding


def destination_for(session: Session, finding: Finding) -> Destination | None:
    """Return the enabled destination that receives a finding, or None.

    It is the one that the finding names, or else the oldest that receives its class.
    """
    if finding.destination_id is not None:
        named = session.get_one(Destination, finding.destination_id)
        return named if named.disabled_at is None else None
    enabled = (
        select(Destination)
        .where(Destination.disabled_at.is_(None))
        .order_by(Destination.created_at, Destination.id)
    )
    classes = (row for row in session.scalars(enabled) if finding.class_name in row.classes)
    return next(classes, None)
