"""Clocks of cases: they follow what happens to a case, on both databases."""

import itertools
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from api.cases.models import Case
from api.cases.states import WITH_DEPARTMENT, CaseState
from api.cases.states import CaseEvent as Event
from api.database import now
from api.deadlines.lights import Light
from api.deadlines.models import CaseClock
from api.deadlines.views import standings
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.deadlines.conftest import NOWHERE, Load, deliver, move
from tests.integration.api.dispatch.town import Town

HOUR = 3600.0


def runs(town: Town, case_id: str) -> list[CaseClock]:
    with town.database.read() as session:
        query = select(CaseClock).where(CaseClock.case_id == case_id).order_by(CaseClock.id)
        return list(session.scalars(query))


def light(town: Town, case_id: str) -> Light:
    with town.database.read() as session:
        return standings(session, [case_id], at=town.clock())[case_id].light


def near(moment: datetime | None, seconds: float, town: Town, began: datetime) -> bool:
    assert moment is not None
    return abs((moment - began).total_seconds() - seconds) < 60


def test_a_clock_runs_from_delivery_to_the_claim(town: Town, load: Load) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    case_id = town.case()
    (planned,) = runs(town, case_id)
    assert (planned.started_at, planned.due_at, light(town, case_id)) == (None, None, Light.WHITE)

    town.clock.advance(5 * HOUR)
    began = town.clock()
    deliver(town, case_id)
    (run,) = runs(town, case_id)
    assert near(run.due_at, 10 * HOUR, town, began)
    assert light(town, case_id) == Light.GREEN
    town.clock.advance(9 * HOUR)
    assert light(town, case_id) == Light.GREEN
    town.clock.advance(2 * HOUR)
    assert light(town, case_id) == Light.RED

    town.enter(case_id, Event.CLAIM_DONE)
    (run,) = runs(town, case_id)
    assert (run.stopped_by, run.round) == ("claim_done", 1)
    assert run.used_s == pytest.approx(11 * HOUR, abs=60)
    town.clock.advance(100 * HOUR)
    town.enter(case_id, Event.PASS)
    assert light(town, case_id) == Light.RED, "what was late stays late"


@pytest.mark.parametrize(
    ("hours", "shown"), [(1, Light.BLUE), (4.9, Light.BLUE), (5.1, Light.GREEN), (9.9, Light.GREEN)]
)
@sqlite_only
def test_who_needs_little_of_the_term_is_ahead(
    town: Town, load: Load, hours: float, shown: Light
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(hours * HOUR)
    town.enter(case_id, Event.CLAIM_DONE)
    town.clock.advance(100 * HOUR)
    assert light(town, case_id) == shown
    town.enter(case_id, Event.PASS)
    assert light(town, case_id) == shown


def test_a_clock_stands_while_a_case_is_suspended(town: Town, load: Load) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(4 * HOUR)
    town.enter(case_id, Event.SUSPEND)
    assert light(town, case_id) == Light.YELLOW
    town.clock.advance(100 * HOUR)
    assert light(town, case_id) == Light.YELLOW

    again = town.clock()
    town.enter(case_id, Event.RESUME)
    first, second = runs(town, case_id)
    assert (first.stopped_by, first.current_case_id) == ("suspend", None)
    assert (second.round, second.current_case_id) == (1, case_id)
    assert second.before_s == pytest.approx(4 * HOUR, abs=60)
    assert near(second.due_at, 6 * HOUR, town, again)
    assert light(town, case_id) == Light.GREEN
    town.clock.advance(5 * HOUR)
    town.enter(case_id, Event.CLAIM_DONE)
    assert runs(town, case_id)[-1].used_s == pytest.approx(9 * HOUR, abs=60)
    assert light(town, case_id) == Light.GREEN


@sqlite_only
@pytest.mark.parametrize(("hours", "shown"), [(4, Light.BLUE), (6, Light.GREEN), (12, Light.RED)])
def test_what_is_done_while_suspended_is_judged_by_the_time_before(
    town: Town, load: Load, hours: float, shown: Light
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(hours * HOUR)
    town.enter(case_id, Event.SUSPEND)
    assert light(town, case_id) == (Light.RED if hours > 10 else Light.YELLOW)
    town.clock.advance(100 * HOUR)
    town.enter(case_id, Event.CLAIM_DONE)
    assert light(town, case_id) == shown
    assert runs(town, case_id)[-1].used_s == pytest.approx(hours * HOUR, abs=60)


def test_a_case_that_is_sent_back_begins_anew_elsewhere(town: Town, load: Load) -> None:
    roads = town.destination(NOWHERE, name="roads", classes=())
    town.destination(NOWHERE, name="parks")
    load("10h")
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(8 * HOUR)
    town.enter(case_id, Event.RETURN)

    first, second = runs(town, case_id)
    assert (first.round, first.stopped_by, first.destination_id) == (1, "return", roads.id)
    assert (second.round, second.started_at, second.rework) == (2, None, False)
    assert second.destination_id == town.get(case_id).destination_id != roads.id
    assert light(town, case_id) == Light.WHITE
    began = town.clock()
    deliver(town, case_id)
    assert near(runs(town, case_id)[-1].due_at, 10 * HOUR, town, began)


def test_work_that_was_not_done_begins_anew_and_is_a_fault(town: Town, load: Load) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    case_id = town.case()
    deliver(town, case_id)
    town.enter(case_id, Event.CLAIM_DONE)
    town.clock.advance(50 * HOUR)
    town.enter(case_id, Event.FAIL)

    first, second = runs(town, case_id)
    assert first.failed_at is not None
    assert (second.round, second.rework) == (2, True)
    assert light(town, case_id) == Light.YELLOW
    deliver(town, case_id)
    assert light(town, case_id) == Light.YELLOW
    town.clock.advance(11 * HOUR)
    assert light(town, case_id) == Light.RED


def test_what_cannot_be_delivered_is_a_fault_and_no_lateness(town: Town, load: Load) -> None:
    town.destination(NOWHERE, name="roads")
    load("1h")
    case_id = town.case()
    move(town, case_id, Event.UNDELIVERABLE)
    town.clock.advance(50 * HOUR)
    assert light(town, case_id) == Light.YELLOW
    town.enter(case_id, Event.DELIVERED)
    assert light(town, case_id) == Light.GREEN
    assert len(runs(town, case_id)) == 1


@sqlite_only
def test_a_case_without_a_term_has_no_clock(town: Town) -> None:
    town.destination(NOWHERE)
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(10_000 * HOUR)
    assert runs(town, case_id) == []
    assert light(town, case_id) == Light.WHITE
    town.enter(case_id, Event.SUSPEND)
    assert light(town, case_id) == Light.YELLOW
    town.enter(case_id, Event.CLAIM_DONE)
    assert light(town, case_id) == Light.WHITE
    assert town.messages(case_id)[0].payload["deadline"] is None


@sqlite_only
def test_a_department_is_told_how_long_it_has(town: Town, load: Load) -> None:
    town.destination(NOWHERE, name="roads")
    load("3 working days")
    case_id = town.case()
    assert town.messages(case_id)[0].payload["deadline"] == {"term": "3 working days"}


@sqlite_only
def test_a_new_table_does_not_change_terms_that_run(town: Town, load: Load) -> None:
    town.destination(NOWHERE, name="roads")
    first = load("10h")
    case_id = town.case()
    deliver(town, case_id)
    began = town.clock()
    town.enter(case_id, Event.SUSPEND)
    load("1h")
    town.enter(case_id, Event.RESUME)
    run = runs(town, case_id)[-1]
    assert (run.table_id, run.term) == (first, "10h")
    assert near(run.due_at, 10 * HOUR, town, began)


def test_cases_show_their_lights_and_are_listed_by_them(
    town: Town, load: Load, sign_in: SignIn
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    late = town.case()
    deliver(town, late)
    town.clock.advance(11 * HOUR)
    early = town.case()
    deliver(town, early)
    town.enter(early, Event.CLAIM_DONE)
    waiting = town.case()
    operator = sign_in("operator")

    def ids(query: str) -> list[str]:
        items = operator.get(f"/v1/cases?{query}").raise_for_status().json()["items"]
        return [item["id"] for item in items]

    assert ids("light=red") == [late]
    assert ids("light=blue") == [early]
    assert ids("light=white&light=red") == [waiting, late]
    assert ids("light=green") == []
    assert operator.get("/v1/cases?light=purple").status_code == 422
    shown = operator.get(f"/v1/cases/{late}").json()
    assert shown["light"] == "red"
    assert shown["light_words"] == {"zh": "逾期", "en": "late", "shape": "square"}
    assert shown["due_at"] == shown["clocks"][0]["due_at"]
    assert shown["clocks"][0]["term"] == "10h"


@sqlite_only
def test_every_case_has_one_light_in_every_state(town: Town, load: Load) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    case_id = town.case()
    for state, started, rework in itertools.product(CaseState, (None, 0, 20), (False, True)):
        with town.database.write() as session:
            session.get_one(Case, case_id).state = state
            clock = session.scalars(select(CaseClock).where(CaseClock.case_id == case_id)).one()
            clock.rework, clock.started_at, clock.due_at = rework, None, None
            if started is not None:
                clock.started_at = now() - timedelta(hours=started)
                clock.due_at, clock.total_s = clock.started_at + timedelta(hours=10), 10 * HOUR
        if state in (CaseState.RETURNED, CaseState.UNDELIVERABLE, CaseState.REOPENED):
            expected = Light.YELLOW
        elif state in (CaseState.OPENED, CaseState.CANCELLED):
            expected = Light.WHITE
        elif state == CaseState.DISPATCHING:
            expected = Light.YELLOW if rework else Light.WHITE
        elif started == 20:
            expected = Light.RED
        elif state == CaseState.SUSPENDED:
            expected = Light.YELLOW
        elif started is None:
            expected = Light.WHITE
        elif state in WITH_DEPARTMENT and rework:
            expected = Light.YELLOW
        else:
            expected = Light.GREEN
        assert light(town, case_id) == expected, (state, started, rework)
