"""Frames of fields: counted, and held against the thresholds of the plot that they show."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.advisories.judging import REACH, judge
from api.advisories.models import PestAdvisory
from api.counts import service as counts
from api.findings.gather import Gathered
from api.findings.models import Finding
from api.frames.models import Detection, Frame
from api.frames.sightings import Seen
from api.plots.models import PlotCamera


@dataclass(frozen=True, slots=True)
class AreaGatherer:
    """The gatherer of the kind `area`.

    Attributes:
        zone: where days and weeks begin.
    """

    zone: ZoneInfo

    def sight(self, seen: Seen) -> "AreaSighting":
        """Return what was seen: what it means is known only with the rest of its period."""
        return AreaSighting(seen, self.zone)


@dataclass(frozen=True, slots=True)
class AreaSighting:
    """What one frame says of a field; a picture is kept where something was found."""

    seen: Seen
    zone: ZoneInfo

    @property
    def keeps_picture(self) -> bool:
        """Whether anything was found."""
        return len(self.seen.found) > 0

    def gather(
        self, session: Session, *, frame: Frame, detections: Sequence[Detection]
    ) -> list[Gathered]:
        """Count the frame, and bring the findings of its plot up to date.

        Returns:
            The open findings of its plot that it made, or whose pest it shows in their period.
        """
        session.add_all(detections)
        counts.record(session, frame=frame, seen=self.seen)
        session.flush()
        at = frame.captured_at
        plots = session.scalars(
            select(PlotCamera.plot_id)
            .where(
                PlotCamera.camera_id == frame.camera_id,
                PlotCamera.since <= at,
                or_(PlotCamera.until.is_(None), PlotCamera.until > at),
            )
            .order_by(PlotCamera.plot_id)
        ).all()
        gathered: list[Gathered] = []
        for plot_id in plots:
            opened = judge(session, plot_id=plot_id, since=at, zone=self.zone, until=at + REACH)
            gathered += _gathered(session, plot_id, frame, detections, opened)
        return gathered


def _gathered(
    session: Session,
    plot_id: str,
    frame: Frame,
    detections: Sequence[Detection],
    opened: Sequence[Finding],
) -> list[Gathered]:
    of_pest: dict[str, list[str]] = {}
    for one in detections:
        of_pest.setdefault(one.class_name, []).append(one.id)
    findings = session.scalars(
        select(Finding)
        .join(PestAdvisory, PestAdvisory.finding_id == Finding.id)
        .where(
            PestAdvisory.plot_id == plot_id,
            Finding.open_key.is_not(None),
            or_(
                Finding.id.in_([finding.id for finding in opened]),
                (PestAdvisory.period_start <= frame.captured_at)
                & (PestAdvisory.period_end > frame.captured_at)
                & PestAdvisory.pest.in_(of_pest),
            ),
        )
        .order_by(Finding.id)
    )
    return [
        Gathered(
            finding_id=finding.id,
            class_name=finding.class_name,
            state=finding.state,
            new=finding in opened,
            detection_ids=tuple(of_pest.get(finding.class_name, ())),
        )
        for finding in findings
    ]
