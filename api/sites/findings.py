"""Findings of illegal building: one for each region that was confirmed and no zone suppresses."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.baselines.models import Baseline
from api.dispatch import policy
from api.evidence.models import Evidence
from api.findings.locks import map_cell
from api.findings.models import Finding, FindingDetection
from api.findings.opening import add_finding
from api.findings.states import FindingEvent, FindingState
from api.findings.upkeep import SYSTEM, change_state, is_reviewed
from api.frames.models import Detection, Frame
from api.sites.cameras import INSPECTION
from api.sites.models import Composite, SiteRegion
from api.sites.pictures import JPEG, Shown
from api.sites.reading import Known
from inference.inspections import Kind
from inference.sites.persistence import Track
from models.registry import ModelFile

CLASS_NAME = "new_structure"
REACH_M = 50.0
"""What a fixed camera watches lies within so many metres of it, as a rule."""


def bring_up_to_date(
    session: Session,
    *,
    known: Known,
    region: SiteRegion,
    track: Track,
    composites: Sequence[Composite],
    shown: Shown | None,
    model: ModelFile,
) -> None:
    """Open the finding of a region, or make it say what the region's composites say now.

    One that somebody has judged stays as it was judged, and keeps the pictures that were judged.
    A structure that is gone before anybody judged it takes its finding with it.

    Args:
        session: the open transaction; the camera is locked.
        known: its camera.
        region: the row of the region.
        track: what the state says of it.
        composites: of the half day.
        shown: its pictures, where the half day shows it.
        model: that found it.
    """
    finding = _held(session, region)
    if finding is None:
        if shown is None or track.kind != "appeared" or track.confirmed is None:
            return
        if track.suppressed_by is not None or track.gone is not None:
            return
        finding = _open(session, known, region, track)
    if _is_judged(finding):
        return
    quiet = track.gone is not None or track.suppressed_by is not None
    if finding.state is FindingState.WITHDRAWN and (quiet or shown is None):
        return
    finding.looks = track.hits
    finding.confidence, finding.severity = region.score, region.severity
    finding.last_seen_at = region.last_at
    if shown is not None and region.shown_stage != region.stage:
        newest = next(one for one in composites if one.light == shown.light)
        _show(session, finding, region, newest, shown, model)
    if quiet:
        _withdraw(session, finding, gone=track.gone is not None)
        return
    if finding.state is not FindingState.PENDING_REVIEW:
        finding.key = finding.open_key = _key(region)
        change_state(session, finding, FindingEvent.ENOUGH_SEEN, actor=SYSTEM)
    policy.consider(session, finding=finding)


def _is_judged(finding: Finding) -> bool:
    """Say whether a person, or a policy in a person's stead, has given a word on a finding."""
    withdrawn = finding.state is FindingState.WITHDRAWN and finding.reviewed_at is None
    return is_reviewed(finding) and not withdrawn


def _withdraw(session: Session, finding: Finding, *, gone: bool) -> None:
    finding.key = finding.open_key = None
    reason = "it stands no longer" if gone else "it lies in works or in an excluded zone"
    change_state(session, finding, FindingEvent.WITHDRAW, actor=SYSTEM, reason=reason)


def _key(region: SiteRegion) -> str:
    return f"{INSPECTION}/{region.id}"


def _held(session: Session, region: SiteRegion) -> Finding | None:
    """Return the finding of a region; nobody reviews it until the transaction ends."""
    if region.finding_id is None:
        return None
    return session.get_one(Finding, region.finding_id, with_for_update=True, populate_existing=True)


def _open(session: Session, known: Known, region: SiteRegion, track: Track) -> Finding:
    camera, key = known.camera, _key(region)
    finding = Finding(
        inspection=INSPECTION,
        kind=Kind.PLACE.value,
        class_name=CLASS_NAME,
        class_group=CLASS_NAME,
        state=FindingState.CANDIDATE,
        key=key,
        open_key=key,
        camera_id=camera.id,
        latitude=camera.latitude,
        longitude=camera.longitude,
        first_seen_at=track.first_seen.at,
        last_seen_at=region.last_at,
    )
    if finding.latitude is not None and finding.longitude is not None:
        finding.accuracy_m = REACH_M
        finding.cell = map_cell(finding.latitude, finding.longitude)
    add_finding(
        session,
        finding,
        actor=SYSTEM,
        class_group=CLASS_NAME,
        camera_id=camera.id,
        region_id=region.id,
    )
    region.finding_id = finding.id
    return finding


def _show(
    session: Session,
    finding: Finding,
    region: SiteRegion,
    composite: Composite,
    shown: Shown,
    model: ModelFile,
) -> None:
    """Keep before and after; trace them to the newest frame and to the model."""
    frame = session.get_one(Frame, composite.frames[-1]["frame_id"])
    across, down = frame.width / composite.width, frame.height / composite.height
    detection = Detection(
        frame_id=frame.id,
        model_digest=model.digest,
        inspection=INSPECTION,
        class_name=CLASS_NAME,
        class_group=CLASS_NAME,
        score=region.score,
        x1=region.x1 * across,
        y1=region.y1 * down,
        x2=region.x2 * across,
        y2=region.y2 * down,
        latitude=finding.latitude,
        longitude=finding.longitude,
    )
    session.add(detection)
    session.flush()
    session.add(FindingDetection(finding_id=finding.id, detection_id=detection.id))
    finding.best_detection_id = detection.id
    session.execute(delete(Evidence).where(Evidence.finding_id == finding.id))
    baseline = session.get_one(Baseline, composite.baseline_id)
    approved = datetime.fromisoformat(baseline.frames[-1]["captured_at"])
    for role, key, at in (
        ("overlay", shown.overlay, composite.last_at),  # the first is the one that lists show
        ("after", shown.after, composite.last_at),
        ("before", shown.before, approved),
    ):
        keep_picture(session, finding, composite, role, key, at)
    region.shown_stage = region.stage


def keep_picture(
    session: Session, finding: Finding, composite: Composite, role: str, key: str, at: datetime
) -> None:
    """Keep a picture of a region that is no frame's.

    Args:
        session: the open transaction.
        finding: of the region.
        composite: whose size the picture has.
        role: before, after, overlay or cleared.
        key: of the object.
        at: when it was captured.
    """
    session.add(
        Evidence(
            finding_id=finding.id,
            camera_id=finding.camera_id,
            shows=role,
            captured_at=at,
            width=composite.width,
            height=composite.height,
            object_key=key,
            content_type=JPEG,
        )
    )
    session.flush()
