"""Which department receives a finding, how long it has, and what the city's table calls it.

The routing table in force decides, and where it is silent, or where there is none, the classes
that destinations receive. A department that a finding names (the rules of checkpoints do) always
receives it; the table then says only how long it has.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.deadlines.calendar import Calendar
from api.deadlines.terms import Term
from api.dispatch.models import Destination
from api.findings.models import Finding
from api.grids.service import holding
from api.routing.document import RouteEntry
from api.routing.in_force import InForce, in_force


@dataclass(frozen=True, slots=True)
class Placed:
    """What the routing table and the areas say of a finding, whoever receives it.

    Attributes:
        table: the version that was asked, None without one.
        code: the class code, 11 digits in the layout of GB/T 30428.2 (6 of the administrative
            division, 2 of the major class, 3 of the minor class); None where the table has none.
        grid: the code of the smallest area that holds the place, None where none does.
        routes: those that the finding fits, in the order of the table.
    """

    table: InForce | None
    code: str | None
    grid: str | None
    routes: tuple[RouteEntry, ...]

    @property
    def table_id(self) -> str | None:
        """Return the id of the version that was asked."""
        return self.table.id if self.table else None

    def named_by(self, entry: RouteEntry) -> str | None:
        """Return the id of the destination that a route names, None where it names none."""
        return self.table.departments[entry.department] if self.table and entry.department else None

    @property
    def needs_review(self) -> bool:
        """Whether no policy stands in for a person."""
        return bool(self.routes) and self.routes[0].review == "always"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a finding goes.

    Attributes:
        destination: the department, enabled.
        term: how long it has; None: no deadline.
        code: as in `Placed`.
        grid: as in `Placed`.
        table_id: the version of the routing table that was asked, None without one.
        name: the route of the table that was taken, None where none was.
    """

    destination: Destination
    term: Term | None = None
    code: str | None = None
    grid: str | None = None
    table_id: str | None = None
    name: str | None = None


def place(session: Session, finding: Finding, *, at: datetime) -> Placed:
    """Return what the routing table and the areas in force say of a finding at a moment."""
    grids: list[str] = []
    if finding.latitude is not None and finding.longitude is not None:
        grids = [grid.code for grid in holding(session, finding.latitude, finding.longitude)]
    smallest = grids[0] if grids else None
    table = in_force(session)
    if table is None:
        return Placed(table=None, code=None, grid=smallest, routes=())
    document = table.document
    entry = document.entry(finding.inspection, finding.class_name)
    moment = at.astimezone(document.zone)
    is_work = Calendar(document.calendar).is_work(at)
    return Placed(
        table=table,
        code=document.full_code(entry) if entry else None,
        grid=smallest,
        routes=tuple(
            route
            for route in document.routes
            if route.fits(
                code=entry.code if entry else None,
                severity=finding.severity,
                grids=grids,
                moment=moment,
                is_work=is_work,
            )
        ),
    )


def route_for(
    session: Session,
    finding: Finding,
    *,
    at: datetime,
    avoid: Collection[str] = (),
    prefer: str | None = None,
    to: Destination | None = None,
) -> Route | None:
    """Return where a finding goes, or None where no enabled destination receives it.

    Args:
        session: the open transaction.
        finding: which.
        at: the moment that counts.
        avoid: ids of destinations that do not receive it, for they sent it back.
        prefer: id of the destination that receives it if it may, for it has it already.
        to: the department, where a person has chosen it; the table then says only how long it has.
    """
    placed = place(session, finding, at=at)
    usual = to or _usual(session, finding)
    candidates = [] if to or finding.destination_id else _by_table(session, placed, usual)
    if usual is not None:
        candidates.append((usual, _meant_for(usual, placed)))
    allowed = [each for each in candidates if each[0].id not in avoid]
    department, entry = next(
        (each for each in allowed if each[0].id == prefer), next(iter(allowed), (None, None))
    )
    if department is None or department.disabled_at is not None:
        return None
    return Route(
        destination=department,
        term=entry.term if entry else None,
        code=placed.code,
        grid=placed.grid,
        table_id=placed.table_id,
        name=entry.name if entry else None,
    )


def _by_table(
    session: Session, placed: Placed, usual: Destination | None
) -> list[tuple[Destination, RouteEntry | None]]:
    """Return the departments of the routes that a finding fits, in the order of the table."""
    found: list[tuple[Destination, RouteEntry | None]] = []
    for entry in placed.routes:
        named = placed.named_by(entry)
        department = session.get_one(Destination, named) if named else usual
        if department is not None:
            found.append((department, entry))
    return found


def _meant_for(department: Destination, placed: Placed) -> RouteEntry | None:
    """Return the route that says how long a department has which no route has named."""
    own = (entry for entry in placed.routes if placed.named_by(entry) in (None, department.id))
    return next(own, placed.routes[0] if placed.routes else None)


def _usual(session: Session, finding: Finding) -> Destination | None:
    """Return the destination that a finding names, or the oldest that receives its class."""
    if finding.destination_id is not None:
        return session.get_one(Destination, finding.destination_id)
    enabled = (
        select(Destination)
        .where(Destination.disabled_at.is_(None))
        .order_by(Destination.created_at, Destination.id)
    )
    classes = (row for row in session.scalars(enabled) if finding.class_name in row.classes)
    return next(classes, None)
