"""Routing tables: checked, loaded, ended."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cases.waiting import send_by_table
from api.database import now
from api.dispatch.models import Destination
from api.documents import Mistake, invalid
from api.errors import Conflict, NotFound
from api.grids import service as grids
from api.routing.document import NOUN, RoutingDocument, read_table
from api.routing.models import RoutingTable


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
    before = in_force(session, held=True)
    # Also one that was loaded while this waited for the lock.
    session.execute(
        update(RoutingTable).where(RoutingTable.ended_at.is_(None)).values(ended_at=now())
    )
    number = (session.scalar(select(func.max(RoutingTable.number))) or 0) + 1
    table = RoutingTable(
        number=number, name=document.name, text=text, departments=departments, loaded_by=actor
    )
    session.add(table)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(
            "Another table was loaded just now; look at it.", code="routing-race"
        ) from None
    audit.record(
        session,
        actor=actor,
        action="routing.load",
        object_type="routing",
        object_id=table.id,
        before={"version": before.number, "name": before.name} if before else None,
        after={
            "version": number,
            "name": document.name,
            "routes": [route.name for route in document.routes],
        },
    )
    send_by_table(session)
    return table


def end(session: Session, *, actor: str) -> None:
    """Put no table in force: destinations receive the classes that they are given.

    Raises:
        Conflict: none is.
    """
    table = in_force(session, held=True)
    if table is None:
        raise Conflict("No routing table is in force.", code="no-routing")
    table.ended_at = now()
    audit.record(
        session,
        actor=actor,
        action="routing.end",
        object_type="routing",
        object_id=table.id,
        before={"version": table.number, "name": table.name},
    )


def in_force(session: Session, *, held: bool = False) -> RoutingTable | None:
    """Return the table in force, `held` until the transaction ends, or None."""
    query = select(RoutingTable).where(RoutingTable.ended_at.is_(None))
    return session.scalar(query.with_for_update() if held else query)


def versions(
    session: Session, *, limit: int, after_id: str | None = None
) -> Sequence[RoutingTable]:
    """Return tables, oldest first, one more than `limit` if there are more."""
    query = select(RoutingTable).where(RoutingTable.id > (after_id or ""))
    return session.scalars(query.order_by(RoutingTable.id).limit(limit + 1)).all()


def get_version(session: Session, number: int) -> RoutingTable:
    """Return a version of the routing table.

    Raises:
        NotFound: there is none of this number.
    """
    table = session.scalar(select(RoutingTable).where(RoutingTable.number == number))
    if table is None:
        raise NotFound(
            "There is no version of the routing table with this number.", code="routing-not-found"
        )
    return table


def areas_in_use(session: Session) -> set[str]:
    """Return the codes of the areas that the table in force names."""
    table = in_force(session)
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
