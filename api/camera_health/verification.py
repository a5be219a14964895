"""Verification of the kind `device`: the camera or gateway is well again, or it is not.

The watch decides, by what it sees after the department's claim: a trouble that is over closes the
case, for it is over only after enough pictures in a row that are well. One that is still seen half
an hour after the claim, or returns, sends the case back. Silence proves no repair.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.camera_health.episodes import Observation
from api.camera_health.models import CameraTrouble
from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent, CaseState
from api.verification.models import Verification
from api.verification.service import open_verification

STARTS_WITHIN = timedelta(minutes=30)
"""After a repair a camera may need so long until its pictures come."""


def verify(session: Session, row: CameraTrouble, observed: Observation) -> None:
    """Let what is seen after a claim close the case of a trouble, or send it back.

    Args:
        session: the open transaction; the trouble is settled.
        row: the trouble.
        observed: what it was settled by.
    """
    if row.finding_id is None:
        return
    case_id = session.scalar(select(Case.id).where(Case.open_finding_id == row.finding_id))
    if case_id is None:
        return
    verification = open_verification(session, case_id)
    if verification is None:
        return
    report = _said(row, observed, verification)
    if report is None:
        return
    case = cases.locked(session, case_id)
    if case.state is CaseState.VERIFYING:
        cases.change(session, case=case, report=report)


def _said(row: CameraTrouble, observed: Observation, verification: Verification) -> Report | None:
    claimed_at = verification.claimed_at
    if row.lasting:
        if row.last_at < claimed_at + STARTS_WITHIN:
            return None
        words = f"still {row.trouble} at {row.last_at.isoformat(timespec='minutes')}"
        return _report(CaseEvent.FAIL, words, row, row.last_at)
    since = observed.well_since.get(row.trouble)
    if since is None or since <= claimed_at:
        return None
    words = f"no longer {row.trouble} since {since.isoformat(timespec='minutes')}"
    return _report(CaseEvent.PASS, words, row, since)


def _report(event: CaseEvent, words: str, row: CameraTrouble, at: datetime) -> Report:
    return Report(event, SYSTEM, comment=words, occurred_at=at, body={"trouble_id": row.id})
