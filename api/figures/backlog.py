"""How much waited at the end of each day: findings for a person, cases for their end."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.audit.models import AuditRecord
from api.cases.models import Case
from api.cases.states import CASE_MACHINE, OPEN_STATES
from api.counts.periods import local_day
from api.database import now
from api.figures.schemas import BacklogDay
from api.figures.scope import Scope, seconds
from api.findings.models import Finding
from api.findings.states import FINDING_MACHINE, FindingState
from api.transitions import StateMachine

_QUARTER_S = 900  # the days of every time zone begin with a quarter of an hour
_WAITING = (FindingState.PENDING_REVIEW, FindingState.DEFERRED)


@dataclass(slots=True)
class _Level:
    """How much waits, told backwards from now.

    Attributes:
        height: at the end of the day that was come to.
        came: what began to wait, by day.
        left: what waited no longer, by day.
    """

    height: int
    came: Counter[date] = field(default_factory=Counter)
    left: Counter[date] = field(default_factory=Counter)

    def day_before(self, day: date) -> None:
        """Go from the end of a day to the end of the day before."""
        self.height += self.left[day] - self.came[day]


def backlog(session: Session, scope: Scope) -> list[BacklogDay]:
    """Return for each day what came, what was dealt with, and what waited at its end.

    It is counted back from what waits now, by the audit record, in which every change of a state
    stands: what was undone or opened again is in it.

    Args:
        session: the open transaction.
        scope: which; days to come are left out.
    """
    findings = _level(
        session,
        scope,
        FINDING_MACHINE,
        select(Finding).join(AuditRecord, AuditRecord.object_id == Finding.id),
        select(Finding),
        Finding.state,
        _WAITING,
    )
    cases = _level(
        session,
        scope,
        CASE_MACHINE,
        select(Case)
        .join(AuditRecord, AuditRecord.object_id == Case.id)
        .join(Finding, Finding.id == Case.finding_id),
        select(Case).join(Finding, Finding.id == Case.finding_id),
        Case.state,
        OPEN_STATES,
    )
    today = local_day(now(), scope.zone)
    rows: list[BacklogDay] = []
    for day in reversed(scope.until(today)):
        if scope.first <= day <= scope.last:
            rows.append(
                BacklogDay(
                    day=day,
                    findings_came=findings.came[day],
                    findings_judged=findings.left[day],
                    findings_waiting=findings.height,
                    cases_opened=cases.came[day],
                    cases_ended=cases.left[day],
                    cases_open=cases.height,
                )
            )
        findings.day_before(day)
        cases.day_before(day)
    return rows[::-1]


def _level(
    session: Session,
    scope: Scope,
    machine: StateMachine[Any, Any],
    changed: Select[Any],
    present: Select[Any],
    state: InstrumentedAttribute[Any],
    waiting: Collection[StrEnum],
) -> _Level:
    names = [each.value for each in waiting]
    was = case((AuditRecord.before["state"].as_string().in_(names), 1), else_=0)
    became = case((AuditRecord.after["state"].as_string().in_(names), 1), else_=0)
    quarter = (seconds(AuditRecord.at) // _QUARTER_S).label("quarter")
    moves = scope.narrow(
        changed.with_only_columns(
            quarter, func.sum(became * (1 - was)), func.sum(was * (1 - became))
        )
        .where(AuditRecord.at >= scope.begin, AuditRecord.action.in_(_crossing(machine, waiting)))
        .where(was != became)
        .group_by(quarter)
    )
    here = scope.narrow(present.with_only_columns(func.count()).where(state.in_(waiting)))
    level = _Level(session.scalar(here) or 0)
    for number, came, left in session.execute(moves).tuples():
        day = local_day(datetime.fromtimestamp(number * _QUARTER_S, UTC), scope.zone)
        level.came[day] += came
        level.left[day] += left
    return level


def _crossing(machine: StateMachine[Any, Any], waiting: Collection[StrEnum]) -> list[str]:
    """Return the actions that may begin or end a waiting, so that others need not be read."""
    events = {
        event
        for (before, event), after in machine.table.items()
        if (before in waiting) != (after in waiting)
    }
    return [f"{machine.noun}.{name}" for name in ("open", *sorted(events))]
