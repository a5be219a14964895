"""Verifications begin with a claim and end when the case leaves `verifying`.

`follow` is called for every change of a case, by `api.cases.service.change`, so that a case that
waits for verification has exactly one open verification. What the looks say is judged in
`api.verification.judging`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import h3
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.cases.models import Case, CaseEntry
from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.errors import NotFound
from api.findings.models import Finding
from api.findings.surroundings import PASS_GAP
from api.verification import rules
from api.verification.models import (
    LookOutcome,
    Method,
    Verification,
    VerificationLook,
    VerificationState,
)
from api.verification.odds import GAP, MOST_WAIT, Odds, false_share, wait_for
from api.verification.passes import CELL_RESOLUTION, PassBy, outcome_of, passes_by
from inference.inspections import Kind, PictureInspection, inspection_type
from models.metrics import operating_point

_HISTORY = timedelta(days=28)
_LAST_CLAIMS = 100
_HEALTHY_WITHIN = timedelta(days=3)
_ENDS = {
    CaseEvent.PASS: VerificationState.PASSED,
    CaseEvent.FAIL: VerificationState.FAILED,
    CaseEvent.CANCEL: VerificationState.ENDED,
}
_REPLY_ONLY = "What happened is over: the department's reply is to be read."
_NOT_MEASURED = (
    "No measured miss rate of this class: set how many clean looks close it, or look yourself."
)
_TOO_MANY = "The detector misses this place too often for looks to tell; look yourself."


@dataclass(frozen=True, slots=True)
class Plan:
    """How a claim is to be verified.

    Attributes:
        method: what decides.
        wait: how long to wait for it.
        gap: least time between looks that count.
        needed: clean looks that close the case.
        derivation: the figures behind it.
        reason: why a person is needed at once.
    """

    method: Method
    wait: timedelta
    gap: timedelta = GAP
    needed: int | None = None
    derivation: dict[str, object] | None = None
    reason: str | None = None


def follow(
    session: Session, *, case: Case, before: CaseState, event: CaseEvent, source: str
) -> None:
    """Begin or end the verification of a case that has changed.

    Args:
        session: the open transaction.
        case: changed, locked.
        before: its state before.
        event: what changed it.
        source: who said so.
    """
    if event is CaseEvent.VERIFY:
        begin(session, case)
    elif before is CaseState.VERIFYING:
        verification = open_verification(session, case.id)
        if verification is not None:
            verification.state, verification.open_case_id = _ENDS[event], None
            verification.decided_at, verification.decided_by = now(), source
            session.flush()


def begin(session: Session, case: Case) -> Verification:
    """Write how the newest claim of a case is to be verified.

    Args:
        session: the open transaction.
        case: locked; it has just been claimed done.
    """
    finding = session.get_one(Finding, case.finding_id)
    claimed_at = _claimed_at(session, case)
    plan = _plan(session, case, finding, claimed_at)
    located = finding.latitude is not None and finding.longitude is not None
    verification = Verification(
        case_id=case.id,
        open_case_id=case.id,
        finding_id=finding.id,
        destination_id=case.destination_id,
        inspection=finding.inspection,
        method=plan.method,
        state=VerificationState.NEEDS_PERSON if plan.reason else VerificationState.WAITING,
        cell=h3.latlng_to_cell(finding.latitude, finding.longitude, CELL_RESOLUTION)
        if located
        else None,
        claimed_at=claimed_at,
        due_at=claimed_at + plan.wait,
        watched_at=claimed_at,
        needed=plan.needed,
        gap_s=plan.gap.total_seconds(),
        derivation=plan.derivation,
        reason=plan.reason,
    )
    session.add(verification)
    session.flush()
    return verification


def open_verification(session: Session, case_id: str) -> Verification | None:
    """Return the verification that a case waits for."""
    return session.scalar(select(Verification).where(Verification.open_case_id == case_id))


def look_again(session: Session, finding_id: str) -> None:
    """Let every pass since the claim be judged again: a person says what else shows the finding."""
    session.execute(
        update(Verification)
        .where(Verification.finding_id == finding_id, Verification.open_case_id.is_not(None))
        .values(watched_at=Verification.claimed_at)
    )


def verifications(
    session: Session,
    *,
    limit: int,
    before_id: str | None = None,
    states: Sequence[VerificationState] = (),
    visible: Collection[str] | None = None,
) -> Sequence[Verification]:
    """Return verifications, newest first, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        before_id: the id that the page begins after.
        states: only those that stand in one of these; nothing means any.
        visible: the ids of the cameras that may be seen; None means every camera.
    """
    query = select(Verification).order_by(Verification.id.desc()).limit(limit + 1)
    if before_id:
        query = query.where(Verification.id < before_id)
    if states:
        query = query.where(Verification.state.in_(states))
    if visible is not None:
        query = query.join(Finding, Finding.id == Verification.finding_id).where(
            Finding.camera_id.in_(visible)
        )
    return session.scalars(query).all()


def newest(session: Session, case_id: str) -> Verification:
    """Return the newest verification of a case.

    Raises:
        NotFound: it was never claimed done.
    """
    found = session.scalar(
        select(Verification)
        .where(Verification.case_id == case_id)
        .order_by(Verification.id.desc())
        .limit(1)
    )
    if found is None:
        raise NotFound("The case was never claimed done.", code="verification-not-found")
    return found


def of_case(session: Session, case_id: str) -> Sequence[Verification]:
    """Return every verification of a case, oldest first."""
    return session.scalars(
        select(Verification).where(Verification.case_id == case_id).order_by(Verification.id)
    ).all()


def looks_of(session: Session, verification: Verification) -> Sequence[VerificationLook]:
    """Return what passed by since the claim, oldest first."""
    return session.scalars(
        select(VerificationLook)
        .where(VerificationLook.verification_id == verification.id)
        .order_by(VerificationLook.first_at, VerificationLook.id)
    ).all()


def count_by_state(session: Session, state: VerificationState) -> int:
    """Return how many verifications stand in a state."""
    query = select(func.count()).where(Verification.state == state)
    return session.scalar(query) or 0


def _claimed_at(session: Session, case: Case) -> datetime:
    """Return from when on looks count: when the department says it was done.

    Never before it had the case, and never in the future, whatever its clock says.
    """
    query = (
        select(CaseEntry.event, func.max(CaseEntry.occurred_at))
        .where(
            CaseEntry.case_id == case.id,
            CaseEntry.applied,
            CaseEntry.event.in_([CaseEvent.CLAIM_DONE, CaseEvent.DELIVERED]),
        )
        .group_by(CaseEntry.event)
    )
    said = dict(session.execute(query).tuples().all())
    claimed = min(said.get(CaseEvent.CLAIM_DONE, now()), now())
    return max(claimed, min(said.get(CaseEvent.DELIVERED, claimed), now()))


def _first_claimed_at(session: Session, case: Case) -> datetime | None:
    """Return when the case was first claimed done: until then its finding was surely there."""
    return session.scalar(
        select(func.min(CaseEntry.occurred_at)).where(
            CaseEntry.case_id == case.id,
            CaseEntry.applied,
            CaseEntry.event == CaseEvent.CLAIM_DONE,
        )
    )


def _plan(session: Session, case: Case, finding: Finding, claimed_at: datetime) -> Plan:
    rule = rules.get(session, finding.inspection, finding.class_name)
    wait = timedelta(hours=rule.wait_hours) if rule and rule.wait_hours is not None else None
    if finding.kind == Kind.DEVICE:
        return Plan(Method.HEALTH, wait or _HEALTHY_WITHIN)
    inspection = inspection_type(finding.inspection)
    match inspection.kind:
        case Kind.MOMENT:
            return Plan(Method.PERSON, wait or MOST_WAIT, reason=_REPLY_ONLY)
        case Kind.SUBJECT:
            return Plan(Method.REGISTER, wait or MOST_WAIT)
        case Kind.AREA:
            return Plan(Method.PERIOD, wait or MOST_WAIT)
    if not issubclass(inspection, PictureInspection):
        return Plan(Method.COMPOSITES, wait or MOST_WAIT)
    gap = timedelta(minutes=rule.gap_minutes) if rule and rule.gap_minutes is not None else GAP
    until = min(claimed_at, _first_claimed_at(session, case) or claimed_at)
    since = max(finding.first_seen_at - PASS_GAP, until - _HISTORY)
    past = _apart(passes_by(session, finding, since=since, until=until), gap)
    said = [outcome_of(finding, one, ()) for one in past]
    missed = said.count(LookOutcome.CLEAN)
    seen = len(said) - missed - said.count(LookOutcome.OUTSIDE)
    if finding.first_seen_at >= since and seen:
        seen -= 1  # without the pass that found it there would be no case to ask about
    share = false_share(_earlier_claims(session, case.destination_id))
    point = operating_point(inspection.model_names, finding.class_name)
    odds = (
        Odds(1 - point.measured.best_recall, seen=seen, missed=missed, false_share=share)
        if point
        else None
    )
    needed = rule.looks if rule and rule.looks is not None else odds.needed() if odds else None
    derivation: dict[str, object] = {
        "set": bool(rule and rule.looks is not None),
        "seen": seen,
        "missed": missed,
        "false_share": round(share, 4),
    }
    if point and odds:
        derivation |= {
            "model": f"{point.model} {point.version} {point.variant}",
            "miss_rate": round(odds.miss_rate, 4),
            "false_close": round(share * odds.all_missed(needed), 5) if needed else None,
        }
    over = max(until - since, timedelta(days=1))
    return Plan(
        Method.LOOKS,
        wait or wait_for(needed or 1, len(past), over),
        gap,
        needed,
        derivation,
        None if needed else _TOO_MANY if odds else _NOT_MEASURED,
    )


def _apart(found: Sequence[PassBy], gap: timedelta) -> list[PassBy]:
    """Return the passes that lie at least so far apart."""
    kept: list[PassBy] = []
    for one in found:
        if not kept or one.first_at - kept[-1].last_at >= gap:
            kept.append(one)
    return kept


def _earlier_claims(session: Session, destination_id: str | None) -> list[bool]:
    """Return of a department's last claims that were decided whether each was false."""
    states = session.scalars(
        select(Verification.state)
        .where(
            Verification.destination_id == destination_id,
            Verification.state.in_([VerificationState.PASSED, VerificationState.FAILED]),
        )
        .order_by(Verification.id.desc())
        .limit(_LAST_CLAIMS)
    )
    return [state is VerificationState.FAILED for state in states]
