"""A department that works by a script: what becomes of the cases that it is given."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from api.cases.states import CaseEvent, CaseState
from api.dispatch.models import DestinationKind, OutboxState
from api.sandbox.script import Script, read_script
from tests.integration.api.dispatch.town import Department, Town, until

MakeDepartment = Callable[..., Department]


def script(rules: str) -> Script:
    return read_script(f"rules: {rules}".encode())


@pytest.fixture
def town(town: Town, base_url: str) -> Town:
    """Let departments call back to a service that really listens."""
    return replace(town, public_url=base_url)


def said(town: Town, case_id: str) -> list[tuple[str, bool, str | None]]:
    """What the department said of a case: event, whether it moved it, its words."""
    return [(e.event, e.applied, e.comment) for e in town.timeline(case_id) if e.message_id]


def test_a_lie_reads_like_a_repair_and_a_return_says_why(
    town: Town, make_department: MakeDepartment
) -> None:
    department = make_department(
        script=script(
            "[{classes: [pothole], steps: [accept, start, {lie: filled}]},"
            " {classes: [crack], steps: [accept, {return: not our road}]}]"
        )
    )
    town.destination(department.url, classes=("pothole", "crack"))
    pothole, crack = town.case(), town.case(class_name="crack")
    town.send_all()

    until(lambda: town.get(pothole).state == CaseState.VERIFYING)
    until(lambda: town.get(crack).state == CaseState.RETURNED)
    assert said(town, pothole)[-1] == ("claim_done", True, "filled")
    assert said(town, crack)[-1] == ("return", True, "not our road")
    works = {work["case_id"]: work for work in department.received()}
    assert (works[pothole]["status"], works[pothole]["repaired"]) == ("done", False)
    assert (works[crack]["status"], works[crack]["repaired"]) == ("returned", None)


def test_words_that_come_twice_and_backwards_count_once_and_only_forward(
    town: Town, make_department: MakeDepartment
) -> None:
    department = make_department(
        script=script("[{steps: [accept, start, finish], callbacks: [double, reorder]}]")
    )
    town.destination(department.url)
    case_id = town.case()
    town.send_all()

    until(lambda: len(said(town, case_id)) == 3)
    assert [(event, applied) for event, applied, _ in said(town, case_id)] == [
        ("claim_done", True),
        ("start", False),
        ("accept", False),
    ]
    assert town.get(case_id).state == CaseState.VERIFYING
    assert department.received()[0]["repaired"] is True


def test_deliveries_are_answered_as_the_script_says_and_then_taken(
    town: Town, make_department: MakeDepartment
) -> None:
    department = make_department(
        script=script("[{works: [1], answers: [fail, take_and_fail]}, {steps: [accept]}]")
    )
    town.destination(department.url)
    first, second = town.case(), town.case()
    for _ in range(3):
        town.send_all()
        town.clock.advance(400)

    assert [delivery.status_code for delivery in town.deliveries(first)] == [500, 500, 204]
    assert [delivery.status_code for delivery in town.deliveries(second)] == [204]
    assert [message.state for message in town.messages(first)] == [OutboxState.DELIVERED]
    assert {work["case_id"]: work["times_told"] for work in department.received()} == {
        first: 2,
        second: 1,
    }


def test_a_case_that_comes_again_is_treated_by_a_rule_of_its_own(
    town: Town, make_department: MakeDepartment
) -> None:
    department = make_department(
        script=script("[{again: true, steps: [accept, start]}, {steps: [{return: whose is it}]}]")
    )
    town.destination(department.url)
    case_id = town.case()
    town.send_all()
    until(lambda: town.get(case_id).state == CaseState.RETURNED)
    town.enter(case_id, CaseEvent.SEND)
    town.send_all()

    until(lambda: town.get(case_id).state == CaseState.IN_PROGRESS)
    assert [work["status"] for work in department.received()] == ["returned", "in_progress"]


def test_open311_tells_the_same_when_it_is_asked(
    town: Town, make_department: MakeDepartment
) -> None:
    department = make_department(script=script("[{steps: [accept, {lie: filled}]}]"))
    town.destination(department.url, kind=DestinationKind.OPEN311)
    case_id = town.case()
    town.send_all()
    until(lambda: department.received()[0]["repaired"] is False)
    town.poller().run_once()

    assert town.get(case_id).state == CaseState.VERIFYING
    assert said(town, case_id) == [("claim_done", True, "filled")]


def test_a_script_is_changed_while_the_department_works(
    town: Town, make_department: MakeDepartment
) -> None:
    department = make_department()
    town.destination(department.url)
    before = town.case()
    town.send_all()

    refused = httpx.put(f"{department.url}/script", content="rules: [{steps: [vanish]}]")
    assert refused.status_code == 422
    assert "rules[0].steps[0]" in refused.json()["error"]
    taken = httpx.put(f"{department.url}/script", content="rules: [{steps: [accept]}]")
    assert taken.status_code == 204
    after = town.case()
    town.send_all()

    until(lambda: town.get(after).state == CaseState.ACCEPTED)
    assert town.get(before).state == CaseState.DISPATCHED
