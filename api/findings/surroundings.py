"""What is on the map around a place, read from the database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.findings.association import MapLook
from api.findings.geodesy import LocalPlane, cells_around
from api.findings.locks import MAP_RESOLUTION, MAP_RINGS
from api.findings.models import Finding, FindingDetection, Look
from api.findings.scoring import rule_for
from api.findings.states import FindingState
from api.findings.tracking import Sighting
from api.frames.models import Detection, Frame

PASS_GAP = timedelta(seconds=120)
"""A camera that comes back to a place after longer than this takes an independent look."""

REMEMBERED = timedelta(days=90)
"""What an operator has rejected is not asked again for so long."""

RECENTLY_CLOSED = timedelta(days=1)
"""What is seen where a case was closed belongs to that case for so long; later it is new.

Long enough for what differs between machines' clocks; short enough that a patch which breaks, or
a case that was closed wrongly, is asked about the next day."""

_MOST_SIGHTINGS = 20  # of one look: a vehicle that stands still sees nothing new


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The map around a place.

    Attributes:
        plane: east and north are measured on it.
        looks: everything on the map, by id.
        findings: what these are looks at, by id.
        current: ids of the looks of the pass that is being gathered.
    """

    plane: LocalPlane
    looks: dict[str, Look]
    findings: dict[str, Finding]
    current: frozenset[str]

    def position(self, latitude: float | None, longitude: float | None) -> tuple[float, float]:
        """Return east, north in metres of a frame; a camera without positions stands still."""
        if latitude is None or longitude is None:
            return 0.0, 0.0
        return self.plane.to_plane(latitude, longitude)


def read_surroundings(
    session: Session,
    *,
    inspection: str,
    camera_id: str,
    at: datetime,
    latitude: float,
    longitude: float,
) -> Surroundings:
    """Read what a new look at a place has to be compared with.

    Args:
        session: the open transaction, which holds the lock of the place.
        inspection: only its findings.
        camera_id: whose looks around `at` are the current pass.
        at: when the frame was taken.
        latitude: degrees, WGS-84.
        longitude: degrees, WGS-84.
    """
    cells = cells_around(latitude, longitude, MAP_RESOLUTION, MAP_RINGS)
    looks = session.scalars(
        select(Look)
        .where(Look.inspection == inspection, Look.cell.in_(cells))
        .order_by(Look.id)
        .execution_options(populate_existing=True)
    ).all()
    findings = {
        finding.id: finding
        for finding in session.scalars(
            select(Finding)
            .where(Finding.id.in_({look.finding_id for look in looks}))
            .execution_options(populate_existing=True)
        )
    }
    past = _past(session, findings.values(), at)
    kept = {look.id: look for look in looks if look.finding_id not in past}
    return Surroundings(
        plane=LocalPlane(latitude, longitude),
        looks=kept,
        findings={key: finding for key, finding in findings.items() if key not in past},
        current=frozenset(
            look.id
            for look in kept.values()
            if look.camera_id == camera_id
            and look.first_at - PASS_GAP <= at <= look.last_at + PASS_GAP
        ),
    )


def _past(session: Session, findings: Collection[Finding], at: datetime) -> set[str]:
    """Return the findings that were over at that time: what is seen there then is a new one."""
    past = {
        finding.id
        for finding in findings
        if finding.state is FindingState.EXPIRED_UNREVIEWED
        or (
            finding.state is FindingState.REJECTED
            and finding.reviewed_at is not None
            and finding.reviewed_at + REMEMBERED < at
        )
    }
    cased = [finding.id for finding in findings if finding.state is FindingState.CASED]
    if cased:
        closed = session.execute(
            select(Case.finding_id, func.max(Case.updated_at))
            .where(Case.finding_id.in_(cased))
            .group_by(Case.finding_id)
            .having(func.count(Case.open_finding_id) == 0)
        )
        past |= {finding_id for finding_id, when in closed if when + RECENTLY_CLOSED < at}
    return past


def map_looks(around: Surroundings) -> list[MapLook]:
    """Return the looks of other passes as the map has them."""
    return [
        MapLook(
            key=look.id,
            pass_key=look.pass_key,
            group=look.class_group,
            mean=np.array(around.plane.to_plane(look.latitude, look.longitude)),
            covariance=np.array(
                ((look.var_east, look.var_east_north), (look.var_east_north, look.var_north))
            ),
            gps_sd_m=look.gps_sd_m,
            heading_deg=look.heading_deg,
            same_within_m=rule_for(look.inspection, look.class_group).same_within_m,
            at_s=look.first_at.timestamp(),
            finding=look.finding_id,
            pinned=look.pinned,
        )
        for look in around.looks.values()
        if look.id not in around.current
    ]


def read_sightings(
    session: Session, around: Surroundings, positions: Mapping[str, tuple[float, float]]
) -> tuple[list[Sighting], dict[str, str]]:
    """Read the earlier sightings of the current pass.

    Args:
        session: the open transaction.
        around: the map.
        positions: where the camera was, east and north in metres, by the id of the frame.

    Returns:
        The sightings, and the look that each is in, by the id of its detection.
    """
    if not around.current:
        return [], {}
    newest = (
        select(
            FindingDetection.detection_id,
            func.row_number()
            .over(partition_by=FindingDetection.look_id, order_by=Frame.captured_at.desc())
            .label("age"),
        )
        .join(Detection, Detection.id == FindingDetection.detection_id)
        .join(Frame, Frame.id == Detection.frame_id)
        .where(FindingDetection.look_id.in_(around.current))
        .subquery()
    )
    rows = session.execute(
        select(
            FindingDetection,
            Detection,
            Frame.captured_at,
            case((Frame.misplaced, None), else_=Frame.latitude),
            case((Frame.misplaced, None), else_=Frame.longitude),
        )
        .join(newest, newest.c.detection_id == FindingDetection.detection_id)
        .join(Detection, Detection.id == FindingDetection.detection_id)
        .join(Frame, Frame.id == Detection.frame_id)
        .where(newest.c.age <= _MOST_SIGHTINGS)
    ).all()
    sightings = [
        sighting_of(
            detection,
            link,
            captured_at,
            positions.get(detection.frame_id) or around.position(latitude, longitude),
            fixed=link.look_id if around.looks[link.look_id].pinned else None,
        )
        for link, detection, captured_at, latitude, longitude in rows
    ]
    return sightings, {link.detection_id: link.look_id for link, *_ in rows}


def sighting_of(
    detection: Detection,
    link: FindingDetection,
    captured_at: datetime,
    position: tuple[float, float],
    *,
    fixed: str | None = None,
) -> Sighting:
    """Return a detection as the pass sees it from where its camera was."""
    return Sighting(
        detection_id=detection.id,
        frame_id=detection.frame_id,
        at_s=captured_at.timestamp(),
        east_m=position[0] + link.offset_east_m,
        north_m=position[1] + link.offset_north_m,
        covariance=(link.var_east, link.var_east_north, link.var_north),
        class_group=detection.class_group,
        score=detection.score,
        box=(detection.x1, detection.y1, detection.x2, detection.y2),
        size_m=detection.size_m or 0.0,
        same_within_m=rule_for(detection.inspection, detection.class_group).same_within_m,
        fixed=fixed,
    )
