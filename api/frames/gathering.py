"""Which gatherer takes which kind of problem."""

from collections.abc import Mapping

from api.findings.places import PlaceGatherer
from api.frames.sightings import Gatherer
from inference.inspections import Kind


def gatherers() -> Mapping[Kind, Gatherer]:
    """Return the gatherer of each kind of problem that there are inspections of."""
    return {Kind.PLACE: PlaceGatherer()}
