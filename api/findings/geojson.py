"""Findings as GeoJSON (RFC 7946), for maps."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.findings.models import Finding
from api.findings.service import Filters

MOST_FEATURES = 50_000


def feature_collection(session: Session, *, filters: Filters) -> dict[str, Any]:
    """Return findings that have a place, the newest first, at most 50,000.

    Plain dictionaries rather than models: a map of 50,000 is made in a fraction of the time.

    Args:
        session: the open transaction.
        filters: which.

    Returns:
        The members of `api.findings.schemas.FeatureCollection`.
    """
    rows = session.execute(
        filters.apply(
            select(
                Finding.id,
                Finding.longitude,
                Finding.latitude,
                Finding.class_name,
                Finding.inspection,
                Finding.state,
                Finding.severity,
                Finding.confidence,
                Finding.looks,
                Finding.accuracy_m,
                Finding.first_seen_at,
                Finding.last_seen_at,
            )
        )
        .where(Finding.latitude.is_not(None))
        .order_by(Finding.first_seen_at.desc(), Finding.id.desc())
        .limit(MOST_FEATURES + 1)
    ).all()
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row.id,
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(row.longitude, 7), round(row.latitude, 7)],
                },
                "properties": {
                    "class": row.class_name,
                    "inspection": row.inspection,
                    "state": row.state.value,
                    "severity": row.severity,
                    "confidence": round(row.confidence, 4),
                    "looks": row.looks,
                    "accuracy_m": row.accuracy_m and round(row.accuracy_m, 1),
                    "first_seen_at": _time(row.first_seen_at),
                    "last_seen_at": _time(row.last_seen_at),
                },
            }
            for row in rows[:MOST_FEATURES]
        ],
        "truncated": len(rows) > MOST_FEATURES,
    }


def _time(value: datetime) -> str:
    """Return a time of the database, which is UTC, as the wire has it."""
    return value.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
