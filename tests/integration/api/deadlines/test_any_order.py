"""Whatever happens to a case, in whatever order: its clock says what a stop-watch would say."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select

from api.cases.models import CaseEntry
from api.cases.service import manual_events
from api.cases.states import WITH_DEPARTMENT, CaseEvent, CaseState
from api.deadlines.escalating import Escalator
from api.deadlines.lights import Light
from api.deadlines.models import CaseClock
from api.deadlines.monitoring import DeadlineMetrics
from api.deadlines.views import standings
from tests.conftest import sqlite_only
from tests.integration.api.deadlines.conftest import NOWHERE, Load, deliver
from tests.integration.api.dispatch.town import Town

TERM_H = 10.0
SHARES = (0.5, 0.8, 1.0)  # two reminders and an escalation
STEPS = "[{at: 50%, do: remind}, {at: 80%, do: remind}, {at: 100%, do: escalate}]"
E, S = CaseEvent, CaseState
DONE = (S.CLAIMED_DONE, S.VERIFYING, S.CLOSED)


@dataclass
class StopWatch:
    """What a person with a stop-watch would note of one round after the other."""

    hours: float = 0.0
    rework: bool = False
    with_department: bool = False
    steps: int = 0
    notices: int = 0
    rounds: list[float] = field(default_factory=list)

    def wait(self, hours: float, *, running: bool) -> None:
        if running:
            self.hours += hours
        reached = sum(self.hours >= share * TERM_H for share in SHARES) if running else self.steps
        # Of several steps only the last is taken; it is the escalation if that is among them.
        self.notices += reached > self.steps
        self.steps = max(self.steps, reached)

    def new_round(self, *, rework: bool) -> None:
        self.rounds.append(self.hours)
        self.hours, self.steps, self.rework, self.with_department = 0.0, 0, rework, False

    def light(self, state: CaseState) -> Light:
        late = self.with_department and self.hours > TERM_H
        if state in (S.RETURNED, S.UNDELIVERABLE, S.REOPENED):
            return Light.YELLOW
        if state in (S.OPENED, S.CANCELLED, S.DISPATCHING):
            return Light.YELLOW if state == S.DISPATCHING and self.rework else Light.WHITE
        if late:
            return Light.RED
        if state == S.SUSPENDED or (state in WITH_DEPARTMENT and self.rework):
            return Light.YELLOW
        return Light.BLUE if state in DONE and self.hours <= TERM_H / 2 else Light.GREEN


@sqlite_only
@given(st.lists(st.one_of(st.sampled_from([1.29, 2.57, 4.19]), st.integers(0, 9)), max_size=25))
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.generate],
)
def test_a_clock_says_what_a_stop_watch_says(
    town: Town, load: Load, script: list[float | int]
) -> None:
    with town.database.read() as session:
        known = session.scalar(select(func.count(CaseClock.id)))
    if not known:
        town.destination(NOWHERE, name="roads")
        load(f"{TERM_H:.0f}h", escalation=STEPS)
    escalator = Escalator(
        town.database, DeadlineMetrics(CollectorRegistry(), town.database), clock=town.clock
    )
    case_id, watch = town.case(), StopWatch()
    for item in script:
        state = town.get(case_id).state
        if isinstance(item, float):
            town.clock.advance(3600 * item)
            escalator.run_once()
            watch.wait(item, running=state in WITH_DEPARTMENT)
        elif state == S.DISPATCHING:
            deliver(town, case_id)
            watch.with_department = True
        elif events := manual_events(state):
            event = events[item % len(events)]
            town.enter(case_id, event)
            if event == E.FAIL:
                watch.new_round(rework=True)
            elif event == E.SEND and watch.with_department:
                watch.new_round(rework=watch.rework and state == S.UNDELIVERABLE)

        state = town.get(case_id).state
        with town.database.read() as session:
            shown = standings(session, [case_id], at=town.clock())[case_id]
            rows = session.scalars(
                select(CaseClock).where(CaseClock.case_id == case_id).order_by(CaseClock.id)
            ).all()
            notices = session.scalar(
                select(func.count(CaseEntry.id)).where(
                    CaseEntry.case_id == case_id, CaseEntry.event.in_(["remind", "escalate"])
                )
            )
        assert shown.light == watch.light(state), state
        assert notices == watch.notices
        assert [row.current_case_id for row in rows] == [None] * (len(rows) - 1) + [case_id]
        last = rows[-1]
        assert last.round == len(watch.rounds) + 1
        if last.stopped_at is not None:
            assert last.used_s == pytest.approx(3600 * watch.hours, abs=60)
        elif last.started_at is not None:
            assert last.due_at is not None
            left = (last.due_at - town.clock()).total_seconds()
            assert left == pytest.approx(3600 * (TERM_H - watch.hours), abs=60)
        assert (last.stopped_at is None and last.started_at is not None) == (
            state in WITH_DEPARTMENT
        )
