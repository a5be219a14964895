"""Passes after a claim, judged: enough clean ones close the case, one hit sends it back.

A pass is judged as a whole when it is over, since later frames may give an earlier detection to
another finding: when the camera has driven on, or when nothing more of it came for two minutes.
Frames that come later still make it be judged again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import cos, hypot, radians, sin

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.evidence import service as evidence
from api.evidence.models import LOOK, Evidence
from api.findings.association import MAX_APART_M
from api.findings.geodesy import RADIUS_68, LocalPlane, cells_around
from api.findings.models import Finding
from api.findings.poses import pose_of
from api.findings.projection import Pose
from api.findings.surroundings import PASS_GAP
from api.frames.models import Detection, Frame
from api.verification.models import (
    OPEN,
    LookOutcome,
    Method,
    Verification,
    VerificationLook,
)
from api.verification.passes import (
    CELL_RESOLUTION,
    LONGEST,
    PassBy,
    has_rival,
    outcome_of,
    passes_by,
)
from api.verification.service import looks_of

_CELL_RINGS = 1
_AGO = timedelta(minutes=15)  # longer than any pass
BEFORE, AFTER = "before", "after"


def note_frame(session: Session, *, frame: Frame, camera: Camera, inspection: str) -> None:
    """Judge the passes that a camera has ended by driving on.

    Called for every frame of an inspection of places, in the transaction that gathers it.

    Args:
        session: the open transaction; the frame and its coverage are in it, gathered.
        frame: the frame.
        camera: its camera.
        inspection: what looked at it.
    """
    if frame.misplaced or frame.latitude is None or frame.longitude is None:
        return
    waiting = near(session, frame.latitude, frame.longitude, inspection)
    pose = pose_of(session, frame=frame, camera=camera) if waiting else None
    judged = _just_judged(session, waiting, frame) if waiting else set()
    for verification in waiting:
        finding = session.get_one(Finding, verification.finding_id)
        if pose and verification.id not in judged and _has_passed(pose, finding):
            judge(
                session,
                verification,
                since=max(verification.claimed_at, frame.captured_at - _AGO),
                camera_id=camera.id,
                until=frame.captured_at,
            )


def near(
    session: Session, latitude: float, longitude: float, inspection: str
) -> Sequence[Verification]:
    """Return the open verifications by looks whose place lies around a WGS-84 position."""
    cells = cells_around(latitude, longitude, CELL_RESOLUTION, _CELL_RINGS)
    return session.scalars(
        select(Verification)
        .where(
            Verification.state.in_(OPEN),
            Verification.cell.in_(cells),
            Verification.method == Method.LOOKS,
            Verification.inspection == inspection,
        )
        .order_by(Verification.case_id)
    ).all()


def judge(
    session: Session,
    verification: Verification,
    *,
    since: datetime,
    until: datetime | None = None,
    camera_id: str | None = None,
    received_before: datetime | None = None,
) -> None:
    """Judge the passes of a verification that are over.

    Args:
        session: the open transaction.
        verification: by looks, open when it was read.
        since: passes that began then or later.
        until: frames taken before then.
        camera_id: of this camera; None means any.
        received_before: passes of which nothing came since then.
    """
    finding = session.get_one(Finding, verification.finding_id)
    found = passes_by(session, finding, since=since, until=until, camera_id=camera_id)
    known = looks_of(session, verification)
    over = [
        one
        for one in found
        if (received_before is None or one.received_at < received_before)
        and not any(_is_same(look, one) and _has_all_of(look, one) for look in known)
    ]
    if not over:
        return
    case = cases.locked(session, verification.case_id)
    session.refresh(verification)
    for one in over:
        if verification.state not in OPEN or case.state is not CaseState.VERIFYING:
            return
        _judge_one(session, case, verification, finding, one)


def _judge_one(
    session: Session, case: Case, verification: Verification, finding: Finding, one: PassBy
) -> None:
    looks = looks_of(session, verification)
    known = next((look for look in looks if _is_same(look, one)), None)
    others = [look for look in looks if look is not known]
    faint = [
        look.score
        for look in others
        if look.outcome is LookOutcome.DOUBTFUL and look.score is not None
    ]
    outcome = outcome_of(finding, one, faint)
    if outcome is LookOutcome.CLEAN and has_rival(session, finding, one):
        outcome = LookOutcome.DOUBTFUL
    said_anew = known is None or known.outcome is not outcome
    look = known or VerificationLook(verification_id=verification.id, camera_id=one.camera_id)
    look.first_at, look.last_at = one.first_at, one.last_at
    look.outcome, look.counted = outcome, False
    look.frames, look.sightings, look.score = len(one.covering), one.sightings, one.score
    look.judged_at = now()
    session.add(look)
    verification.clean = _count(
        sorted([*others, look], key=lambda each: each.first_at), verification
    )
    verification.doubtful = [*(each.outcome for each in others), outcome].count(
        LookOutcome.DOUBTFUL
    )
    session.flush()
    if said_anew and outcome is not LookOutcome.OUTSIDE:
        _tell(session, case, verification, finding, one, look)


def _tell(
    session: Session,
    case: Case,
    verification: Verification,
    finding: Finding,
    one: PassBy,
    look: VerificationLook,
) -> None:
    """Write what a look says on the timeline, and let it move the case where it decides."""
    camera = session.get_one(Camera, one.camera_id)
    words = _words(camera, verification, look, one)
    body = {
        "verification_id": verification.id,
        "look_id": look.id,
        "outcome": look.outcome.value,
        "clean": verification.clean,
        "needed": verification.asked,
        "frames": look.frames,
        "sightings": look.sightings,
    }
    event = {
        LookOutcome.CLEAN: CaseEvent.PASS,
        LookOutcome.HIT: CaseEvent.FAIL,
        LookOutcome.DOUBTFUL: CaseEvent.VERIFY,
    }[look.outcome]
    report = Report(event, SYSTEM, comment=words, occurred_at=one.last_at, body=body)
    if look.outcome is LookOutcome.HIT:
        _keep_hit(session, finding, one)
        cases.change(session, case=case, report=report)
    elif look.outcome is LookOutcome.CLEAN and 0 < (verification.asked or 0) <= verification.clean:
        _keep_pair(session, finding, one)
        cases.change(session, case=case, report=report)
    else:
        _keep_look(session, finding, one)
        cases.store(session, case=case, report=report)


def _count(looks: Sequence[VerificationLook], verification: Verification) -> int:
    """Mark the clean looks that count, oldest first; return how many do."""
    last: datetime | None = None
    count = 0
    for look in looks:
        apart = last is None or look.first_at - last >= timedelta(seconds=verification.gap_s)
        look.counted = look.outcome is LookOutcome.CLEAN and apart
        if look.counted:
            last = look.last_at
            count += 1
    return count


def _keep_pair(session: Session, finding: Finding, one: PassBy) -> None:
    """Keep the place before and after the repair as evidence."""
    best = session.get(Detection, finding.best_detection_id) if finding.best_detection_id else None
    if best is not None:
        before = session.scalar(
            select(Evidence).where(
                Evidence.finding_id == finding.id, Evidence.frame_id == best.frame_id
            )
        )
        if before is not None:
            before.shows = BEFORE
    after = _keep_nearest(session, finding, one)
    if after is not None:
        after.shows = AFTER
    session.flush()


def _keep_look(session: Session, finding: Finding, one: PassBy) -> None:
    """Keep what a pass saw that decides nothing; it shows the finding to no department."""
    seen = _keep_nearest(session, finding, one)
    if seen is not None and seen.shows is None:
        seen.shows = LOOK


def _keep_nearest(session: Session, finding: Finding, one: PassBy) -> Evidence | None:
    """Keep the last picture of a pass that has any: the nearest to the place."""
    pictured = [covering for covering in one.covering if covering.has_picture]
    if not pictured:
        return None
    frame = session.get_one(Frame, pictured[-1].frame_id)
    return evidence.keep(session, finding_id=finding.id, frame=frame)


def _keep_hit(session: Session, finding: Finding, one: PassBy) -> None:
    """Keep the picture that shows best that it is still there."""
    best = max(one.sighted, key=lambda each: (each.score, each.frame_id))
    frame = session.get_one(Frame, best.frame_id)
    if frame.object_key is not None:
        evidence.keep(session, finding_id=finding.id, frame=frame).shows = None


def _is_same(look: VerificationLook, one: PassBy) -> bool:
    if look.camera_id != one.camera_id:
        return False
    first, last = min(look.first_at, one.first_at), max(look.last_at, one.last_at)
    together = (look.last_at - look.first_at) + (one.last_at - one.first_at)
    overlap = last - first < together or look.first_at == one.first_at
    return overlap or (last - first <= together + PASS_GAP and last - first < LONGEST)


def _has_all_of(look: VerificationLook, one: PassBy) -> bool:
    return (look.frames, look.sightings, look.last_at) == (
        len(one.covering),
        one.sightings,
        one.last_at,
    )


def _just_judged(session: Session, waiting: Sequence[Verification], frame: Frame) -> set[str]:
    """Return the verifications that have a look by the pass which a frame belongs to."""
    query = select(VerificationLook.verification_id).where(
        VerificationLook.verification_id.in_([one.id for one in waiting]),
        VerificationLook.camera_id == frame.camera_id,
        VerificationLook.first_at <= frame.captured_at,
        VerificationLook.last_at >= frame.captured_at - PASS_GAP,
    )
    return set(session.scalars(query))


def _has_passed(pose: Pose, finding: Finding) -> bool:
    """Say whether a place is behind a camera; without a heading, whether it is far from it."""
    plane = LocalPlane(pose.latitude, pose.longitude)
    east, north = plane.to_plane(finding.latitude or 0.0, finding.longitude or 0.0)
    if pose.heading_deg is None:
        return hypot(east, north) > MAX_APART_M
    heading = radians(pose.heading_deg)
    ahead_m = east * sin(heading) + north * cos(heading)
    return ahead_m < -2 * hypot(pose.gps_sd_m, (finding.accuracy_m or 0.0) / RADIUS_68)


def _words(camera: Camera, verification: Verification, look: VerificationLook, one: PassBy) -> str:
    passed = f"{camera.name} passed at {look.last_at.isoformat(timespec='seconds')}"
    if look.outcome is LookOutcome.HIT:
        return f"{passed}: still there, in {look.sightings} frames, score {look.score:.2f}"
    if look.outcome is LookOutcome.DOUBTFUL and look.score is None and one.glimpsed:
        score = max(glimpse.score for glimpse in one.glimpsed)
        return f"{passed}: something too faint to tell, score {score:.2f}"
    if look.outcome is LookOutcome.DOUBTFUL and look.score is None:
        return f"{passed}: something close by, which may be this"
    if look.outcome is LookOutcome.DOUBTFUL:
        return f"{passed}: something faint in {look.sightings} frame, score {look.score:.2f}"
    if not look.counted:
        return f"{passed}: nothing there in {look.frames} frames, too soon after the last look"
    of = f" of {verification.asked}" if verification.asked else ""
    return f"{passed}: nothing there in {look.frames} frames: {verification.clean}{of}"
