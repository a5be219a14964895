"""One matter from many findings: what comes back in one place asks for more than a repair.

It is the step from solving one thing to regulating one kind (从办一件到管一类).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import h3

from api.counts.periods import Period


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A confirmed finding, as far as it matters here.

    Attributes:
        finding_id: which.
        inspection: what found it.
        class_name: what it is.
        latitude: degrees, WGS-84.
        longitude: degrees, WGS-84.
        week: in which it was first seen.
        first_seen_at: when it was first seen.
        open: whether its case is open, or it has none yet.
        reopened: how often its repair did not hold.
    """

    finding_id: str
    inspection: str
    class_name: str
    latitude: float
    longitude: float
    week: Period
    first_seen_at: datetime
    open: bool
    reopened: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a class comes back: a cell of the H3 grid, or an area of the county.

    Attributes:
        code: H3 index, or the area's code.
        name: what the area is called, None for a cell.
        latitude: of its centre, degrees, WGS-84.
        longitude: of its centre, degrees, WGS-84.
        outline: a polygon or multipolygon as GeoJSON has it, degrees, WGS-84.
    """

    code: str
    name: str | None
    latitude: float
    longitude: float
    outline: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Matter:
    """The same class that came back in the same place.

    Attributes:
        inspection: what found it.
        class_name: what it is.
        place: where.
        occurrences: the findings, the newest first.
    """

    inspection: str
    class_name: str
    place: Place
    occurrences: tuple[Occurrence, ...]

    @property
    def weeks(self) -> dict[str, int]:
        """How many were first seen in each week that has some, by its name in ISO 8601."""
        return dict(sorted(Counter(each.week.name for each in self.occurrences).items()))


PlaceOf = Callable[[Occurrence], Place | None]


def in_cells(resolution: int) -> PlaceOf:
    """Return what tells the H3 cell of an occurrence.

    Args:
        resolution: 8 is about 530 m to the side of a cell, 9 about 200 m, 10 about 76 m.
    """
    return lambda each: _cell(h3.latlng_to_cell(each.latitude, each.longitude, resolution))


def gather(
    occurrences: Iterable[Occurrence], *, place_of: PlaceOf, least_weeks: int
) -> list[Matter]:
    """Return what came back, what came back most often first.

    Args:
        occurrences: confirmed findings with a place.
        place_of: tells in which cell or area one lies; None leaves it out.
        least_weeks: in how many different weeks a class must begin anew in a place. Several on one
            day are one cause seen at once, not one that comes back.
    """
    together: defaultdict[tuple[str, str, str], list[Occurrence]] = defaultdict(list)
    places: dict[str, Place] = {}
    for each in occurrences:
        place = place_of(each)
        if place is not None:
            places[place.code] = place
            together[each.inspection, each.class_name, place.code].append(each)
    matters = [
        Matter(
            inspection,
            class_name,
            places[code],
            tuple(sorted(found, key=lambda one: one.first_seen_at, reverse=True)),
        )
        for (inspection, class_name, code), found in together.items()
        if len({one.week for one in found}) >= least_weeks
    ]
    return sorted(
        matters,
        key=lambda one: (
            -len(one.weeks),
            -len(one.occurrences),
            one.inspection,
            one.class_name,
            one.place.code,
        ),
    )


@lru_cache(maxsize=4096)
def _cell(index: str) -> Place:
    latitude, longitude = h3.cell_to_latlng(index)
    ring = [[round(lon, 6), round(lat, 6)] for lat, lon in h3.cell_to_boundary(index)]
    return Place(
        code=index,
        name=None,
        latitude=latitude,
        longitude=longitude,
        outline={"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    )
