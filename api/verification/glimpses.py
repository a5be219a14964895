"""Glimpses: detections too faint to find anything, at a place where something is known to be.

A pothole that a detector finds in every other pass is mostly seen in the others too, with a score
below the operating point. There it would cost operators too many false alarms; at the place of a
finding it is what tells "missed" from "mended".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.findings.geodesy import LocalPlane, cells_around
from api.findings.locks import MAP_RESOLUTION, MAP_RINGS
from api.findings.models import Finding
from api.findings.poses import pose_of
from api.findings.projection import GroundCamera, place
from api.findings.states import FindingState
from api.frames.models import Frame
from api.verification.models import Glimpse

_OPEN = (
    FindingState.PENDING_REVIEW,
    FindingState.DEFERRED,
    FindingState.CONFIRMED,
    FindingState.CASED,
)


@dataclass(frozen=True, slots=True)
class Faint:
    """A detection below its class's operating point.

    Attributes:
        class_group: of its class.
        score: 0 to 1.
        box: x1, y1, x2, y2 in pixels of the picture.
    """

    class_group: str
    score: float
    box: tuple[float, float, float, float]


def note_faint(
    session: Session, *, frame: Frame, camera: Camera, inspection: str, faint: Iterable[Faint]
) -> None:
    """Keep of a frame's faint detections those that may be a finding which is known.

    That is one of its class group, not rejected, no farther away than the radius (68 %) of both
    places together. Of several at one finding the surest is kept; of the others nothing is.

    Args:
        session: the open transaction; the frame is in it.
        frame: the frame.
        camera: its camera.
        inspection: what looked at it.
        faint: what it saw below the operating points.
    """
    seen = list(faint)
    pose = pose_of(session, frame=frame, camera=camera) if seen else None
    if pose is None:
        return
    cells = cells_around(pose.latitude, pose.longitude, MAP_RESOLUTION, MAP_RINGS)
    known = session.scalars(
        select(Finding).where(
            Finding.cell.in_(cells), Finding.inspection == inspection, Finding.state.in_(_OPEN)
        )
    ).all()
    if not known:
        return
    ground = GroundCamera.mounted(
        camera.kind, camera.calibration, width=frame.width, height=frame.height
    )
    plane = LocalPlane(pose.latitude, pose.longitude)
    best: dict[str, float] = {}
    for one in seen:
        placed = place(ground, pose, one.box)
        if placed is None:
            continue
        for finding in known:
            east, north = plane.to_plane(finding.latitude or 0.0, finding.longitude or 0.0)
            apart_m = hypot(placed.east_m - east, placed.north_m - north)
            reach_m = hypot(placed.accuracy_m, finding.accuracy_m or 0.0)
            if finding.class_group == one.class_group and apart_m <= reach_m:
                best[finding.id] = max(best.get(finding.id, 0.0), one.score)
    session.add_all(
        Glimpse(
            finding_id=finding_id,
            frame_id=frame.id,
            camera_id=camera.id,
            captured_at=frame.captured_at,
            score=score,
        )
        for finding_id, score in best.items()
    )
    session.flush()
