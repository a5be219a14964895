"""Pictures of frames in which nothing was found are kept where that is what is to be shown."""

from sqlalchemy.orm import Session

from api.coverage.footprint import MAX_RANGE_M, covers, footprint
from api.findings.geodesy import distance_m
from api.findings.models import Finding
from api.findings.poses import gps_sd_m
from api.findings.projection import GroundCamera, Pose, heading_sd_deg
from api.frames.sightings import Seen
from api.verification.judging import near


def is_wanted(session: Session, seen: Seen) -> bool:
    """Say whether a frame covers the place of a claim that looks are to verify.

    Args:
        session: an open transaction.
        seen: what was seen in the frame, before anything is written.
    """
    at = seen.metadata
    if at.latitude is None or at.longitude is None:
        return False
    places = [
        (finding.latitude, finding.longitude)
        for one in near(session, at.latitude, at.longitude, seen.inspection.name)
        if (finding := session.get(Finding, one.finding_id))
        and finding.latitude is not None
        and finding.longitude is not None
    ]
    if not places:
        return False
    if at.heading_deg is None:  # that of its neighbours is known when it is written
        here = (at.latitude, at.longitude)
        return any(distance_m(here, place) <= MAX_RANGE_M for place in places)
    ground = footprint(
        GroundCamera.mounted(
            seen.camera.kind, seen.camera.calibration, width=seen.width, height=seen.height
        ),
        Pose(
            at.latitude,
            at.longitude,
            gps_sd_m(at.gps_accuracy_m),
            at.heading_deg,
            heading_sd_deg(at.speed_mps),
        ),
    )
    return ground is not None and any(covers(ground[0], *place) for place in places)
