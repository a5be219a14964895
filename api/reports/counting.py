"""What happened on a day, read from what is never edited: findings, reviews, timelines, clocks."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from api.cases.models import Case, CaseEntry
from api.cases.states import OPEN_STATES, CaseEvent, CaseState
from api.counts.periods import Period
from api.deadlines.models import CaseClock
from api.dispatch import outbox
from api.dispatch.models import Destination, OutboxMessage
from api.findings.models import Finding
from api.reports.document import ClassDay, DepartmentDay, StateCount
from api.reviews.models import Review, Verdict, stands

_OF_CLASSES = {"open": "opened", CaseEvent.PASS: "closed", CaseEvent.FAIL: "reopened"}
_OF_DEPARTMENTS = {
    CaseEvent.DELIVERED: "dispatched",
    CaseEvent.ACCEPT: "accepted",
    CaseEvent.CLAIM_DONE: "claimed_done",
    CaseEvent.RETURN: "returned",
    CaseEvent.SUSPEND: "suspended",
    CaseEvent.PASS: "closed",
    CaseEvent.FAIL: "reopened",
    CaseEvent.UNDELIVERABLE: "undeliverable",
}
_OF_REVIEWS = {Verdict.CONFIRM: "confirmed", Verdict.REJECT: "rejected"}
_WITH_DEPARTMENT = (
    CaseState.DISPATCHED,
    CaseState.ACCEPTED,
    CaseState.IN_PROGRESS,
    CaseState.SUSPENDED,
    CaseState.CLAIMED_DONE,
    CaseState.VERIFYING,
)
_Counts = defaultdict[Any, Counter[str]]


def classes(session: Session, day: Period) -> list[ClassDay]:
    """Return the day of every class of which something was found, said or done."""
    key = (Finding.inspection, Finding.class_name)
    counts: _Counts = defaultdict(Counter)
    found = select(*key, func.count()).where(_within(Finding.created_at, day)).group_by(*key)
    for inspection, name, count in session.execute(found):
        counts[inspection, name]["found"] = count
    reviewed = (
        select(*key, Review.verdict, func.count())
        .join(Finding, Finding.id == Review.finding_id)
        .where(_within(Review.created_at, day), Review.verdict.in_(_OF_REVIEWS), stands())
        .group_by(*key, Review.verdict)
    )
    for inspection, name, verdict, count in session.execute(reviewed):
        counts[inspection, name][_OF_REVIEWS[verdict]] = count
    happened = (
        select(*key, CaseEntry.event, func.count())
        .join(Case, Case.id == CaseEntry.case_id)
        .join(Finding, Finding.id == Case.finding_id)
        .where(_applied(day), CaseEntry.event.in_(_OF_CLASSES))
        .group_by(*key, CaseEntry.event)
    )
    for inspection, name, event, count in session.execute(happened):
        counts[inspection, name][_OF_CLASSES[event]] = count
    return [
        ClassDay(inspection=inspection, class_name=name, **_filled(ClassDay, counted))
        for (inspection, name), counted in sorted(counts.items())
    ]


def departments(session: Session, day: Period) -> list[DepartmentDay]:
    """Return the day of every department that has cases, had any, or said something."""
    counts: _Counts = defaultdict(Counter)
    entries = (
        select(_given_to(CaseEntry.received_at).label("given"), CaseEntry.event)
        .where(_applied(day), CaseEntry.event.in_(_OF_DEPARTMENTS))
        .subquery()
    )
    happened = select(entries.c.given, entries.c.event, func.count())
    for given, event, count in session.execute(happened.group_by(entries.c.given, entries.c.event)):
        counts[given][_OF_DEPARTMENTS[event]] = count
    late = CaseClock.stopped_at > CaseClock.due_at
    clocks = select(CaseClock.destination_id, late, func.count()).where(
        CaseClock.stopped_by == CaseEvent.CLAIM_DONE, _within(CaseClock.stopped_at, day)
    )
    for given, was_late, count in session.execute(clocks.group_by(CaseClock.destination_id, late)):
        counts[given]["done_late" if was_late else "done_in_time"] = count
    overdue = (
        select(CaseClock.destination_id, func.count())
        .where(
            CaseClock.due_at < day.end,
            CaseClock.started_at < day.end,
            or_(CaseClock.stopped_at.is_(None), CaseClock.stopped_at >= day.end),
        )
        .group_by(CaseClock.destination_id)
    )
    for given, count in session.execute(overdue):
        counts[given]["overdue"] = count
    for given, state, count in _stood(session, day.end):
        if state in _WITH_DEPARTMENT:
            counts[given]["open"] += count
    names = dict(session.execute(select(Destination.id, Destination.name)).tuples().all())
    return sorted(
        (
            DepartmentDay(department=names[given], **_filled(DepartmentDay, counted))
            for given, counted in counts.items()
            if given is not None
        ),
        key=lambda each: each.department,
    )


def open_cases(session: Session, day: Period) -> list[StateCount]:
    """Return in which state how many cases stood at the end of the day."""
    counts: Counter[str] = Counter()
    for _, state, count in _stood(session, day.end):
        counts[state] += count
    return [StateCount(state=state, cases=counts[state]) for state in OPEN_STATES if counts[state]]


def _stood(session: Session, at: datetime) -> list[tuple[str | None, str, int]]:
    """Return destination, state and number of the cases that were open at a moment."""
    last = (
        select(func.max(CaseEntry.id))
        .where(CaseEntry.applied, CaseEntry.received_at < at)
        .group_by(CaseEntry.case_id)
    )
    stood = (
        select(_given_to(at).label("given"), CaseEntry.to_state.label("state"))
        .where(CaseEntry.id.in_(last), CaseEntry.to_state.in_(OPEN_STATES))
        .subquery()
    )
    counted = select(stood.c.given, stood.c.state, func.count())
    return list(session.execute(counted.group_by(stood.c.given, stood.c.state)).tuples())


def _given_to(at: datetime | InstrumentedAttribute[datetime]) -> ScalarSelect[str]:
    """Return the destination that a timeline's case had been given to last by a moment."""
    given = aliased(OutboxMessage)
    return (
        select(given.destination_id)
        .where(
            given.case_id == CaseEntry.case_id,
            given.event_type.in_(outbox.GIVES_THE_CASE),
            given.created_at <= at,
        )
        .order_by(given.sequence.desc())
        .limit(1)
        .correlate(CaseEntry)
        .scalar_subquery()
    )


def _applied(day: Period) -> ColumnElement[bool]:
    return and_(CaseEntry.applied, _within(CaseEntry.received_at, day))


def _within(moment: InstrumentedAttribute[Any], day: Period) -> ColumnElement[bool]:
    return and_(moment >= day.start, moment < day.end)


def _filled(part: type[ClassDay] | type[DepartmentDay], counted: Mapping[str, int]) -> Any:
    """Return every count of a part, 0 for what did not happen."""
    names = [name for name, field in part.model_fields.items() if field.annotation is int]
    return {name: counted.get(name, 0) for name in names}
