"""From a plot's counts to its findings: worked out anew whenever something it rests on changes.

Nothing is carried along from frame to frame. What a period says follows from the counts, the
record of the plot and the thresholds alone, so that frames may come late, twice and in any order.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from api.advisories import upkeep
from api.advisories.assessment import Assessment, assess, trend_of
from api.advisories.models import PestAdvisory
from api.advisories.verification import note_next
from api.cases.models import Case
from api.counts import service as counts
from api.counts.densities import LONGEST_CATCH, Counted, Density, densities
from api.counts.models import FieldCount
from api.counts.periods import Period, PeriodKind
from api.counts.pests import VIEW_OF
from api.database import now
from api.findings.models import Finding
from api.plots.models import Plot, PlotCamera
from api.plots.record import PlotRecord, read_record
from api.thresholds import service as thresholds
from api.thresholds.service import Versions

REACH = LONGEST_CATCH
"""How long a frame bears on others: in trends, and in what already hung in a trap."""


def judge(
    session: Session,
    *,
    plot_id: str,
    since: datetime,
    zone: ZoneInfo,
    until: datetime | None = None,
) -> list[Finding]:
    """Bring the findings of a plot up to date with what is known of it.

    Looks at the periods from `since` on, and at the one before where somebody waits for its end.

    Args:
        session: the open transaction.
        plot_id: which; nobody else judges it until the transaction ends.
        since: the moment of what changed: when a late frame was captured, a stage began.
        zone: where days and weeks begin.
        until: the last moment that the change bears on, of a frame `REACH` after it; None for ever.

    Returns:
        The findings that it opened.
    """
    plot = session.get_one(Plot, plot_id, with_for_update=True, populate_existing=True)
    session.flush()
    newest = counts.newest(session, plot_id)
    if newest is None or newest < since or plot.disabled_at is not None:
        return []
    record, versions = read_record(session, plot), thresholds.versions(session, plot.crop)
    last = min(newest, until or newest)
    opened: list[Finding] = []
    for kind in PeriodKind:
        first = Period.of(kind, _ended(session, plot_id, since, kind, zone), zone)
        periods = [
            period
            for period in first.until(Period.of(kind, last, zone))
            if (version := versions.on(period.last)) and version.period is kind
        ]
        if periods:
            opened += _judge(session, record, versions, periods, over=min(newest, now()))
    return opened


def judge_all(session: Session, *, crop: str, since: datetime, zone: ZoneInfo) -> None:
    """Bring the findings of every plot of a crop up to date, after its thresholds changed."""
    plots = session.scalars(select(Plot.id).where(Plot.crop == crop).order_by(Plot.id)).all()
    for plot_id in plots:
        judge(session, plot_id=plot_id, since=since, zone=zone)


def _judge(
    session: Session,
    record: PlotRecord,
    versions: Versions,
    periods: Sequence[Period],
    *,
    over: datetime,
) -> list[Finding]:
    """Judge periods; those that end by `over` have ended, and a frame has come since."""
    start, end = periods[0].start, periods[-1].end
    frames = counts.read(session, record, start=start, end=end)
    advisories = {
        (row.pest, row.period): row
        for row in session.scalars(
            select(PestAdvisory).where(PestAdvisory.plot_id == record.plot.id)
        )
    }
    warned = {pest for pest, _ in advisories}
    seen = {name for frame in frames for name, number in frame.counts.items() if number}
    opened = []
    for pest in sorted(warned | (seen & VIEW_OF.keys())):
        found = _densities(frames, record, pest, periods[0].zone)
        for period in periods:
            said = assess(period, found, pest=pest, record=record, versions=versions)
            advisory = advisories.get((pest, period.name))
            if said.crossed:
                trend = trend_of(_before(session, record, pest, said), period)
                finding = upkeep.warn(
                    session, record.plot, pest=pest, said=said, trend=trend, advisory=advisory
                )
                if advisory is None:
                    opened.append(finding)
                    warned.add(pest)
            elif advisory is not None:
                upkeep.take_back(session, advisory, said)
            if pest in warned and said.judged and period.end <= over:
                note_next(session, record.plot, pest=pest, said=said)
    session.flush()
    return opened


def _before(session: Session, record: PlotRecord, pest: str, said: Assessment) -> list[Density]:
    """Return the densities of the weeks that a period's trend looks back on."""
    end = said.period.end
    frames = counts.read(session, record, start=end - REACH, end=end)
    found = _densities(frames, record, pest, said.period.zone)
    return [each for each in found if each.at >= end - REACH]


def _densities(
    frames: Sequence[Counted], record: PlotRecord, pest: str, zone: ZoneInfo
) -> list[Density]:
    return densities(frames, views=record.views, services=record.services, pest=pest, zone=zone)


def _ended(
    session: Session, plot_id: str, since: datetime, kind: PeriodKind, zone: ZoneInfo
) -> datetime:
    """Return a moment of the last period with frames before, if somebody waits for its end."""
    start = Period.of(kind, since, zone).start
    waiting = (
        select(PestAdvisory.finding_id)
        .outerjoin(Case, Case.open_finding_id == PestAdvisory.finding_id)
        .where(
            PestAdvisory.plot_id == plot_id,
            PestAdvisory.period_kind == kind,
            PestAdvisory.period_end < start,
            or_(PestAdvisory.next_below.is_(None), Case.id.is_not(None)),
        )
    )
    if not session.scalar(select(waiting.exists())):
        return since
    cameras = select(PlotCamera.camera_id).where(PlotCamera.plot_id == plot_id)
    return (
        session.scalar(
            select(func.max(FieldCount.captured_at)).where(
                FieldCount.camera_id.in_(cameras),
                FieldCount.captured_at < start,
                FieldCount.usable,
            )
        )
        or since
    )
