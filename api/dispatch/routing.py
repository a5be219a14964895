"""Which department receives a class."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dispatch.models import Destination


def destination_for(session: Session, class_name: str) -> Destination | None:
    """Return the enabled destination that receives a class, or None."""
    enabled = (
        select(Destination)
        .where(Destination.disabled_at.is_(None))
        .order_by(Destination.created_at, Destination.id)
    )
    return next((row for row in session.scalars(enabled) if class_name in row.classes), None)
