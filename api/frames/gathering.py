"""Which gatherer takes which kind of problem."""

from collections.abc import Mapping

from api.advisories.gather import AreaGatherer
from api.database import Database
from api.findings.places import PlaceGatherer
from api.frames.sightings import Gatherer
from api.passages.gather import SubjectGatherer
from api.registers.plates import PlateKeys
from api.settings import Settings
from inference.inspections import Kind


def gatherers(settings: Settings, database: Database, plates: PlateKeys) -> Mapping[Kind, Gatherer]:
    """Return the gatherer of each kind of problem that there are inspections of."""
    return {
        Kind.PLACE: PlaceGatherer(database),
        Kind.SUBJECT: SubjectGatherer(database, plates),
        Kind.AREA: AreaGatherer(settings.zone),
    }
