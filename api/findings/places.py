"""Sightings of problems that stay where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.findings.gather import Gathered, gather
from api.frames.models import Detection, Frame
from api.frames.sightings import Seen


class PlaceGatherer:
    """The gatherer of the kind `place`."""

    def sight(self, seen: Seen) -> "PlaceSighting":
        """Return what was seen: all that is said of a place is said of the whole pass."""
        return PlaceSighting(seen)


@dataclass(frozen=True, slots=True)
class PlaceSighting:
    """What one frame says of places; a picture is kept where something was found."""

    seen: Seen

    @property
    def keeps_picture(self) -> bool:
        """Whether anything was found."""
        return len(self.seen.found) > 0

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
