"""Reminders and escalation: each step once, whoever takes it, on both databases."""

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.cases.models import CaseEntry
from api.cases.states import CaseEvent as Event
from api.cases.states import CaseState
from api.deadlines.escalating import Escalator
from api.deadlines.monitoring import DeadlineMetrics
from api.deadlines.service import current
from api.dispatch import destinations
from api.dispatch.models import DestinationKind, MessageType, OutboxState
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.deadlines.conftest import NOWHERE, Load, deliver
from tests.integration.api.dispatch.town import Department, Town, at_once

HOUR = 3600.0
STEPS = "[{at: 50%, do: remind}, {at: 0.8, do: remind}, {at: 100%, do: escalate}]"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def escalator(town: Town, registry: CollectorRegistry) -> Escalator:
    metrics = DeadlineMetrics(registry, town.database)
    return Escalator(town.database, metrics, clock=town.clock)


def notices(town: Town, case_id: str) -> list[CaseEntry]:
    return [entry for entry in town.timeline(case_id) if entry.event in ("remind", "escalate")]


def told(town: Town, case_id: str) -> list[tuple[MessageType, OutboxState]]:
    return [(message.event_type, message.state) for message in town.messages(case_id)[1:]]


def test_steps_are_taken_when_they_are_due_and_once(
    town: Town, load: Load, escalator: Escalator, sign_in: SignIn
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation=STEPS)
    case_id = town.case()
    town.clock.advance(100 * HOUR)
    assert escalator.run_once() == 0, "a clock that has not started does nothing"
    deliver(town, case_id)

    taken = []
    for _ in range(13):
        escalator.run_once()
        escalator.run_once()
        taken.append(len(notices(town, case_id)))
        town.clock.advance(HOUR)

    assert taken == [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3]
    first, second, third = notices(town, case_id)
    assert (first.event, second.event, third.event) == ("remind", "remind", "escalate")
    assert "50% of the term (10h)" in (first.comment or "")
    assert "roads is told" in (second.comment or "")
    assert "the people here must look" in (third.comment or "")
    assert not any(entry.applied for entry in (first, second, third))
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert told(town, case_id) == [(MessageType.REMINDED, OutboxState.PENDING)] * 2
    deadline = town.messages(case_id)[1].payload["deadline"]
    assert (deadline["term"], deadline["passed"]) == ("10h", 0.5)

    operator = sign_in("operator")
    (shown,) = operator.get("/v1/cases?escalated=true").json()["items"]
    assert shown["id"] == case_id
    assert shown["escalated_at"] is not None
    assert operator.get("/v1/cases?escalated=false").json()["items"] == []


def test_servers_that_look_at_once_take_a_step_once(
    town: Town, load: Load, escalator: Escalator
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation=STEPS)
    cases = [town.case() for _ in range(3)]
    for case_id in cases:
        deliver(town, case_id)
    town.clock.advance(6 * HOUR)

    results = at_once(escalator.run_once, 5)

    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(int(str(result)) for result in results) == 3
    assert [len(notices(town, case_id)) for case_id in cases] == [1, 1, 1]
    assert [len(town.messages(case_id)) for case_id in cases] == [2, 2, 2]


@sqlite_only
def test_after_a_long_pause_only_the_strongest_is_done(
    town: Town, load: Load, escalator: Escalator, registry: CollectorRegistry
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation=STEPS)
    reminded, late = town.case(), town.case()
    deliver(town, late)
    town.clock.advance(1.5 * HOUR)
    deliver(town, reminded)
    town.clock.advance(8.6 * HOUR)

    assert escalator.run_once() == 2
    assert [entry.event for entry in notices(town, reminded)] == ["remind"]
    assert [entry.event for entry in notices(town, late)] == ["escalate"]
    assert registry.get_sample_value("xunjian_case_notices_total", {"kind": "remind"}) == 1
    assert registry.get_sample_value("xunjian_case_notices_total", {"kind": "escalate"}) == 1
    assert registry.get_sample_value("xunjian_cases_escalated") == 1


def test_a_suspended_case_is_not_reminded_and_goes_on_where_it_was(
    town: Town, load: Load, escalator: Escalator
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation=STEPS)
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(6 * HOUR)
    escalator.run_once()
    town.enter(case_id, Event.SUSPEND)
    assert told(town, case_id) == [(MessageType.REMINDED, OutboxState.WITHDRAWN)]
    town.clock.advance(1000 * HOUR)
    assert escalator.run_once() == 0
    town.enter(case_id, Event.RESUME)
    town.clock.advance(1.9 * HOUR)
    assert escalator.run_once() == 0
    town.clock.advance(0.2 * HOUR)
    assert escalator.run_once() == 1
    assert len(notices(town, case_id)) == 2


def test_a_claim_ends_reminders_and_takes_back_those_that_wait(
    town: Town, load: Load, escalator: Escalator, sign_in: SignIn
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation=STEPS)
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(11 * HOUR)
    escalator.run_once()
    operator = sign_in("operator")
    assert len(operator.get("/v1/cases?escalated=true").json()["items"]) == 1
    town.enter(case_id, Event.CLAIM_DONE)
    assert operator.get("/v1/cases?escalated=true").json()["items"] == []
    town.clock.advance(100 * HOUR)
    assert escalator.run_once() == 0
    assert MessageType.REMINDED not in [kind for kind, _ in told(town, case_id)]


def test_rework_is_reminded_anew(town: Town, load: Load, escalator: Escalator) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation=STEPS)
    case_id = town.case()
    for _ in range(2):
        deliver(town, case_id)
        town.clock.advance(6 * HOUR)
        assert escalator.run_once() == 1
        town.enter(case_id, Event.CLAIM_DONE)
        town.enter(case_id, Event.FAIL)
    assert len(notices(town, case_id)) == 2


@sqlite_only
def test_a_round_without_a_term_between_two_with_one(
    town: Town, load: Load, escalator: Escalator
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation=STEPS)
    case_id = town.case()
    for term in ("null", "10h", "10h"):
        deliver(town, case_id)
        town.clock.advance(6 * HOUR)
        escalator.run_once()
        town.enter(case_id, Event.CLAIM_DONE)
        load(term, escalation=STEPS)
        town.enter(case_id, Event.FAIL)
    assert len(notices(town, case_id)) == 2
    with town.database.read() as session:
        clock = current(session, case_id)
        assert clock is not None
        assert clock.round == 3


def test_an_escalation_tells_the_next_department_and_leaves_the_case_where_it_is(
    town: Town, load: Load, escalator: Escalator
) -> None:
    roads = town.destination(NOWHERE, name="roads")
    office = town.destination(NOWHERE, name="督办科", classes=())
    load("10h", escalation="[{at: 100%, do: escalate, to: 督办科}]")
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(11 * HOUR)
    assert escalator.run_once() == 1

    message = town.messages(case_id)[-1]
    assert (message.event_type, message.destination_id) == (MessageType.ESCALATED, office.id)
    assert town.get(case_id).destination_id == roads.id
    with town.database.read() as session:
        clock = current(session, case_id)
        assert clock is not None
        assert clock.escalated_at is None, "somebody is told: nobody here need look"


@sqlite_only
def test_who_cannot_be_told_is_named_and_people_here_must_look(
    town: Town, load: Load, escalator: Escalator
) -> None:
    town.destination(NOWHERE, name="roads", kind=DestinationKind.OPEN311, classes=("pothole",))
    office = town.destination(NOWHERE, name="督办科", classes=())
    load("10h", escalation="[{at: 50%, do: remind}, {at: 100%, do: escalate, to: 督办科}]")
    with town.database.write() as session:
        destinations.disable(session, destination_id=office.id, reason="moved", actor="user:admin")
    case_id = town.case()
    deliver(town, case_id)
    town.clock.advance(6 * HOUR)
    escalator.run_once()
    town.clock.advance(6 * HOUR)
    escalator.run_once()

    reminder, escalation = notices(town, case_id)
    assert "cannot be told by open311: tell it by other means" in (reminder.comment or "")
    assert "督办科 is disabled" in (escalation.comment or "")
    assert "the people here must look" in (escalation.comment or "")
    assert told(town, case_id) == []
    with town.database.read() as session:
        clock = current(session, case_id)
        assert clock is not None
        assert clock.escalated_at is not None


def test_a_reminder_that_gets_nowhere_moves_no_case_and_holds_nothing_up(
    town: Town, load: Load, escalator: Escalator
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h", escalation="[{at: 50%, do: remind}]")
    case_id = town.case()
    deliver(town, case_id)
    with town.database.write() as session:
        first = town.messages(case_id)[0]
        session.merge(first).state = OutboxState.DELIVERED
    town.clock.advance(5.5 * HOUR)
    escalator.run_once()
    town.clock.advance(60)
    for _ in range(4):
        town.send_all()
        town.clock.advance(400)
    assert told(town, case_id) == [(MessageType.REMINDED, OutboxState.DEAD)]
    assert town.get(case_id).state == CaseState.DISPATCHED
    last = town.timeline(case_id)[-1]
    assert (last.event, last.applied) == ("undeliverable", False)


def test_a_reminder_reaches_the_department(
    town: Town, load: Load, escalator: Escalator, department: Department
) -> None:
    town.destination(department.url, name="roads")
    load("10h", escalation=STEPS)
    case_id = town.case()
    town.send_all()
    assert town.get(case_id).state == CaseState.DISPATCHED
    town.clock.advance(6 * HOUR)
    escalator.run_once()
    town.send_all()
    assert told(town, case_id) == [(MessageType.REMINDED, OutboxState.DELIVERED)]
    assert len(department.received()) == 1, "a reminder is no new work"


def test_metrics_count_open_cases_by_light(town: Town, load: Load, sign_in: SignIn) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    town.case()
    late = town.case()
    deliver(town, late)
    text = httpx.get(f"{sign_in('operator').base_url}/metrics").text
    assert 'xunjian_cases_open{light="white"} 1.0' in text
    assert 'xunjian_cases_open{light="green"} 1.0' in text
    assert 'xunjian_cases_open{light="red"} 0.0' in text
    assert "xunjian_cases_escalated 0.0" in text
