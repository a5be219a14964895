"""Coverage: written for every frame, asked when the absence of a detection shall mean something."""

from collections.abc import Collection, Sequence
from datetime import datetime

import h3
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from api.areas import BoundingBox
from api.cameras.models import Camera
from api.coverage.footprint import centre, covers, footprint
from api.coverage.models import Coverage
from api.findings.geodesy import RADIUS_68, cells_around
from api.findings.poses import pose_of
from api.findings.projection import GroundCamera
from api.frames.models import Frame
from inference.quality import LookQuality

_CELL_RESOLUTION = 10
_CELL_RINGS = 1  # a footprint's centre is less than a cell away from all of its points

MIN_SHARPNESS = 50.0
BRIGHTNESS = (0.12, 0.92)
MAX_CLIPPED = 0.6
"""Share of pixels that may be black, or white."""


def record(
    session: Session, *, frame: Frame, camera: Camera, inspection: str, quality: LookQuality
) -> Coverage:
    """Write what a frame could see, also where nothing was found.

    Args:
        session: the open transaction; the frame is in it.
        frame: the frame.
        camera: its camera.
        inspection: what looked at it.
        quality: of the picture.
    """
    pose = pose_of(session, frame=frame, camera=camera)
    seen = None
    if pose is not None:
        ground = GroundCamera.mounted(
            camera.kind, camera.calibration, width=frame.width, height=frame.height
        )
        seen = footprint(ground, pose)
    coverage = Coverage(
        frame_id=frame.id,
        camera_id=camera.id,
        inspection=inspection,
        captured_at=frame.captured_at,
        sharpness=quality.sharpness,
        brightness=quality.brightness,
        usable=seen is not None and shows_enough(quality),
    )
    if seen is not None:
        coverage.footprint, sd_m = seen
        coverage.accuracy_m = RADIUS_68 * sd_m
        coverage.latitude, coverage.longitude = centre(coverage.footprint)
        coverage.cell = h3.latlng_to_cell(coverage.latitude, coverage.longitude, _CELL_RESOLUTION)
    session.add(coverage)
    return coverage


def shows_enough(quality: LookQuality) -> bool:
    """Say whether a picture is sharp and lit well enough to show damage if there is any."""
    darkest, brightest = BRIGHTNESS
    return (
        quality.sharpness >= MIN_SHARPNESS
        and darkest <= quality.brightness <= brightest
        and quality.dark_fraction <= MAX_CLIPPED
        and quality.bright_fraction <= MAX_CLIPPED
    )


def looks_at(
    session: Session,
    latitude: float,
    longitude: float,
    since: datetime,
    *,
    inspection: str,
    usable: bool = True,
) -> Sequence[Coverage]:
    """Return the frames that covered a place, oldest first.

    Args:
        session: the open transaction.
        latitude: degrees, WGS-84.
        longitude: degrees, WGS-84.
        since: only frames that were taken then or later.
        inspection: only frames that this inspection looked at.
        usable: only frames in which a problem would have been seen.
    """
    query = (
        select(Coverage)
        .where(
            Coverage.cell.in_(cells_around(latitude, longitude, _CELL_RESOLUTION, _CELL_RINGS)),
            Coverage.captured_at >= since,
            Coverage.inspection == inspection,
        )
        .order_by(Coverage.captured_at, Coverage.frame_id)
    )
    if usable:
        query = query.where(Coverage.usable)
    return [
        coverage
        for coverage in session.scalars(query)
        if coverage.footprint and covers(coverage.footprint, latitude, longitude)
    ]


def coverages(
    session: Session,
    *,
    limit: int,
    after: Sequence[object] | None = None,
    camera_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    within: BoundingBox | None = None,
    visible: Collection[str] | None = None,
) -> Sequence[Coverage]:
    """Return coverage in order of time, one more than `limit` if there is more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        after: time, frame and inspection that the page begins after.
        camera_id: only this camera's.
        since: taken then or later.
        until: taken before then.
        within: only where the footprint's centre lies in this box.
        visible: the ids of the cameras that may be seen; None means every camera.
    """
    key = (Coverage.captured_at, Coverage.frame_id, Coverage.inspection)
    query = select(Coverage).order_by(*key).limit(limit + 1)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    if camera_id is not None:
        query = query.where(Coverage.camera_id == camera_id)
    if since is not None:
        query = query.where(Coverage.captured_at >= since)
    if until is not None:
        query = query.where(Coverage.captured_at < until)
    if within is not None:
        query = query.where(within.holds(Coverage.latitude, Coverage.longitude))
    if visible is not None:
        query = query.where(Coverage.camera_id.in_(visible))
    return session.scalars(query).all()
