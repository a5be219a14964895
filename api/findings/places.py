"""Sightings of problems that stay where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.database import Database
from api.findings.gather import Gathered, gather
from api.frames.models import Detection, Frame
from api.frames.sightings import Seen
from api.verification.pictures import is_wanted


class PlaceGatherer:
    """The gatherer of the kind `place`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sight(self, seen: Seen) -> "PlaceSighting":
        """Return what was seen: all that is said of a place is said of the whole pass."""
        if len(seen.found):
            return PlaceSighting(seen, keeps_picture=True)
        with self._database.read() as session:
            return PlaceSighting(seen, keeps_picture=is_wanted(session, seen))


@dataclass(frozen=True, slots=True)
class PlaceSighting:
    """What one frame says of places.

    Attributes:
        seen: in the frame.
        keeps_picture: something was found, or a repair is to be verified there.
    """

    seen: Seen
    keeps_picture: bool

    def gather(
        self, session: Session, *, frame: Frame, detections: Sequence[Detection]
    ) -> list[Gathered]:
        """Give the detections their places and their findings; see `api.findings.gather`."""
        if not detections:
            return []
        return gather(
            session,
            frame=frame,
            camera=self.seen.camera,
            inspection=self.seen.inspection,
            detections=detections,
        )
