"""From the detections of one frame to findings: the one way in.

A frame's detections are placed on the ground, joined with what its pass has seen so far, and the
pass is laid on the map of all earlier passes. What the whole pass says decides, so a later frame
may give an earlier look to another finding, as long as no person has judged it. Frames may come
in any order: everything goes by when they were captured. `docs/findings.md` explains the method.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.findings import upkeep
from api.findings.association import settle
from api.findings.geodesy import offset
from api.findings.locks import lock_places
from api.findings.models import FindingDetection
from api.findings.passes import Pass, track_pass, write_looks
from api.findings.poses import pose_of
from api.findings.projection import GroundCamera, Pose, place
from api.findings.states import FindingState
from api.findings.surroundings import map_looks, read_surroundings
from api.frames.models import Detection, Frame
from inference.inspections import Inspection, Kind


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of some detections of a frame.

    Attributes:
        finding_id: the finding that they belong to now.
        class_name: its class.
        state: its state.
        new: this frame made it.
        detection_ids: the detections of the frame that are in it.
    """

    finding_id: str
    class_name: str
    state: FindingState
    new: bool
    detection_ids: tuple[str, ...]


def gather(
    session: Session,
    *,
    frame: Frame,
    camera: Camera,
    inspection: Inspection | type[Inspection],
    detections: Sequence[Detection],
) -> list[Gathered]:
    """Give the detections of one frame their places and their findings.

    Adds the detections to the session, with `latitude`, `longitude`, `accuracy_m` and `size_m`
    filled in where the place on the ground can be told. A detection without a place is kept and
    belongs to no finding.

    Args:
        session: the open transaction; the frame is in it.
        frame: the frame.
        camera: its camera.
        inspection: what found the detections, of kind `place`.
        detections: not yet written.

    Returns:
        The findings that these detections belong to.

    Raises:
        IntegrityError: another process opened the same finding at the same time; the
            transaction has to be tried again.
    """
    pose = pose_of(session, frame=frame, camera=camera)
    links = _place(frame, camera, pose, detections) if pose is not None else {}
    session.add_all(detections)
    session.flush()
    if pose is None or not links or inspection.kind is not Kind.PLACE:
        return []
    lock_places(session, [(pose.latitude, pose.longitude)])
    around = read_surroundings(
        session,
        inspection=inspection.name,
        camera_id=camera.id,
        at=frame.captured_at,
        latitude=pose.latitude,
        longitude=pose.longitude,
    )
    this = Pass(frame, camera, inspection, pose, around)
    tracked = track_pass(session, this, detections, links)
    looks = [*map_looks(around), *this.map_looks(tracked)]
    names = settle(
        looks,
        current=tracked.tracks.keys(),
        reviewed={one.id for one in around.findings.values() if upkeep.is_reviewed(one)},
    )
    findings = dict(around.findings)
    opened = set()
    for look in sorted(looks, key=lambda each: (each.at_s, each.key)):
        if names[look.key] not in findings:
            finding = upkeep.open_finding(session, this, look)
            findings[names[look.key]] = finding
            opened.add(finding.id)
        look.finding = findings[names[look.key]].id
    by_id = {finding.id: finding for finding in findings.values()}
    changes = write_looks(session, this, tracked, looks, links)
    upkeep.bring_up_to_date(session, this, by_id, looks, changes)
    of_detection = {
        sighting.detection_id: by_id[look.finding]
        for look in looks
        if look.key in tracked.tracks and look.finding
        for sighting in tracked.tracks[look.key].sightings
        if sighting.detection_id in links
    }
    return [
        Gathered(
            finding_id=finding.id,
            class_name=finding.class_name,
            state=finding.state,
            new=finding.id in opened,
            detection_ids=tuple(key for key, one in of_detection.items() if one is finding),
        )
        for finding in dict.fromkeys(of_detection.values())
    ]


def _place(
    frame: Frame, camera: Camera, pose: Pose, detections: Sequence[Detection]
) -> dict[str, FindingDetection]:
    """Fill in where detections lie; return the beginnings of their links, by their ids."""
    ground = GroundCamera.mounted(
        camera.kind, camera.calibration, width=frame.width, height=frame.height
    )
    links = {}
    for detection in detections:
        placed = place(ground, pose, (detection.x1, detection.y1, detection.x2, detection.y2))
        if placed is None:
            continue
        detection.latitude, detection.longitude = offset(
            pose.latitude, pose.longitude, placed.east_m, placed.north_m
        )
        detection.accuracy_m, detection.size_m = placed.accuracy_m, placed.size_m
        links[detection.id] = FindingDetection(
            detection_id=detection.id,
            offset_east_m=placed.east_m,
            offset_north_m=placed.north_m,
            var_east=float(placed.covariance[0, 0]),
            var_east_north=float(placed.covariance[0, 1]),
            var_north=float(placed.covariance[1, 1]),
        )
    return links
