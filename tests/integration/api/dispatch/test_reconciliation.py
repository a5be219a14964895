"""Reconciliation: every message is accounted for, and what does not agree is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from api.cases.models import Case
from api.cases.states import CaseEvent
from api.database import now
from api.dispatch.models import (
    Delivery,
    DestinationKind,
    OutboxMessage,
    OutboxState,
)
from tests.conftest import SignIn
from tests.integration.api.dispatch.town import Department, Town

_SEARCHED = {"after_doubt": "search"}


@pytest.fixture
def account(sign_in: SignIn) -> Callable[..., dict[str, Any]]:
    client = sign_in("admin")

    def ask(**params: str) -> dict[str, Any]:
        answer = client.get("/v1/reconciliation", params=params)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    return ask


Account = Callable[..., dict[str, Any]]


def _faults(told: dict[str, Any]) -> list[str]:
    return [each["fault"] for each in told["discrepancies"]]


def test_made_is_the_sum_of_what_became_of_it(
    town: Town, department: Department, account: Account
) -> None:
    destination = town.destination(department.url)
    department.behave("fail", "fail", "fail")
    town.case()
    for _ in range(3):
        town.send_all()
        town.clock.advance(400)
    town.case()
    town.case()
    town.send_all()
    town.enter(town.case(), CaseEvent.CANCEL)
    town.case()

    told = account()

    (line,) = told["destinations"]
    assert line.pop("destination")["id"] == destination.id
    assert line == {"made": 5, "delivered": 2, "waiting": 1, "dead": 1, "withdrawn": 1}
    assert told["agrees"]
    assert told["departments"] is None


def test_another_day_has_none_of_it(town: Town, department: Department, account: Account) -> None:
    town.destination(department.url)
    town.case()

    told = account(day="2026-01-05")

    assert [line["made"] for line in told["destinations"]] == [0]
    assert told["agrees"]


@pytest.mark.parametrize(
    ("fault", "harm"),
    [
        ("unproved", "log"),
        ("missing", "message"),
        ("nothing_waits", "withdrawn"),
        ("not_given", "state"),
        ("left_lying", "due"),
    ],
)
def test_what_does_not_agree_is_found(
    town: Town, department: Department, account: Account, fault: str, harm: str
) -> None:
    """Harm is done behind the service's back, as a bug or a hand in the database would."""
    town.destination(department.url)
    fine, case_id = town.case(), town.case()
    if harm in ("log", "message"):
        town.send_all()
        town.enter(case_id, CaseEvent.RETURN)
        town.enter(case_id, CaseEvent.SEND)
        town.send_all()
    (first, *_) = (message.id for message in town.messages(case_id))
    of_case = OutboxMessage.case_id == case_id
    with town.database.write() as session:
        if harm in ("log", "message"):
            session.execute(delete(Delivery).where(Delivery.message_id == first))
        if harm == "message":
            session.execute(delete(OutboxMessage).where(OutboxMessage.id == first))
        if harm == "withdrawn":
            session.execute(update(OutboxMessage).where(of_case).values(state="withdrawn"))
        if harm == "state":
            session.execute(update(Case).where(Case.id == case_id).values(state="accepted"))
        if harm == "due":
            before = now() - timedelta(hours=2)
            session.execute(update(OutboxMessage).where(of_case).values(next_attempt_at=before))

    told = account()

    assert not told["agrees"]
    assert [(each["fault"], each["case_id"]) for each in told["discrepancies"]] == [
        (fault, case_id)
    ]
    assert all(each["detail"] for each in told["discrepancies"])
    assert fine != case_id


def test_a_word_of_the_department_is_proof(
    town: Town, department: Department, account: Account
) -> None:
    town.destination(department.url)
    department.behave("fail", "fail", "fail")
    case_id = town.case()
    for _ in range(3):
        town.send_all()
        town.clock.advance(400)
    town.enter(case_id, CaseEvent.DELIVERED, external_id="D-7")

    assert town.messages(case_id)[0].state == OutboxState.DELIVERED
    assert _faults(account()) == []


def test_what_the_department_lists_agrees(
    town: Town, department: Department, account: Account
) -> None:
    town.destination(department.url, kind=DestinationKind.OPEN311, settings=_SEARCHED)
    department.behave("take", "take_and_fail")
    for _ in range(3):
        town.case()
    town.send_all()
    town.clock.advance(120)
    town.send_all()

    told = account(ask="true")

    assert [(each["delivered"], each["listed"]) for each in told["departments"]] == [(3, 3)]
    assert told["agrees"]


def test_work_that_is_there_twice_is_found(
    town: Town, make_department: Callable[..., Department], account: Account
) -> None:
    """A department that knows no key, told again because somebody said so."""
    department = make_department(knows_keys=False)
    town.destination(
        department.url, kind=DestinationKind.OPEN311, settings={"after_doubt": "resend"}
    )
    department.behave("take_and_fail")
    case_id = town.case()
    town.send_all()
    town.clock.advance(120)
    town.send_all()
    assert department.counts()["works"] == 2

    told = account(ask="true")

    (found,) = told["discrepancies"]
    assert (found["fault"], found["case_id"]) == ("listed_twice", case_id)
    assert found["external_ids"] == [work["number"] for work in department.received()]


def test_what_the_department_lost_is_found(
    town: Town,
    department: Department,
    make_department: Callable[..., Department],
    account: Account,
) -> None:
    destination = town.destination(department.url, kind=DestinationKind.OPEN311)
    town.case()
    town.send_all()
    forgetful = make_department()
    with town.database.write() as session:
        session.execute(update(type(destination)).values(url=f"{forgetful.url}/open311/v2"))

    assert _faults(account(ask="true")) == ["not_listed"]


def test_a_department_that_cannot_be_asked_is_named(
    town: Town, department: Department, account: Account
) -> None:
    destination = town.destination(department.url, kind=DestinationKind.OPEN311)
    town.case()
    town.send_all()
    with town.database.write() as session:
        session.execute(update(type(destination)).values(url="http://127.0.0.1:9"))

    told = account(ask="true")

    (asked,) = told["departments"]
    assert asked["listed"] is None
    assert "not reached" in asked["problem"]
    assert not told["agrees"]
    assert _faults(told) == []
