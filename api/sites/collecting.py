"""Frames of a site taken in: written down, to be put together once their half day is over.

No model looks at them in the request; their pictures are kept until they have been put together.
"""

from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.frames.models import Frame
from api.passages.rows import lock_camera
from api.sites.models import Site, SiteFrame
from api.sites.schedule import schedule
from api.sites.slots import GRACE, RHYTHM


def collect(session: Session, *, frame: Frame, zone: ZoneInfo) -> None:
    """Let a frame wait for the others of its half day.

    Args:
        session: the open transaction; the frame is in it.
        frame: whose picture is kept.
        zone: where days begin.
    """
    lock_camera(session, frame.camera_id)
    newest = session.scalar(
        select(func.max(SiteFrame.captured_at)).where(SiteFrame.camera_id == frame.camera_id)
    )
    if session.get(Site, frame.camera_id) is None:
        session.add(Site(camera_id=frame.camera_id))
    session.add(
        SiteFrame(
            frame_id=frame.id,
            camera_id=frame.camera_id,
            captured_at=frame.captured_at,
            received_at=frame.received_at,
        )
    )
    session.flush()
    ends = [RHYTHM.slot_end(at.astimezone(zone)) for at in (newest, frame.captured_at) if at]
    if ends[0] != ends[-1]:  # a slot is over, or this one comes late
        schedule(session, frame.camera_id)
    else:
        over = max(ends[0], frame.received_at) + GRACE
        schedule(session, frame.camera_id, not_before=over)
