"""Grids: imported as a whole, and asked which of them hold a place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import shapely
from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.database import now
from api.errors import Conflict
from api.grids.geojson import Area
from api.grids.models import Grid


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed: codes of areas.

    Attributes:
        added: that were not there.
        changed: with another shape or name.
        removed: that are there no more.
        unchanged: how many stayed as they were.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def compare(session: Session, areas: Sequence[Area]) -> Imported:
    """Say what an import would change; changes nothing."""
    there = {grid.code: grid for grid in session.scalars(_current())}
    new = {area.code: area for area in areas}
    changed = [code for code in new.keys() & there.keys() if not _is_same(there[code], new[code])]
    return Imported(
        added=tuple(sorted(new.keys() - there.keys())),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(there.keys() - new.keys())),
        unchanged=len(new.keys() & there.keys()) - len(changed),
    )


def replace(
    session: Session, *, areas: Sequence[Area], in_use: Collection[str], actor: str
) -> Imported:
    """Put areas in force in place of those before; those that stay the same are left alone.

    Args:
        session: the open transaction.
        areas: all of them.
        in_use: codes that must stay, for the routing table names them.
        actor: who imports them.

    Raises:
        Conflict: a code that is in use would go, or somebody else imported at the same time.
    """
    done = compare(session, areas)
    if missed := sorted(set(in_use) & set(done.removed)):
        raise Conflict(
            f"The routing table in force names {', '.join(missed)}: keep them, or load a table "
            "without them first.",
            code="areas-in-use",
        )
    gone = {*done.changed, *done.removed}
    at = now()
    for grid in session.scalars(_current().with_for_update()):
        if grid.code in gone:
            grid.ended_at = at
    session.flush()
    fresh = {*done.changed, *done.added}
    rows = [
        {
            "code": area.code,
            "name": area.name,
            "shape": area.well_known_binary,
            "area_m2": area.area_m2,
            **dict(zip(("west", "south", "east", "north"), area.shape.bounds, strict=True)),
            "imported_by": actor,
            "imported_at": at,
        }
        for area in areas
        if area.code in fresh
    ]
    try:
        if rows:
            session.execute(insert(Grid), rows)
    except IntegrityError:
        raise Conflict(
            "Other areas were imported just now; look at them.", code="areas-race"
        ) from None
    if gone or fresh:
        audit.record(
            session,
            actor=actor,
            action="areas.import",
            object_type="areas",
            object_id="all",
            after={
                "added": len(done.added),
                "changed": len(done.changed),
                "removed": len(done.removed),
                "areas": len(areas),
            },
        )
    return done


def holding(session: Session, latitude: float, longitude: float) -> list[Grid]:
    """Return the areas that hold a place, the smallest first; a border belongs to both sides.

    Args:
        session: the open transaction.
        latitude: degrees, WGS-84.
        longitude: degrees, WGS-84.
    """
    near = session.scalars(
        _current()
        .where(
            Grid.south <= latitude,
            Grid.north >= latitude,
            Grid.west <= longitude,
            Grid.east >= longitude,
        )
        .order_by(Grid.area_m2, Grid.code)
    )
    point = shapely.Point(longitude, latitude)
    return [grid for grid in near if shapely.covers(shapely.from_wkb(grid.shape), point)]


def grids(session: Session, *, limit: int, after_id: str | None = None) -> Sequence[Grid]:
    """Return areas in force, oldest first, one more than `limit` if there are more."""
    query = _current().where(Grid.id > (after_id or "")).order_by(Grid.id)
    return session.scalars(query.limit(limit + 1)).all()


def names(session: Session, codes: Collection[str]) -> Mapping[str, str]:
    """Return what areas are called, or were called last; codes that never were are left out."""
    newest = (
        select(func.max(Grid.id)).where(Grid.code.in_(codes)).group_by(Grid.code).scalar_subquery()
    )
    rows = session.execute(select(Grid.code, Grid.name).where(Grid.id.in_(newest)))
    return {row.code: row.name for row in rows}


def unknown(session: Session, codes: Collection[str]) -> list[str]:
    """Return which codes no area in force has."""
    known = session.scalars(select(Grid.code).where(Grid.ended_at.is_(None), Grid.code.in_(codes)))
    return sorted(set(codes) - set(known))


def in_force(session: Session) -> Sequence[Grid]:
    """Return every area in force, in order of their codes."""
    return session.scalars(_current().order_by(Grid.code)).all()


def _current() -> Select[Grid]:
    return select(Grid).where(Grid.ended_at.is_(None))


def _is_same(grid: Grid, area: Area) -> bool:
    return grid.name == area.name and grid.shape == area.well_known_binary
