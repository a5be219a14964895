"""The names of those whom the audit record names by id."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.accounts.models import Token, User
from api.dispatch.models import Destination

_NAMES: Mapping[str, tuple[InstrumentedAttribute[Any], InstrumentedAttribute[str]]] = {
    "user": (User.id, User.display_name),
    "token": (Token.id, Token.name),
    "destination": (Destination.id, Destination.name),
}


def names_of(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Return what people call actors (`user:ID`); who has no name of their own is left out."""
    split = {actor: actor.split(":", 1) for actor in actors if ":" in actor}
    names: dict[str, str] = {}
    for kind, (key, name) in _NAMES.items():
        ids = {parts[1] for parts in split.values() if parts[0] == kind}
        if ids:
            found = session.execute(select(key, name).where(key.in_(ids))).tuples()
            names |= {f"{kind}:{one}": called for one, called in found}
    return names
