"""Counts of frames: written for every frame of a field, read by plot and time."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.counts.densities import LONGEST_CATCH, Counted
from api.counts.models import FieldCount
from api.coverage.service import shows_enough
from api.frames.models import Frame
from api.frames.sightings import Seen
from api.plots.models import PlotCamera, ViewKind
from api.plots.record import PlotRecord


def record(session: Session, *, frame: Frame, seen: Seen) -> FieldCount:
    """Write what one frame showed, a zero for every pest that it did not show.

    Args:
        session: the open transaction; the frame is in it.
        frame: the frame.
        seen: what the inspection saw in it.
    """
    found = Counter(one.class_name for one in seen.found)
    green = seen.greenness
    count = FieldCount(
        frame_id=frame.id,
        camera_id=frame.camera_id,
        captured_at=frame.captured_at,
        usable=shows_enough(seen.quality),
        counts={name: found[name] for name in seen.found.class_names},
        excess_green=green.excess_green if green else None,
        canopy_cover=green.canopy_cover if green else None,
    )
    session.add(count)
    return count


def read(
    session: Session, record: PlotRecord, *, start: datetime, end: datetime
) -> Sequence[Counted]:
    """Return the counts of a plot's cameras, and before them what already hung in its traps.

    Args:
        session: the open transaction.
        record: of the plot.
        start: the first moment that is asked for.
        end: the first moment that is not.
    """
    frames: list[Counted] = []
    for camera_id in sorted({view.camera_id for view in record.views}):
        traps = any(
            view.camera_id == camera_id and view.kind is ViewKind.TRAP for view in record.views
        )
        rows = session.execute(
            select(
                FieldCount.frame_id,
                FieldCount.camera_id,
                FieldCount.captured_at,
                FieldCount.usable,
                FieldCount.counts,
                FieldCount.excess_green,
                FieldCount.canopy_cover,
            ).where(
                FieldCount.camera_id == camera_id,
                FieldCount.captured_at >= (start - LONGEST_CATCH if traps else start),
                FieldCount.captured_at < end,
            )
        )
        frames.extend(Counted(*row) for row in rows)
    return frames


def newest(session: Session, plot_id: str) -> datetime | None:
    """Return when the newest counted frame of a plot's cameras was captured."""
    cameras = select(PlotCamera.camera_id).where(PlotCamera.plot_id == plot_id)
    return session.scalar(
        select(func.max(FieldCount.captured_at)).where(FieldCount.camera_id.in_(cameras))
    )
