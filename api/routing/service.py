"""Routing tables: checked and loaded."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.waiting import send_by_table
from api.dispatch.models import Destination
from api.documents import Mistake, invalid
from api.grids import service as grids
from api.routing.document import NOUN, RoutingDocument, read_table
from api.routing.models import RoutingTable
from api.versions import Versions

VERSIONS = Versions(RoutingTable, code="routing", noun="routing table")


def check(session: Session, text: str) -> RoutingDocument:
    """Check a routing table, its names too; changes nothing.

    Raises:
        Unprocessable: it is wrong; `errors` names each mistake.
    """
    document = read_table(text)
    _resolve(session, document)
    return document


def load(session: Session, *, text: str, actor: str) -> RoutingTable:
    """Put a routing table in force, in place of the one before, and send what waits for it.

    Cases that are with a department stay with it; the next sending of each asks the new table.

    Args:
        session: the open transaction.
        text: YAML.
        actor: who does it.

    Raises:
        Unprocessable: it is wrong; `errors` names each mistake.
        Conflict: somebody else loaded a table at the same time.
    """
    document = read_table(text)
    departments = _resolve(session, document)
    table = VERSIONS.put(
        session,
        actor=actor,
        says={"routes": [route.name for route in document.routes]},
        name=document.name,
        text=text,
        departments=departments,
    )
    send_by_table(session)
    return table


def areas_in_use(session: Session) -> set[str]:
    """Return the codes of the areas that the table in force names."""
    table = VERSIONS.in_force(session)
    return read_table(table.text).grids if table else set()


def _resolve(session: Session, document: RoutingDocument) -> dict[str, str]:
    """Return the ids of the departments that a table names; its areas must exist too."""
    rows = session.execute(
        select(Destination.name, Destination.id).where(Destination.name.in_(document.departments))
    )
    found: dict[str, str] = {name: key for name, key in rows}  # noqa: C416 - rows have keys()
    mistakes: list[Mistake] = [
        (None, "department", f"there is none named {name!r}")
        for name in sorted(document.departments - found.keys())
    ]
    mistakes += [
        (None, "grids", f"there is no area with the code {code!r}")
        for code in grids.unknown(session, document.grids)
    ]
    if mistakes:
        raise invalid(mistakes, noun=NOUN)
    return found
