"""Zones: made, changed, found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.database import now
from api.errors import NotFound, Unprocessable
from api.zones.models import Zone, ZoneKind
from api.zones.schemas import ZoneCreate


def create_zone(session: Session, *, camera_id: str, wanted: ZoneCreate, actor: str) -> Zone:
    """Make a zone of a camera.

    Args:
        session: the open transaction.
        camera_id: whose picture it lies in.
        wanted: what was asked for.
        actor: who makes it.

    Raises:
        Unprocessable: it is over before it begins.
    """
    since = wanted.since or now()
    _check_times(since, wanted.until)
    zone = Zone(
        camera_id=camera_id,
        kind=wanted.kind,
        polygon=[list(corner) for corner in wanted.corners],
        since=since,
        until=wanted.until,
        permit=wanted.permit,
        reason=wanted.reason,
        created_by=actor,
    )
    session.add(zone)
    session.flush()
    _record(session, zone, actor, "zone.create", None, _facts(zone))
    return zone


def update_zone(session: Session, *, zone: Zone, values: dict[str, Any], actor: str) -> None:
    """Change a zone.

    Args:
        session: the open transaction.
        zone: which.
        values: any of until, permit, reason.
        actor: who changes it.

    Raises:
        Unprocessable: it would end before it begins, or works would lose their permit or end.
    """
    known = _facts(zone)
    audit.changes(zone, values)
    _check_times(zone.since, zone.until)
    if zone.kind is ZoneKind.WORKS and (zone.permit is None or zone.until is None):
        raise Unprocessable(
            "Works need the number of their permit and an `until`.", code="zone-invalid"
        )
    told = _facts(zone)
    changed = [name for name in told if told[name] != known[name]]
    if changed:
        session.flush()
        before, after = ({name: facts[name] for name in changed} for facts in (known, told))
        _record(session, zone, actor, "zone.update", before, after)


def zone_of(session: Session, *, camera_id: str, zone_id: str) -> Zone:
    """Return a zone of a camera.

    Raises:
        NotFound: it has none with this id.
    """
    zone = session.get(Zone, zone_id)
    if zone is None or zone.camera_id != camera_id:
        raise NotFound("The camera has no zone with this id.", code="zone-not-found")
    return zone


def zones(
    session: Session, *, camera_id: str, limit: int | None = None, after_id: str | None = None
) -> Sequence[Zone]:
    """Return the zones of a camera, also those that are over, oldest first.

    Args:
        session: the open transaction.
        camera_id: which camera's.
        limit: the items of a page, of which one more is returned; None returns all.
        after_id: the id that the page begins after.
    """
    query = (
        select(Zone)
        .where(Zone.camera_id == camera_id, Zone.id > (after_id or ""))
        .order_by(Zone.id)
    )
    return session.scalars(query if limit is None else query.limit(limit + 1)).all()


def _check_times(since: datetime, until: datetime | None) -> None:
    if until is not None and until <= since:
        raise Unprocessable("until must lie after since.", code="zone-invalid")


def _facts(zone: Zone) -> dict[str, Any]:
    return {
        "camera_id": zone.camera_id,
        "kind": zone.kind.value,
        "polygon": zone.polygon,
        "since": zone.since.isoformat(),
        "until": zone.until.isoformat() if zone.until else None,
        "permit": zone.permit,
        "reason": zone.reason,
    }


def _record(
    session: Session,
    zone: Zone,
    actor: str,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="zone",
        object_id=zone.id,
        before=before,
        after=after,
        reason=zone.reason,
    )
