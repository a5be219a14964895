"""Matters as JSON, as a table and as a map."""

from collections.abc import Sequence

from api.matters.gathering import Matter
from api.matters.schemas import (
    MatterCollection,
    MatterFeature,
    MatterView,
    WeekCount,
)
from api.routing.labels import GridView
from api.spreadsheets import table

_NEWEST = 20
_COLUMNS = (
    "inspection",
    "class",
    "place",
    "name",
    "latitude",
    "longitude",
    "datum",
    "week",
    "findings",
)


def view(matter: Matter) -> MatterView:
    """Return a matter as JSON has it."""
    place = matter.place
    return MatterView(
        inspection=matter.inspection,
        class_name=matter.class_name,
        cell=place.code if place.name is None else None,
        area=GridView(code=place.code, name=place.name) if place.name is not None else None,
        latitude=round(place.latitude, 6),
        longitude=round(place.longitude, 6),
        findings=len(matter.occurrences),
        open=sum(each.open for each in matter.occurrences),
        reopened=sum(each.reopened for each in matter.occurrences),
        first_seen_at=matter.occurrences[-1].first_seen_at,
        last_seen_at=matter.occurrences[0].first_seen_at,
        weeks=[WeekCount(week=week, findings=count) for week, count in matter.weeks.items()],
        newest=[each.finding_id for each in matter.occurrences[:_NEWEST]],
    )


def as_table(matters: Sequence[Matter]) -> str:
    """Return matters as CSV: a line for each class, place and week."""
    return table(
        _COLUMNS,
        [
            [
                matter.inspection,
                matter.class_name,
                matter.place.code,
                matter.place.name,
                round(matter.place.latitude, 6),
                round(matter.place.longitude, 6),
                "WGS-84",
                week,
                count,
            ]
            for matter in matters
            for week, count in matter.weeks.items()
        ],
    )


def as_map(matters: Sequence[Matter]) -> MatterCollection:
    """Return matters as GeoJSON: the outline of each place."""
    return MatterCollection(
        features=[
            MatterFeature(geometry=matter.place.outline, properties=view(matter))
            for matter in matters
        ]
    )
