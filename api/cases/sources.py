"""Who says what of cases, by name."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.accounts.models import User
from api.dispatch.models import Destination


def source_names(session: Session, sources: Collection[str]) -> Mapping[str, str]:
    """Return what the people and the departments among sources are called.

    Args:
        session: the open transaction.
        sources: `user:ID`, `destination:ID`, or anything else, which has no name.
    """
    named = {
        "user": (User.id, User.display_name),
        "destination": (Destination.id, Destination.name),
    }
    found: dict[str, str] = {}
    for kind, (key, name) in named.items():
        ids = [source.partition(":")[2] for source in sources if source.startswith(f"{kind}:")]
        rows = session.execute(select(key, name).where(key.in_(ids))).tuples()
        found |= {f"{kind}:{one}": called for one, called in rows}
    return found
