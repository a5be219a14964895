"""The clock of a case: planned when it is sent, running while a department has it.

It starts when the department has the case, stands while the case is suspended, and stops when the
department says that it is done or sends it back. What counts is when we heard of it: a department
could write any time into a message.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.states import CaseEvent
from api.deadlines.models import CaseClock
from api.deadlines.tables import Rules, rules_of
from api.deadlines.terms import Term, after, due, elapsed
from api.dispatch import outbox
from api.dispatch.models import Destination

_STOPS = (CaseEvent.SUSPEND, CaseEvent.CLAIM_DONE, CaseEvent.RETURN, CaseEvent.CANCEL)
_STARTS = (CaseEvent.DELIVERED, CaseEvent.START, CaseEvent.RESUME)


def current(session: Session, case_id: str) -> CaseClock | None:
    """Return the newest run of a case's clock, None for a case that never had a term."""
    return session.scalar(select(CaseClock).where(CaseClock.current_case_id == case_id))


def plan(
    session: Session,
    *,
    case: Case,
    destination: Destination,
    term: Term | None,
    table_id: str | None,
    rework: bool,
) -> None:
    """Prepare the clock of a case that is being sent; it starts when the department has it.

    Args:
        session: the open transaction.
        case: the case, locked.
        destination: the department.
        term: how long it has, None for as long as it takes.
        table_id: the version of the routing table that says so.
        rework: whether the case is given back because a repair had failed.
    """
    last = current(session, case.id)
    if last is not None:
        if last.started_at is None:
            session.delete(last)
        else:
            last.current_case_id = None
        session.flush()
    if term is None or table_id is None:
        return
    rounds = session.scalar(select(func.max(CaseClock.round)).where(CaseClock.case_id == case.id))
    session.add(
        CaseClock(
            case_id=case.id,
            current_case_id=case.id,
            round=(rounds or 0) + 1,
            rework=rework,
            destination_id=destination.id,
            table_id=table_id,
            term=str(term),
        )
    )
    session.flush()


def follow(session: Session, *, case: Case, event: CaseEvent, at: datetime) -> None:
    """Let a case's clock start or stop with what has just happened to the case.

    Args:
        session: the open transaction.
        case: the case, locked, moved by the event.
        event: what happened.
        at: when we heard of it.
    """
    clock = current(session, case.id)
    if clock is None:
        return
    if event is CaseEvent.FAIL:
        clock.failed_at = at
    elif event in _STARTS:
        if clock.started_at is None:
            _start(session, clock, at)
        elif clock.stopped_by == CaseEvent.SUSPEND:
            _go_on(session, clock, at)
    elif event in _STOPS and clock.started_at is not None:
        if clock.stopped_by == CaseEvent.SUSPEND:
            clock = _go_on(session, clock, at)
        if clock.stopped_at is None:
            _stop(session, clock, event, at)
            outbox.withdraw_notices(session, case.id)


def _start(session: Session, clock: CaseClock, at: datetime) -> None:
    rules, term = rules_of(session, clock.table_id), Term.parse(clock.term)
    clock.started_at = at
    clock.due_at = due(at, term, rules.calendar)
    clock.total_s = elapsed(at, clock.due_at, term, rules.calendar).total_seconds()
    clock.next_step_at = next_step_at(clock, rules)


def _go_on(session: Session, last: CaseClock, at: datetime) -> CaseClock:
    """Begin the next run of the round, with as much of the term as was left."""
    assert last.total_s is not None and last.used_s is not None and last.due_at is not None  # noqa: S101, PT018 - it was stopped
    rules, term = rules_of(session, last.table_id), Term.parse(last.term)
    left = timedelta(seconds=last.total_s - last.used_s)
    last.current_case_id = None
    session.flush()
    clock = CaseClock(
        case_id=last.case_id,
        current_case_id=last.case_id,
        round=last.round,
        rework=last.rework,
        destination_id=last.destination_id,
        table_id=last.table_id,
        term=last.term,
        total_s=last.total_s,
        before_s=last.used_s,
        started_at=at,
        # What was late before it was suspended stays late by the moment that it missed.
        due_at=after(at, left, term, rules.calendar) if left > timedelta() else last.due_at,
        steps_done=last.steps_done,
        escalated_at=last.escalated_at,
    )
    clock.next_step_at = next_step_at(clock, rules)
    session.add(clock)
    session.flush()
    return clock


def _stop(session: Session, clock: CaseClock, event: CaseEvent, at: datetime) -> None:
    assert clock.started_at is not None  # noqa: S101 - it runs
    rules, term = rules_of(session, clock.table_id), Term.parse(clock.term)
    run = elapsed(clock.started_at, at, term, rules.calendar)
    clock.used_s = clock.before_s + run.total_seconds()
    clock.stopped_at, clock.stopped_by = at, event
    clock.next_step_at = None


def next_step_at(clock: CaseClock, rules: Rules) -> datetime | None:
    """Return when the next step of the escalation of a running clock is to be taken, if any."""
    assert clock.total_s is not None and clock.started_at is not None  # noqa: S101, PT018 - it runs
    if clock.steps_done >= len(rules.steps):
        return None
    share = rules.steps[clock.steps_done].at
    wait = timedelta(seconds=max(0.0, share * clock.total_s - clock.before_s))
    return after(clock.started_at, wait, Term.parse(clock.term), rules.calendar)
