"""What of a frame's time and place cannot be right: told, and not relied on, but never refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import hypot
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.cameras.models import Camera, CameraKind
from api.findings.geodesy import distance_m
from api.frames.metadata import FrameMetadata
from api.frames.models import Frame

NO_POSITION = "no-position"
IMPRECISE = "position-imprecise"
OUTSIDE = "position-outside"
JUMPED = "position-jumped"
CLOCK_SKEWED = "clock-skewed"
IN_FUTURE = "captured-in-future"
LONG_AGO = "captured-long-ago"
SAME_PICTURE = "duplicate-picture"

MISPLACING = frozenset({IMPRECISE, OUTSIDE, JUMPED})
"""Warnings of positions that nothing may be placed by."""

IMPRECISE_M = 100.0
"""A crew that is sent to a place known no better than this does not find it."""

_FUTURE_S = 60.0
_AHEAD_S = 5.0  # what a well-measured clock and a fast link can be ahead by
_SKEWED_MS = 30_000.0
_LONG_AGO = timedelta(days=7)

_FASTEST_MPS = 70.0  # 252 km/h: faster than anything on a road
_CLOCK_S = 1.0  # times and positions are of the same second, no better
_SIGMAS = 3.0
_DEFAULT_ACCURACY_M = 10.0
_NEAR = timedelta(seconds=60)
_VOTERS = 5

_PLACED = (
    select(Frame.captured_at, Frame.latitude, Frame.longitude, Frame.gps_accuracy_m, Frame.warnings)
    .where(
        Frame.camera_id == bindparam("camera_id"),
        Frame.id != bindparam("frame_id"),
        Frame.latitude.is_not(None),
        Frame.captured_at.between(bindparam("since"), bindparam("until")),
    )
    .limit(_VOTERS)
)
_BEFORE = _PLACED.order_by(Frame.captured_at.desc())
_AFTER = _PLACED.order_by(Frame.captured_at)


def metadata_warnings(
    camera: Camera, metadata: FrameMetadata, received_at: datetime, *, outside: bool
) -> list[str]:
    """Return what the metadata of a frame alone show.

    Args:
        camera: whose frame it is.
        metadata: what the gateway says of it.
        received_at: when it came, by our clock.
        outside: its position is not of this installation.
    """
    warnings = []
    ahead_s = metadata.ahead_s(received_at)
    if camera.kind == CameraKind.BUS and metadata.latitude is None:
        warnings.append(NO_POSITION)
    if outside:
        warnings.append(OUTSIDE)
    if metadata.latitude is not None and (metadata.gps_accuracy_m or 0.0) > IMPRECISE_M:
        warnings.append(IMPRECISE)
    if ahead_s > _FUTURE_S:
        warnings.append(IN_FUTURE)
    elif ahead_s > _AHEAD_S or abs(metadata.clock_offset_ms or 0.0) >= _SKEWED_MS:
        warnings.append(CLOCK_SKEWED)
    elif -ahead_s > _LONG_AGO.total_seconds():
        warnings.append(LONG_AGO)
    return warnings


def has_jumped(session: Session, frame: Frame) -> bool:
    """Say whether a camera cannot have come to a frame's position from where it was.

    The five positions before it within a minute are asked, or those after it where there are none:
    it has jumped if from more than half of them it would have been faster than 252 km/h, three
    standard deviations of both positions and a second of the clock allowed for. So one wrong fix
    among right ones is told, and right ones after a wrong fix are not.

    Args:
        session: the open transaction; the frame is in it.
        frame: a frame, with or without a position.
    """
    if frame.latitude is None or frame.longitude is None:
        return False
    here = (frame.latitude, frame.longitude)
    unreachable = voters = 0
    for other in _neighbours(session, frame):
        if OUTSIDE in (other.warnings or ()):
            continue
        apart_s = abs((frame.captured_at - other.captured_at).total_seconds())
        reach_m = _FASTEST_MPS * (apart_s + _CLOCK_S) + _SIGMAS * hypot(
            frame.gps_accuracy_m or _DEFAULT_ACCURACY_M,
            other.gps_accuracy_m or _DEFAULT_ACCURACY_M,
        )
        voters += 1
        unreachable += distance_m(here, (other.latitude or 0.0, other.longitude or 0.0)) > reach_m
    return unreachable > voters / 2


def _neighbours(session: Session, frame: Frame) -> Sequence[Any]:
    at = frame.captured_at
    of_frame = {"camera_id": frame.camera_id, "frame_id": frame.id}
    before = {**of_frame, "since": at - _NEAR, "until": at}
    after = {**of_frame, "since": at, "until": at + _NEAR}
    return session.execute(_BEFORE, before).all() or session.execute(_AFTER, after).all()
