"""Verifications watched beside the service: passes that just ended, registers, deadlines.

Every server may run it: a case is locked while it is judged, and what was said already is not
said again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from api.cases import service as cases
from api.cases.models import Case
from api.cases.states import CaseState
from api.database import Database, now
from api.findings.models import Finding
from api.findings.surroundings import PASS_GAP
from api.periodic import every
from api.verification import subjects
from api.verification.judging import judge
from api.verification.models import OPEN, Method, Verification, VerificationState
from api.verification.passes import LONGEST, newer_since
from api.verification.service import begin, count_by_state

_EVERY_S = 30.0
_AT_ONCE = 50
_NOBODY = "Nobody passed: {clean} of {needed} clean looks by the deadline; look yourself."
_NO_WORD = "What decides it did not come by the deadline; look yourself."


def watch(database: Database, *, at: datetime | None = None) -> None:
    """Judge what can be judged of all open verifications, and ask for people where it is time.

    Args:
        database: where they are.
        at: the present time.
    """
    at = at or now()
    _begin_missing(database)
    after = ""
    while True:
        with database.read() as session:
            ids = session.scalars(
                select(Verification.id)
                .where(Verification.state.in_(OPEN), Verification.id > after)
                .order_by(Verification.id)
                .limit(_AT_ONCE)
            ).all()
        for verification_id in ids:
            with database.write() as session:
                _watch_one(session, verification_id, at)
        if len(ids) < _AT_ONCE:
            return
        after = ids[-1]


def _begin_missing(database: Database) -> None:
    """Begin what was claimed before there were verifications."""
    missing = select(Case.id).where(
        Case.state == CaseState.VERIFYING,
        ~exists().where(Verification.open_case_id == Case.id),
    )
    with database.read() as session:
        ids = session.scalars(missing).all()
    for case_id in ids:
        with database.write() as session:
            case = cases.locked(session, case_id)
            if session.scalar(missing.where(Case.id == case_id)):
                begin(session, case)


def _watch_one(session: Session, verification_id: str, at: datetime) -> None:
    verification = session.get_one(Verification, verification_id)
    if verification.method is Method.LOOKS:
        _look(session, verification, at)
    elif verification.method is Method.REGISTER:
        subjects.judge(session, verification, at)
    if verification.state is not VerificationState.WAITING or at < verification.due_at:
        return
    case = cases.locked(session, verification.case_id)
    session.refresh(verification)
    if verification.state is VerificationState.WAITING and case.state is CaseState.VERIFYING:
        words = _NOBODY if verification.method is Method.LOOKS else _NO_WORD
        verification.state = VerificationState.NEEDS_PERSON
        verification.reason = words.format(clean=verification.clean, needed=verification.asked)


def _look(session: Session, verification: Verification, at: datetime) -> None:
    """Judge what came since the last time, and what was still going on then."""
    finding = session.get_one(Finding, verification.finding_id)
    claimed = verification.claimed_at
    newer = newer_since(
        session,
        finding,
        since=claimed,
        received_after=verification.watched_at - 2 * PASS_GAP,
    )
    if newer is None:
        return
    judge(
        session,
        verification,
        since=max(claimed, newer - LONGEST - PASS_GAP),
        received_before=at - PASS_GAP,
    )
    verification.watched_at = at


@contextmanager
def watching(database: Database, registry: CollectorRegistry) -> Iterator[None]:
    """Watch verifications beside the service, until the block ends.

    Args:
        database: where they are.
        registry: of metrics; `xunjian_verifications{state="needs_person"}` is to raise an alarm.
    """
    gauge = Gauge(
        "xunjian_verifications",
        "Claims that wait to be verified, by what they wait for",
        ["state"],
        registry=registry,
    )
    for state in OPEN:
        gauge.labels(state.value).set_function(partial(_count, database, state))
    with every(_EVERY_S, partial(watch, database), name="verifier"):
        yield


def _count(database: Database, state: VerificationState) -> float:
    with database.read() as session:
        return float(count_by_state(session, state))
