"""Verification of the kind `subject`: a vehicle is gone, but its register entry and plate are not.

Nothing is kept of vehicles that break no rule, so a passage without a violation says nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases import service as cases
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent, CaseState
from api.passages.models import Violation
from api.registers.models import RegisterEntry
from api.verification.models import Verification


def judge(session: Session, verification: Verification, at: datetime) -> None:
    """Let another violation after the claim reopen a case, and a register that clears it close it.

    A register clears a vehicle when its entry is removed or no longer counts (a re-test passed, an
    inspection made up for). Where no register made it a violation, only another one or a person
    decides.

    Args:
        session: the open transaction.
        verification: open when it was read.
        at: the present time.
    """
    rows = session.scalars(
        select(Violation).where(
            Violation.finding_id == verification.finding_id, Violation.cleared_at.is_(None)
        )
    ).all()
    report = _again(session, rows, verification.claimed_at) or _cleared(session, rows, at)
    if report is None:
        return
    case = cases.locked(session, verification.case_id)
    if case.state is CaseState.VERIFYING:
        cases.change(session, case=case, report=report)


def _again(session: Session, rows: Sequence[Violation], claimed_at: datetime) -> Report | None:
    """Return that the vehicle broke the rule again since the claim."""
    plates = {row.plate_hash for row in rows if row.plate_hash and not row.similar}
    again = session.scalar(
        select(Violation)
        .where(
            Violation.plate_hash.in_(plates),
            Violation.rule.in_({row.rule for row in rows}),
            Violation.first_at > claimed_at,
            Violation.settled_at.is_not(None),
            Violation.cleared_at.is_(None),
        )
        .order_by(Violation.first_at)
        .limit(1)
    )
    if again is None:
        return None
    words = f"the vehicle broke rule {again.rule} again at {again.site}"
    body = {"finding_id": again.finding_id, "passage_id": again.passage_id}
    return Report(CaseEvent.FAIL, SYSTEM, comment=words, occurred_at=again.first_at, body=body)


def _cleared(session: Session, rows: Sequence[Violation], at: datetime) -> Report | None:
    """Return that the register no longer lists the vehicle."""
    listed = {row.entry_id for row in rows if row.entry_id}
    if not listed:
        return None
    entries = session.scalars(select(RegisterEntry).where(RegisterEntry.id.in_(listed)))
    if any(entry.valid_until is None or entry.valid_until >= at.date() for entry in entries):
        return None
    return Report(CaseEvent.PASS, SYSTEM, comment="the register no longer lists the vehicle")
