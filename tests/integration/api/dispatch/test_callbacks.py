"""What departments tell: signed, stored always, applied once and only forward."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases.prescriptions import prescriptions
from api.cases.states import CaseEvent, CaseState
from api.database import new_id, now
from api.dispatch.models import Destination, DestinationKind, OutboxState
from api.dispatch.signatures import Keys
from tests.integration.api.dispatch.town import SECRET, Department, Town, at_once

Say = Callable[..., httpx.Response]


At = Callable[[float], datetime]


@pytest.fixture
def at() -> At:
    """Give moments in seconds after one that lies two minutes before this test."""
    start = now() - timedelta(minutes=2)
    return lambda seconds: start + timedelta(seconds=seconds)


@pytest.fixture
def say(client: httpx.Client) -> Say:
    def post(
        destination: Destination,
        case_id: str | None,
        status: str,
        *,
        at: datetime | None = None,
        message_id: str | None = None,
        secret: str = SECRET,
        signed_at: datetime | None = None,
        **data: Any,
    ) -> httpx.Response:
        message_id = message_id or new_id()
        named = {"case_id": case_id} if case_id else {}
        event = {
            "specversion": "1.0",
            "id": message_id,
            "source": "https://roads.example",
            "type": "dev.xunjian.case.status",
            "data": {
                **named,
                "status": status,
                "occurred_at": (at or now()).isoformat(),
                **data,
            },
        }
        body = json.dumps(event).encode()
        headers = Keys.read(secret).sign(message_id, signed_at or now(), body)
        return client.post(f"/v1/callbacks/{destination.id}", content=body, headers=headers)

    return post


def _entries(town: Town, case_id: str) -> list[tuple[str, bool]]:
    return [(e.event, e.applied) for e in town.timeline(case_id) if e.message_id]


def test_a_case_follows_its_department_to_the_end(
    town: Town, department: Department, say: Say
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    town.send_all()
    seen = []
    for status in ("accepted", "in_progress", "suspended", "resumed", "done"):
        assert say(destination, case_id, status).status_code == 204
        seen.append(town.get(case_id).state)
    town.enter(case_id, CaseEvent.PASS)

    assert seen == ["accepted", "in_progress", "suspended", "in_progress", "verifying"]
    case = town.get(case_id)
    assert case.state == CaseState.CLOSED
    assert case.open_finding_id is None


def test_a_callback_counts_once_however_often_it_comes(
    town: Town, department: Department, say: Say
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    town.send_all()

    answers = at_once(
        lambda: say(destination, case_id, "accepted", message_id="same").status_code, 5
    )

    assert answers == [204] * 5
    assert _entries(town, case_id) == [("accept", True)]


def test_a_prescription_is_kept_with_the_case_once(
    town: Town, department: Department, say: Say
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    town.send_all()
    prescribed = {"measure": "25% 吡蚜酮可湿性粉剂", "dose": "24 g/亩", "date": "2026-08-14"}

    answers = [
        say(destination, case_id, "accepted", message_id="one", prescription=prescribed),
        say(destination, case_id, "accepted", message_id="one", prescription=prescribed),
        say(destination, case_id, "done", message_id="two", prescription={"measure": ""}),
    ]

    assert [answer.status_code for answer in answers] == [204, 204, 422]
    assert town.get(case_id).state == CaseState.ACCEPTED
    with town.database.read() as session:
        (kept,) = prescriptions(session, case_id)
        actions = session.scalars(
            select(AuditRecord.action).where(AuditRecord.action == "case.prescribe")
        ).all()
    assert (kept.measure, kept.dose, kept.text) == ("25% 吡蚜酮可湿性粉剂", "24 g/亩", None)
    assert (kept.apply_on, kept.source) == (date(2026, 8, 14), f"destination:{destination.id}")
    assert len(actions) == 1


def test_late_words_are_kept_and_move_nothing(
    town: Town, department: Department, say: Say, at: At
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    town.send_all()

    say(destination, case_id, "resumed", at=at(4))
    say(destination, case_id, "suspended", at=at(3))
    assert town.get(case_id).state == CaseState.DISPATCHED
    say(destination, case_id, "done", at=at(6))
    say(destination, case_id, "in_progress", at=at(5))

    assert town.get(case_id).state == CaseState.VERIFYING
    assert _entries(town, case_id) == [
        ("resume", False),
        ("suspend", False),
        ("claim_done", True),
        ("start", False),
    ]


def test_a_departments_word_before_the_senders_proves_arrival(
    town: Town, department: Department, say: Say
) -> None:
    destination = town.destination(department.url)
    department.behave("take_and_fail")
    case_id = town.case()
    town.send_all()
    assert town.get(case_id).state == CaseState.DISPATCHING

    say(destination, case_id, "accepted")

    assert town.get(case_id).state == CaseState.ACCEPTED
    assert town.messages(case_id)[0].state == OutboxState.DELIVERED
    town.clock.advance(1000)
    assert town.send_all() == 0, "what the department has was sent again"


def test_a_word_while_it_is_being_sent_is_not_lost(
    town: Town, department: Department, say: Say
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    sender = town.sender()
    lease = sender.lease()
    assert lease is not None
    wire = sender.wire(lease)
    result = sender.send(lease, wire)

    say(destination, case_id, "in_progress")
    assert sender.record(lease, wire, result, duration_s=0.1)

    assert town.get(case_id).state == CaseState.IN_PROGRESS
    assert [(e.event, e.applied) for e in town.timeline(case_id)][-3:] == [
        ("delivered", True),
        ("start", True),
        ("delivered", False),
    ]


def test_words_of_an_earlier_round_do_not_count_for_the_next(
    town: Town, department: Department, say: Say, at: At
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    town.send_all()
    say(destination, case_id, "done", at=at(10))
    town.enter(case_id, CaseEvent.FAIL)
    town.send_all()

    say(destination, case_id, "accepted", at=at(5))

    assert town.get(case_id).state == CaseState.DISPATCHED
    assert _entries(town, case_id)[-1] == ("accept", False)


def test_the_departments_own_number_is_learned_and_understood(
    town: Town, department: Department, say: Say
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    town.send_all()

    assert say(destination, case_id, "accepted", external_id="R-77").status_code == 204
    assert town.get(case_id).external_id == "R-77"
    assert say(destination, None, "in_progress", external_id="R-77").status_code == 204
    assert town.get(case_id).state == CaseState.IN_PROGRESS


def test_a_case_may_be_named_by_its_number(town: Town, department: Department, say: Say) -> None:
    destination = town.destination(department.url)
    other, case_id = town.case(), town.case()
    town.send_all()

    assert say(destination, None, "done", case_number=town.get(case_id).number).is_success

    assert town.get(case_id).state == CaseState.VERIFYING
    assert town.get(other).state == CaseState.DISPATCHED


def test_what_is_not_signed_well_changes_nothing(
    town: Town, department: Department, say: Say, client: httpx.Client
) -> None:
    destination = town.destination(department.url)
    other = town.destination(department.url, classes=("crack",))
    polled = town.destination(department.url, kind=DestinationKind.OPEN311, classes=())
    case_id = town.case()
    town.send_all()
    wrong = "whsec_" + "A" * 43 + "="
    address = f"/v1/callbacks/{destination.id}"
    body = b'{"specversion": "1.0"}'

    answers = {
        "forged": say(destination, case_id, "done", secret=wrong),
        "old": say(destination, case_id, "done", signed_at=datetime(2020, 1, 1, tzinfo=UTC)),
        "unsigned": client.post(address, content=b"{}"),
        "nonsense signature": client.post(
            address,
            content=b"\xff\xfe",
            headers={**Keys.read(SECRET).sign("x", now(), b"{}"), "webhook-signature": "a b,c,d"},
        ),
        "another's case": say(other, case_id, "done"),
        "no callbacks here": say(polled, case_id, "done"),
        "unknown word": say(destination, case_id, "vanished"),
        "from the future": say(destination, case_id, "done", at=now() + timedelta(hours=1)),
        "a NUL": say(destination, case_id, "done", comment="a\x00b"),
        "another's number": say(other, None, "done", case_number=town.get(case_id).number),
        "no event": client.post(
            address, content=body, headers=Keys.read(SECRET).sign("y", now(), body)
        ),
        "too large": client.post(address, content=b"x" * 70_000),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "forged": 401,
        "old": 401,
        "unsigned": 401,
        "nonsense signature": 401,
        "another's case": 404,
        "no callbacks here": 404,
        "unknown word": 422,
        "from the future": 422,
        "a NUL": 422,
        "another's number": 404,
        "no event": 422,
        "too large": 413,
    }
    assert {answer.headers["content-type"] for answer in answers.values()} == {
        "application/problem+json"
    }
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert _entries(town, case_id) == []
