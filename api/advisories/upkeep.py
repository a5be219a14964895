"""Findings of pests: opened, brought up to date, withdrawn."""

from math import pi, sqrt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.advisories.assessment import Assessment, Limit
from api.advisories.models import PestAdvisory
from api.counts.densities import Density
from api.counts.pests import UNIT, VIEW_OF
from api.counts.trend import Trend
from api.dispatch import policy
from api.evidence import service as evidence
from api.evidence.models import Evidence
from api.findings.models import Finding, FindingDetection
from api.findings.opening import add_finding
from api.findings.states import FindingEvent, FindingState
from api.findings.upkeep import SYSTEM, change_state
from api.frames.models import Detection, Frame
from api.plots.models import Plot
from inference.inspections import Kind

INSPECTION = "crop_pest"
_UNJUDGED = (FindingState.CANDIDATE, FindingState.PENDING_REVIEW, FindingState.WITHDRAWN)
_M2_PER_HA = 10_000


def warn(
    session: Session,
    plot: Plot,
    *,
    pest: str,
    said: Assessment,
    trend: Trend | None,
    advisory: PestAdvisory | None,
) -> Finding:
    """Open the finding of a plot, pest and period, or make it say what its counts say now.

    One that somebody has judged stays as it was judged.

    Args:
        session: the open transaction; the plot is locked.
        plot: where.
        pest: its class name.
        said: what the period says: that the threshold was crossed.
        trend: of the weeks before, per day.
        advisory: what is known of it already.
    """
    finding = _held(session, advisory) if advisory else _open(session, plot, pest, said)
    if is_judged(finding):
        return finding
    limit = said.limit
    if limit is None or said.value is None:
        raise ValueError("nothing was crossed where there is no threshold or no value")
    _write(session, finding, plot, pest, said, limit, trend)
    over = [each for each in said.found if each.value >= limit.value]
    finding.looks = len(over)
    finding.confidence = len(over) / len(said.found)
    finding.severity = limit.version.severity_of(said.ratio)
    finding.first_seen_at, finding.last_seen_at = over[0].at, over[-1].at
    _show(session, finding, pest, said)
    if finding.state is not FindingState.PENDING_REVIEW:
        finding.key = finding.open_key = key_of(plot, pest, said.period.name)
        change_state(session, finding, FindingEvent.ENOUGH_SEEN, actor=SYSTEM)
    policy.consider(session, finding=finding)
    return finding


def take_back(session: Session, advisory: PestAdvisory, said: Assessment) -> None:
    """Withdraw a finding whose period is below the threshold after all, if nobody judged it."""
    finding = _held(session, advisory)
    if is_judged(finding) or finding.state is FindingState.WITHDRAWN:
        return
    if said.value is not None:
        advisory.value, advisory.frames = said.value, len(said.found)
    if said.limit is not None:
        advisory.threshold = said.limit.value
    finding.key = finding.open_key = None
    change_state(
        session,
        finding,
        FindingEvent.WITHDRAW,
        actor=SYSTEM,
        reason="the period is below the threshold, by frames or records that came later",
    )


def is_judged(finding: Finding) -> bool:
    """Say whether a person, or a policy in a person's stead, has given a word on a finding."""
    return finding.state not in _UNJUDGED or finding.reviewed_at is not None


def key_of(plot: Plot, pest: str, period: str) -> str:
    """Return the key of which one finding may be open."""
    return f"{INSPECTION}/{pest}/{plot.id}/{period}"


def _held(session: Session, advisory: PestAdvisory) -> Finding:
    """Return the finding of an advisory; nobody reviews it until the transaction ends."""
    return session.get_one(
        Finding, advisory.finding_id, with_for_update=True, populate_existing=True
    )


def _open(session: Session, plot: Plot, pest: str, said: Assessment) -> Finding:
    frame = session.get_one(Frame, said.found[-1].frame_id)
    finding = Finding(
        inspection=INSPECTION,
        kind=Kind.AREA.value,
        class_name=pest,
        class_group=pest,
        state=FindingState.CANDIDATE,
        camera_id=frame.camera_id,
        latitude=plot.latitude,
        longitude=plot.longitude,
        # The radius of a disc with 68 % of the plot's area.
        accuracy_m=sqrt(0.68 * plot.area_ha * _M2_PER_HA / pi),
        first_seen_at=frame.captured_at,
        last_seen_at=frame.captured_at,
    )
    add_finding(
        session,
        finding,
        actor=SYSTEM,
        class_group=pest,
        plot_id=plot.id,
        period=said.period.name,
    )
    return finding


def _write(
    session: Session,
    finding: Finding,
    plot: Plot,
    pest: str,
    said: Assessment,
    limit: Limit,
    trend: Trend | None,
) -> None:
    values = {
        "value": said.value,
        "frames": len(said.found),
        "unit": UNIT[VIEW_OF[pest]],
        "threshold": limit.value,
        "published": limit.published.value,
        "published_unit": limit.published.unit.value,
        "version": limit.version.version,
        "source": limit.published.source,
        "bbch": said.bbch,
        "trend": trend.slope if trend else None,
        "trend_low": trend.low if trend else None,
        "trend_high": trend.high if trend else None,
    }
    advisory = session.get(PestAdvisory, finding.id)
    if advisory is None:
        advisory = PestAdvisory(
            finding_id=finding.id,
            plot_id=plot.id,
            pest=pest,
            period=said.period.name,
            period_kind=said.period.kind,
            period_start=said.period.start,
            period_end=said.period.end,
        )
        session.add(advisory)
    for name, value in values.items():
        setattr(advisory, name, value)
    session.flush()


def _show(session: Session, finding: Finding, pest: str, said: Assessment) -> None:
    """Show the frame that is nearest to the median; the one that was shown before goes."""
    frame = _nearest(session, said)
    best = session.get(Detection, finding.best_detection_id or "")
    if best is not None and best.frame_id == frame.id:
        return
    for table in (FindingDetection, Evidence):
        session.execute(delete(table).where(table.finding_id == finding.id))
    detections = session.scalars(
        select(Detection)
        .where(Detection.frame_id == frame.id, Detection.class_name == pest)
        .order_by(Detection.score.desc(), Detection.id)
    ).all()
    session.add_all(
        FindingDetection(detection_id=one.id, finding_id=finding.id) for one in detections
    )
    finding.best_detection_id = detections[0].id
    finding.camera_id = frame.camera_id
    evidence.keep(session, finding_id=finding.id, frame=frame)


def _nearest(session: Session, said: Assessment) -> Frame:
    """Return the frame with the pest whose density is nearest to the period's value."""
    value = said.value or 0.0

    def distance(each: Density) -> tuple[float, float, str]:
        return abs(each.value - value), -each.at.timestamp(), each.frame_id

    nearest = min((each for each in said.found if each.count), key=distance)
    return session.get_one(Frame, nearest.frame_id)
