"""Findings as GeoJSON (RFC 7946), for maps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, String, cast, extract, func, select, type_coerce
from sqlalchemy.orm import Session

from api.findings.models import Finding
from api.findings.service import Filters
from api.maps import point

MOST_FEATURES = 50_000
_LONGEST_WRITE = timedelta(minutes=1)


def feature_collection(
    session: Session, *, filters: Filters, changed_since: datetime | None = None
) -> dict[str, Any]:
    """Return findings that have a place, the newest first, at most 50,000.

    Plain values from the first: what costs a microsecond for each finding counts.

    Args:
        session: the open transaction.
        filters: which.
        changed_since: only those that have changed since then.

    Returns:
        The members of `api.findings.schemas.FeatureCollection`.
    """
    placed = Finding.latitude.is_not(None)
    wanted = placed if changed_since is None else placed & (Finding.updated_at >= changed_since)
    # Asked before: what changes in between is told now, and once more the next time.
    newest = session.scalar(filters.apply(select(func.max(Finding.updated_at))).where(wanted))
    rows: Sequence[Any] = (
        session.connection()
        .execute(
            filters.apply(
                select(
                    Finding.id,
                    Finding.longitude,
                    Finding.latitude,
                    Finding.class_name,
                    Finding.inspection,
                    type_coerce(Finding.state, String),
                    Finding.severity,
                    cast(extract("epoch", Finding.last_seen_at), BigInteger),
                )
            )
            .where(wanted)
            .order_by(Finding.first_seen_at.desc(), Finding.id.desc())
            .limit(MOST_FEATURES + 1)
        )
        .all()
    )
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": id_,
                "geometry": point(longitude, latitude),
                "properties": {
                    "class": class_name,
                    "inspection": inspection,
                    "state": state,
                    "severity": severity,
                    "last_seen_at": datetime.fromtimestamp(seen_s, UTC),
                },
            }
            for id_, longitude, latitude, class_name, inspection, state, severity, seen_s in rows[
                :MOST_FEATURES
            ]
        ],
        "truncated": len(rows) > MOST_FEATURES,
        "as_of": _as_of(newest, changed_since),
    }


def _as_of(newest: datetime | None, before: datetime | None) -> datetime | None:
    """Return what all that was told is surely older than, or what it was before."""
    # Who writes notes the time before the commit: what was on its way is asked for once more.
    times = [newest - _LONGEST_WRITE] if newest else []
    return max([*times, *([before] if before else [])], default=None)
