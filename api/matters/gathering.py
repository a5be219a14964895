"""One matter from many findings: what comes back in one place asks for more than a repair.

It is the step from solving one thing to regulating one kind (从办一件到管一类).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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
class Matter:
    """The same class that came back in the same cell.

    Attributes:
        inspection: what found it.
        class_name: what it is.
        cell: H3 index.
        occurrences: the findings, the newest first.
    """

    inspection: str
    class_name: str
    cell: str
    occurrences: tuple[Occurrence, ...]

    @property
    def weeks(self) -> dict[str, int]:
        """How many were first seen in each week that has some, by its name in ISO 8601."""
        return dict(sorted(Counter(each.week.name for each in self.occurrences).items()))

    @property
    def center(self) -> tuple[float, float]:
        """Latitude and longitude of the cell's centre, degrees, WGS-84."""
        latitude, longitude = h3.cell_to_latlng(self.cell)
        return latitude, longitude

    @property
    def outline(self) -> list[tuple[float, float]]:
        """The cell as a closed ring of longitude and latitude, degrees, as GeoJSON has it."""
        ring = [(longitude, latitude) for latitude, longitude in h3.cell_to_boundary(self.cell)]
        return [*ring, ring[0]]


def gather(occurrences: Iterable[Occurrence], *, resolution: int, least_weeks: int) -> list[Matter]:
    """Return what came back, what came back most often first.

    Args:
        occurrences: confirmed findings with a place.
        resolution: of H3: 8 is about 530 m to the side of a cell, 9 about 200 m, 10 about 76 m.
        least_weeks: in how many different weeks a class must begin anew in a cell. Several on one
            day are one cause seen at once, not one that comes back.
    """
    together: defaultdict[tuple[str, str, str], list[Occurrence]] = defaultdict(list)
    for each in occurrences:
        cell = h3.latlng_to_cell(each.latitude, each.longitude, resolution)
        together[each.inspection, each.class_name, cell].append(each)
    matters = [
        Matter(*key, tuple(sorted(found, key=lambda one: one.first_seen_at, reverse=True)))
        for key, found in together.items()
        if len({one.week for one in found}) >= least_weeks
    ]
    return sorted(
        matters,
        key=lambda one: (
            -len(one.weeks),
            -len(one.occurrences),
            one.inspection,
            one.class_name,
            one.cell,
        ),
    )
