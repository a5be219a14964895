"""Findings opened, kept up to date with their looks, and superseded."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from math import sqrt
from statistics import median

import h3
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cameras.models import Camera
from api.dispatch import policy
from api.evidence import service as evidence
from api.evidence.models import Evidence
from api.findings.association import MapLook, estimate
from api.findings.geodesy import RADIUS_68
from api.findings.locks import map_cell
from api.findings.models import Finding, Look
from api.findings.opening import add_finding
from api.findings.passes import Changes, Pass
from api.findings.scoring import confidence, rule_for
from api.findings.states import FINDING_MACHINE, FindingEvent, FindingState
from api.frames.models import Detection, Frame

_KEY_RESOLUTION = 12
_KEYS_AT_ONCE = 16
_MOST_LOOKS = 24
"""Looks of a finding that stay on the map; older ones have said what they could."""

_MOST_PICTURES = 5
_UNREVIEWED = (FindingState.CANDIDATE, FindingState.PENDING_REVIEW)
SYSTEM = "system"


def is_reviewed(finding: Finding) -> bool:
    """Say whether somebody has judged a finding; two such are never made one."""
    return finding.state not in _UNREVIEWED or finding.reviewed_at is not None


def open_finding(session: Session, this: Pass, look: MapLook) -> Finding:
    """Make a finding for what nothing on the map explains.

    Args:
        session: the open transaction.
        this: the pass that is gathered.
        look: the first look at it.

    Raises:
        IntegrityError: another process opened one here at the same time.
    """
    latitude, longitude = this.around.plane.to_wgs84(*look.mean.tolist())
    finding = Finding(
        inspection=this.inspection.name,
        kind=this.inspection.kind.value,
        class_name=look.group,
        class_group=look.group,
        state=FindingState.CANDIDATE,
        open_key=free_key(session, this.inspection.name, look.group, latitude, longitude),
        camera_id=this.camera.id,
        latitude=latitude,
        longitude=longitude,
        first_seen_at=this.frame.captured_at,
        last_seen_at=this.frame.captured_at,
    )
    add_finding(session, finding, actor=SYSTEM, class_group=look.group)
    return finding


def free_key(
    session: Session, inspection: str, class_group: str, latitude: float, longitude: float
) -> str:
    """Return the open key of one more finding in a cell (H3 resolution 12, about 300 m²).

    The keys of a cell are numbered. Two processes that each think theirs is the next finding
    there take the same number, and the database lets one of them through.
    """
    cell = h3.latlng_to_cell(latitude, longitude, _KEY_RESOLUTION)
    for start in count(0, _KEYS_AT_ONCE):
        keys = [
            f"{inspection}/{class_group}/{cell}/{n}" for n in range(start, start + _KEYS_AT_ONCE)
        ]
        taken = set(session.scalars(select(Finding.open_key).where(Finding.open_key.in_(keys))))
        free = [key for key in keys if key not in taken]
        if free:
            return free[0]
    raise AssertionError("counting does not end")


def bring_up_to_date(
    session: Session,
    this: Pass,
    findings: Mapping[str, Finding],
    looks: Sequence[MapLook],
    changes: Changes,
) -> None:
    """Make findings say what their looks say, after a frame was gathered.

    Args:
        session: the open transaction; looks and links are written.
        this: the pass that was gathered.
        findings: everything around, by id.
        looks: everything on the map, each with the id of its finding.
        changes: what gathering changed.
    """
    rows: dict[str, list[Look]] = defaultdict(list)
    for row in changes.looks:
        rows[row.finding_id].append(row)
    emptied = {key for key in changes.touched if not rows[key]}
    for key in sorted(emptied - _with_looks_elsewhere(session, emptied)):
        heir = changes.went_to[key]
        while heir in emptied:
            heir = changes.went_to[heir]
        supersede(session, findings[key], by=heir, actor=SYSTEM, reason="seen as one with it")
    known = estimate(looks)
    places = {
        key: (known.positions[n], float(known.block(n, n).trace()))
        for n, key in enumerate(known.findings)
    }
    for key in sorted(changes.touched - emptied):
        finding = findings[key]
        if key in places:
            position, variance = places[key]
            finding.latitude, finding.longitude = this.around.plane.to_wgs84(*position.tolist())
            finding.accuracy_m = RADIUS_68 * sqrt(variance / 2)
            finding.cell = map_cell(finding.latitude, finding.longitude)
        before = (finding.looks, finding.confidence)
        _judge(session, finding, rows[key])
        _show(session, this.frame, finding, rows[key])
        _retire(rows[key])
        if _is_enough(finding, rows[key]) and _is_heeded(session, finding, rows[key]):
            change_state(session, finding, FindingEvent.ENOUGH_SEEN, actor=SYSTEM)
        elif before == (finding.looks, finding.confidence):
            continue
        if policy.consider(session, finding=finding):
            pin(session, finding)
    session.flush()


def _with_looks_elsewhere(session: Session, findings: Collection[str]) -> set[str]:
    """Return those that still have looks, beyond the edge of what was read or off the map."""
    if not findings:
        return set()
    return set(session.scalars(select(Look.finding_id).where(Look.finding_id.in_(findings))))


def judge_again(session: Session, finding: Finding) -> None:
    """Bring a finding of a place up to date with its looks where it stands; its place stays."""
    looks = session.scalars(
        select(Look)
        .where(Look.finding_id == finding.id, Look.cell.is_not(None))
        .execution_options(populate_existing=True)
    ).all()
    _judge(session, finding, looks)
    _retire(looks)


def take_off_map(session: Session, finding: Finding) -> None:
    """Let what is seen here from now on be another finding."""
    session.execute(update(Look).where(Look.finding_id == finding.id).values(cell=None))


def put_on_map(session: Session, finding: Finding) -> None:
    """Open a finding again, with the looks that it has."""
    if finding.key is not None:
        finding.open_key = finding.key
        return
    looks = session.scalars(
        select(Look).where(Look.finding_id == finding.id).order_by(Look.last_at.desc())
    ).all()
    for look in looks[:_MOST_LOOKS]:
        look.cell = map_cell(look.latitude, look.longitude)
    if finding.latitude is not None and finding.longitude is not None:
        finding.open_key = free_key(
            session, finding.inspection, finding.class_group, finding.latitude, finding.longitude
        )


def pin(session: Session, finding: Finding) -> None:
    """Keep a finding's looks with it, for somebody has acted on them."""
    session.execute(update(Look).where(Look.finding_id == finding.id).values(pinned=True))


def _judge(session: Session, finding: Finding, looks: Sequence[Look]) -> None:
    """Take confidence, size, severity and times from the looks."""
    if len(looks) < _MOST_LOOKS:
        finding.looks = len({look.pass_key for look in looks})
        finding.first_seen_at = min(look.first_at for look in looks)
    else:  # some are no longer on the map
        finding.looks, finding.first_seen_at = session.execute(
            select(func.count(Look.pass_key.distinct()), func.min(Look.first_at)).where(
                Look.finding_id == finding.id
            )
        ).one()
    finding.last_seen_at = max(look.last_at for look in looks)
    finding.confidence = confidence([look.score for look in looks])
    finding.size_m = median(look.size_m for look in looks)
    finding.severity = rule_for(finding.inspection, finding.class_group).severity(finding.size_m)
    finding.heading_deg = max(looks, key=lambda look: (look.last_at, look.id)).heading_deg


def _show(session: Session, frame: Frame, finding: Finding, looks: Sequence[Look]) -> None:
    """Take class and picture from the best detection; keep a picture of some passes too."""
    best = min(looks, key=lambda look: (-look.score, look.best_detection_id)).best_detection_id
    if best != finding.best_detection_id:
        detection = session.get_one(Detection, best)
        finding.best_detection_id = best
        finding.class_name = finding.corrected_class or detection.class_name
        picture = session.get_one(Frame, detection.frame_id)
        evidence.keep(session, finding_id=finding.id, frame=picture)
    elif any(look.frames == 1 and look.last_at == frame.captured_at for look in looks):
        kept = session.scalar(
            select(func.count()).select_from(Evidence).where(Evidence.finding_id == finding.id)
        )
        if kept is not None and kept < _MOST_PICTURES:
            evidence.keep(session, finding_id=finding.id, frame=frame)


def _retire(looks: Sequence[Look]) -> None:
    for look in sorted(looks, key=lambda look: (look.last_at, look.id))[:-_MOST_LOOKS]:
        look.cell = None


def _is_enough(finding: Finding, looks: Sequence[Look]) -> bool:
    rule = rule_for(finding.inspection, finding.class_group)
    frames = sum(look.frames for look in looks)
    return finding.state is FindingState.CANDIDATE and rule.is_enough(finding.confidence, frames)


def _is_heeded(session: Session, finding: Finding, looks: Sequence[Look]) -> bool:
    """Say whether any look reaches the threshold of the camera that took it."""
    cameras = session.scalars(
        select(Camera).where(Camera.id.in_({look.camera_id for look in looks}))
    )
    by_id = {camera.id: camera for camera in cameras}
    return any(by_id[look.camera_id].heeds(finding.class_name, look.score) for look in looks)


def supersede(session: Session, finding: Finding, *, by: str, actor: str, reason: str) -> None:
    """Make a finding the duplicate of another one.

    Args:
        session: the open transaction.
        finding: which; its looks have gone to the other one.
        by: the id of the other one.
        actor: who says so.
        reason: why, for the audit record.
    """
    finding.duplicate_of, finding.open_key = by, None
    change_state(session, finding, FindingEvent.MARK_DUPLICATE, actor=actor, reason=reason)


def change_state(
    session: Session,
    finding: Finding,
    event: FindingEvent,
    *,
    actor: str,
    reason: str | None = None,
) -> None:
    """Let something happen to a finding, with its audit record.

    Raises:
        Conflict: its state does not allow it.
    """
    before = finding.state
    finding.state = FINDING_MACHINE.next_state(before, event)
    audit.record(
        session,
        actor=actor,
        action=f"finding.{event.value}",
        object_type="finding",
        object_id=finding.id,
        before={"state": before.value},
        after={"state": finding.state.value, "duplicate_of": finding.duplicate_of},
        reason=reason,
    )
