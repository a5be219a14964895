"""Matters as JSON, as a table and as a map."""

from collections.abc import Sequence

from api.matters.gathering import Matter
from api.matters.schemas import (
    MatterCollection,
    MatterFeature,
    MatterView,
    Outline,
    WeekCount,
)
from api.spreadsheets import table

_NEWEST = 20
_COLUMNS = (
    "inspection",
    "class",
    "cell",
    "latitude",
    "longitude",
    "datum",
    "week",
    "findings",
)


def view(matter: Matter) -> MatterView:
    """Return a matter as JSON has it."""
    latitude, longitude = matter.center
    return MatterView(
        inspection=matter.inspection,
        class_name=matter.class_name,
        cell=matter.cell,
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        findings=len(matter.occurrences),
        open=sum(each.open for each in matter.occurrences),
        reopened=sum(each.reopened for each in matter.occurrences),
        first_seen_at=matter.occurrences[-1].first_seen_at,
        last_seen_at=matter.occurrences[0].first_seen_at,
        weeks=[WeekCount(week=week, findings=count) for week, count in matter.weeks.items()],
        newest=[each.finding_id for each in matter.occurrences[:_NEWEST]],
    )


def as_table(matters: Sequence[Matter]) -> str:
    """Return matters as CSV: a line for each class, cell and week."""
    return table(
        _COLUMNS,
        [
            [
                matter.inspection,
                matter.class_name,
                matter.cell,
                *(round(degrees, 6) for degrees in matter.center),
                "WGS-84",
                week,
                count,
            ]
            for matter in matters
            for week, count in matter.weeks.items()
        ],
    )


def as_map(matters: Sequence[Matter]) -> MatterCollection:
    """Return matters as GeoJSON: the outline of each cell."""
    return MatterCollection(
        features=[
            MatterFeature(
                geometry=Outline(
                    coordinates=[[(round(x, 6), round(y, 6)) for x, y in matter.outline]]
                ),
                properties=view(matter),
            )
            for matter in matters
        ]
    )
