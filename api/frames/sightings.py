"""What a frame means for each kind of problem: the interface between frames and findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.external_detections.detection import ExternalDetection
from api.findings.gather import Gathered
from api.frames.metadata import FrameMetadata
from api.frames.models import Detection, Frame
from inference.detections import Detections
from inference.greenness import Greenness
from inference.inspections import PictureInspection
from inference.quality import LookQuality


@dataclass(frozen=True, slots=True)
class Seen:
    """What one inspection saw in one frame, before anything is written.

    Attributes:
        camera: as it was when the frame was looked at.
        metadata: what the gateway says of the frame.
        inspection: what looked.
        found: what it found; its plate readings name people and are written nowhere as they are.
        width: of the picture as displayed, in pixels.
        height: of the picture as displayed, in pixels.
        quality: how well the picture could show anything.
        greenness: how green the field is, where an inspection of a field looked.
        external: what the camera itself says of the picture.
    """

    camera: Camera
    metadata: FrameMetadata
    inspection: PictureInspection
    found: Detections
    width: int
    height: int
    quality: LookQuality
    greenness: Greenness | None = None
    external: Sequence[ExternalDetection] = ()


class Sighting(Protocol):
    """What one frame means for one kind of problem. It never changes: gathering may be retried."""

    @property
    def keeps_picture(self) -> bool:
        """Whether the picture is kept; asked before anything is stored."""
        ...

    def gather(
        self, session: Session, *, frame: Frame, detections: Sequence[Detection]
    ) -> list[Gathered]:
        """Write what follows from the frame; add its detections to the session.

        Called for every frame, also one in which nothing was found.

        Args:
            session: the open transaction; the frame is in it, its coverage is recorded.
            frame: the frame.
            detections: not yet written, in the order of what was found.

        Returns:
            The findings that these detections belong to.
        """
        ...


class Gatherer(Protocol):
    """Makes the sightings of one kind of problem; shared by all worker threads."""

    def sight(self, seen: Seen) -> Sighting:
        """Say what was seen means; called on a worker thread, may read the database."""
        ...
