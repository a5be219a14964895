"""Where a camera was when it took a frame, from what the frame and its neighbours say."""

from datetime import datetime, timedelta
from math import hypot

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.findings.geodesy import RADIUS_68, LocalPlane
from api.findings.projection import DEFAULT_GPS_ACCURACY_M, Pose, heading_from, heading_sd_deg
from api.findings.trajectory import Fix, smooth
from api.frames.models import Frame

_SURVEYED_SD_M = 2.0  # of the position that an administrator gave a fixed camera
_SURVEYED_HEADING_SD_DEG = 5.0
_HEADING_WITHIN = timedelta(seconds=30)
_AROUND = timedelta(seconds=15)  # frames before and after that steady a pass
_RELATIVE_SD_M = 1.0  # of one position against the next, within one pass
_NEIGHBOURS = 20
_LARGEST_PASS = 120  # frames: more than a minute of a standing vehicle


def pose_of(session: Session, *, frame: Frame, camera: Camera) -> Pose | None:
    """Return the pose of a camera when it took a frame; None where nothing tells its position.

    The frame's own position comes first, unless it cannot be right, then that of a fixed camera.
    A heading that is missing is that from the position before to this one, or from this to the
    next.

    Args:
        session: the open transaction.
        frame: the frame.
        camera: its camera.
    """
    if frame.misplaced or frame.latitude is None or frame.longitude is None:
        if camera.latitude is None or camera.longitude is None:
            return None
        return Pose(
            camera.latitude,
            camera.longitude,
            _SURVEYED_SD_M,
            camera.heading_deg,
            _SURVEYED_HEADING_SD_DEG,
        )
    heading, sd = frame.heading_deg, heading_sd_deg(frame.speed_mps)
    if heading is None:
        derived = _derived_heading(session, frame)
        heading, sd = derived or (None, 0.0)
    return Pose(frame.latitude, frame.longitude, gps_sd_m(frame.gps_accuracy_m), heading, sd)


def gps_sd_m(accuracy_m: float | None) -> float:
    """Return the standard deviation of a position on each axis, metres, from its accuracy."""
    return (accuracy_m or DEFAULT_GPS_ACCURACY_M) / RADIUS_68


def _derived_heading(session: Session, frame: Frame) -> tuple[float, float] | None:
    """Return heading and standard deviation from the camera's nearest other position in time."""
    plane = LocalPlane(frame.latitude or 0.0, frame.longitude or 0.0)
    for later in (False, True):
        beyond, order = (
            (Frame.captured_at > frame.captured_at, Frame.captured_at.asc())
            if later
            else (Frame.captured_at < frame.captured_at, Frame.captured_at.desc())
        )
        others = session.execute(
            select(Frame.latitude, Frame.longitude)
            .where(
                Frame.camera_id == frame.camera_id,
                beyond,
                Frame.captured_at.between(
                    frame.captured_at - _HEADING_WITHIN, frame.captured_at + _HEADING_WITHIN
                ),
                Frame.latitude.is_not(None),
                Frame.misplaced.is_(False),
            )
            .order_by(order)
            .limit(_NEIGHBOURS)
        ).all()
        for latitude, longitude in others:
            east, north = plane.to_plane(latitude or 0.0, longitude or 0.0)
            sign = 1 if later else -1
            if hypot(east, north) and (
                found := heading_from(sign * east, sign * north, _RELATIVE_SD_M)
            ):
                return found
    return None


def positions_of_pass(
    session: Session, *, camera_id: str, since: datetime, until: datetime, plane: LocalPlane
) -> dict[str, tuple[float, float]]:
    """Return where a camera was during one pass, free of the jitter of its GPS.

    Args:
        session: the open transaction.
        camera_id: whose.
        since: when the first frame of interest was taken.
        until: when the last one was.
        plane: what east and north are measured on.

    Returns:
        East, north in metres by the id of the frame; frames without a position are left out.
    """
    rows = session.execute(
        select(
            Frame.id,
            Frame.captured_at,
            Frame.latitude,
            Frame.longitude,
            Frame.gps_accuracy_m,
            Frame.heading_deg,
            Frame.speed_mps,
        )
        .where(
            Frame.camera_id == camera_id,
            Frame.captured_at.between(since - _AROUND, until + _AROUND),
            Frame.latitude.is_not(None),
            Frame.misplaced.is_(False),
        )
        .order_by(Frame.captured_at.desc(), Frame.id)
        .limit(_LARGEST_PASS)
    ).all()[::-1]
    fixes = [
        Fix(
            captured_at.timestamp(),
            *plane.to_plane(latitude or 0.0, longitude or 0.0),
            gps_sd_m(accuracy),
            heading,
            speed,
        )
        for _, captured_at, latitude, longitude, accuracy, heading, speed in rows
    ]
    return dict(zip((row.id for row in rows), smooth(fixes), strict=True))
