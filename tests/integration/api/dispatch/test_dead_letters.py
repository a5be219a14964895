"""Dead letters: found, and sent again by an administrator, by id and by time."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.dispatch import destinations
from api.dispatch.models import Destination, DestinationKind, Doubt, OutboxState
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.dispatch.town import API_KEY, SEAL, Department, Town, at_once

_REASON = "the department's server was down"


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    return sign_in("admin")


def _dead(town: Town, department: Department, count: int = 1) -> list[str]:
    """Let so many cases die at a department that answers 500 every time; return them."""
    department.behave(*["fail"] * 3 * count)
    case_ids = [town.case() for _ in range(count)]
    for _ in range(4):
        town.send_all()
        town.clock.advance(400)
    assert {town.get(case_id).state for case_id in case_ids} == {CaseState.UNDELIVERABLE}
    return case_ids


def _replay(admin: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = admin.post("/v1/outbox/replay", json={"reason": _REASON, **body})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _ids(town: Town, case_ids: list[str]) -> list[str]:
    return [town.messages(case_id)[-1].id for case_id in case_ids]


def _switch(town: Town, destination: Destination, **values: Any) -> None:
    with town.database.write() as session:
        destinations.update(
            session, seal=SEAL, destination_id=destination.id, values=values, actor="user:admin"
        )


def test_a_dead_letter_shows_what_was_said_at_every_attempt(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    destination = town.destination(department.url)
    (case_id,) = _dead(town, department)
    alive = town.case()

    (letter,) = admin.get("/v1/outbox", params={"state": "dead"}).json()["items"]
    assert letter["case_id"] == case_id
    assert letter["case_number"] == town.get(case_id).number
    assert letter["destination"]["id"] == destination.id
    assert letter["last_delivery"]["status_code"] == 500
    assert (letter["doubt"], letter["asks"]) == ("uncertain", False)

    shown = admin.get(f"/v1/outbox/{letter['id']}").json()
    assert [each["outcome"] for each in shown["deliveries"]] == ["retry", "retry", "dead"]
    assert case_id in shown["deliveries"][0]["request_excerpt"]
    assert shown["deliveries"][0]["response_excerpt"] == "fail"
    assert shown["payload"]["case"]["id"] == case_id

    everything = admin.get("/v1/outbox").json()["items"]
    assert [each["case_id"] for each in everything] == [alive, case_id]
    assert admin.get("/v1/outbox", params={"destination": "x"}).json()["items"] == []
    assert admin.get(f"/v1/outbox/{case_id}").status_code == 404


def test_replay_by_id_sends_under_the_same_id_and_says_who_did_it(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    town.destination(department.url)
    first, second = _dead(town, department, 2)
    (message_id,) = _ids(town, [first])

    told = _replay(admin, message_ids=[message_id])
    town.send_all()

    assert (told["queued"], told["left"], told["next_cursor"]) == (1, 0, None)
    assert [work["key"] for work in department.received()] == [message_id]
    assert town.get(first).state == CaseState.DISPATCHED
    assert town.get(second).state == CaseState.UNDELIVERABLE
    with town.database.read() as session:
        (record,) = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "outbox.replay")
        ).all()
    assert (record.object_id, record.reason) == (message_id, _REASON)
    assert record.actor.startswith("user:")


def test_replay_of_a_range_takes_what_was_made_in_it_and_of_one_department(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    destination = town.destination(department.url)
    before = _dead(town, department)
    since = now()
    within = _dead(town, department, 3)
    until = now()
    after = _dead(town, department)
    span = {"since": since.isoformat(), "until": until.isoformat()}

    assert _replay(admin, **span, destination_id="another")["queued"] == 0
    assert _replay(admin, **span, destination_id=destination.id)["queued"] == 3
    assert _replay(admin, **span)["items"] == [], "a queued letter is dead no more"
    town.send_all()

    assert {work["case_id"] for work in department.received()} == set(within)
    states = {town.get(case_id).state for case_id in (*before, *after)}
    assert states == {CaseState.UNDELIVERABLE}


def test_a_long_range_is_replayed_in_parts(
    town: Town, department: Department, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.outbox.routes.REPLAY_AT_ONCE", 2)
    town.destination(department.url)
    case_ids = _dead(town, department, 3)
    span = {
        "since": (now() - timedelta(days=1)).isoformat(),
        "until": (now() + timedelta(days=1)).isoformat(),
    }

    first = _replay(admin, **span)
    rest = _replay(admin, **span, cursor=first["next_cursor"])

    assert (first["queued"], rest["queued"], rest["next_cursor"]) == (2, 1, None)
    told = [each["case_id"] for each in (*first["items"], *rest["items"])]
    assert told == case_ids


def test_replays_at_the_same_moment_queue_a_letter_once(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    town.destination(department.url)
    (case_id,) = _dead(town, department)
    ids = _ids(town, [case_id])

    told = at_once(lambda: _replay(admin, message_ids=ids)["queued"], 4)
    town.send_all()

    assert sorted(told, key=str) == [0, 0, 0, 1]
    assert department.counts()["works"] == 1
    sends = [entry for entry in town.timeline(case_id) if entry.event == CaseEvent.SEND]
    assert len(sends) == 2


def test_what_may_have_arrived_is_left_until_a_person_has_looked(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    """GeoReport knows no key: sent again, a request that had arrived would be work twice."""
    town.destination(department.url, kind=DestinationKind.OPEN311)
    department.behave("fail")
    case_id = town.case()
    town.send_all()
    ids = _ids(town, [case_id])
    assert admin.get("/v1/outbox", params={"state": "dead"}).json()["items"][0]["asks"]

    told = _replay(admin, message_ids=ids)
    assert [each["outcome"] for each in told["items"]] == ["asks"]
    assert town.send_all() == 0
    assert town.messages(case_id)[0].doubt == Doubt.UNCERTAIN

    assert _replay(admin, message_ids=ids, looked=True)["queued"] == 1
    town.send_all()
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert department.counts()["works"] == 1


def test_a_letter_goes_where_its_class_goes_now(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    first = town.destination(department.url)
    (case_id,) = _dead(town, department)
    ids = _ids(town, [case_id])
    _switch(town, first, enabled=False)
    assert _replay(admin, message_ids=ids)["items"][0]["outcome"] == "no_destination"
    second = town.destination(department.url, classes=("crack",))
    _switch(town, second, enabled=True)
    with town.database.write() as session:
        session.get_one(Destination, second.id).classes = ["pothole"]

    assert _replay(admin, message_ids=ids)["items"][0]["outcome"] == "rerouted"
    town.send_all()

    old, new = town.messages(case_id)
    assert (old.state, old.destination_id) == (OutboxState.WITHDRAWN, first.id)
    assert (new.state, new.destination_id) == (OutboxState.DELIVERED, second.id)
    assert admin.get("/v1/outbox", params={"state": "dead"}).json()["items"] == []


def test_a_dead_cancellation_can_be_told_again(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    """Enabling a destination sends cases again; that one is cancelled only replay tells."""
    destination = town.destination(department.url)
    case_id = town.case()
    town.send_all()
    _switch(town, destination, enabled=False)
    town.enter(case_id, CaseEvent.CANCEL)
    town.send_all()
    ids = _ids(town, [case_id])
    assert _replay(admin, message_ids=ids)["items"][0]["outcome"] == "no_destination"

    _switch(town, destination, enabled=True)
    assert _replay(admin, message_ids=ids)["queued"] == 1
    town.send_all()

    assert {work["status"] for work in department.received()} == {"cancelled"}
    assert town.get(case_id).state == CaseState.CANCELLED


def test_the_letter_of_a_cancelled_case_is_dead_no_more(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    town.destination(department.url)
    (case_id,) = _dead(town, department)
    ids = _ids(town, [case_id])

    town.enter(case_id, CaseEvent.CANCEL)

    assert town.messages(case_id)[0].state == OutboxState.WITHDRAWN
    assert _replay(admin, message_ids=ids)["items"][0]["outcome"] == "not_dead"


@sqlite_only
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"since": "2026-11-21T00:00:00Z"},
        {"message_ids": []},
        {"message_ids": ["a"], "since": "2026-11-21T00:00:00Z", "until": "2026-11-22T00:00:00Z"},
        {"since": "2026-11-22T00:00:00Z", "until": "2026-11-21T00:00:00Z"},
        {"since": "2026-11-21T00:00:00", "until": "2026-11-22T00:00:00"},
        {"message_ids": ["a"], "reason": ""},
    ],
)
def test_a_replay_that_says_too_little_is_refused(
    admin: httpx.Client, body: dict[str, Any]
) -> None:
    answer = admin.post("/v1/outbox/replay", json={"reason": _REASON, **body})
    assert answer.status_code == 422


def test_one_unknown_id_and_nothing_is_sent_again(
    town: Town, department: Department, admin: httpx.Client
) -> None:
    town.destination(department.url)
    (case_id,) = _dead(town, department)

    body = {"message_ids": [*_ids(town, [case_id]), "unknown"], "reason": _REASON}
    answer = admin.post("/v1/outbox/replay", json=body)

    assert answer.status_code == 404
    assert "unknown" in answer.json()["detail"]
    assert town.send_all() == 0


@sqlite_only
def test_who_sees_some_cameras_sees_their_letters_only(
    town: Town, department: Department, sign_in: SignIn
) -> None:
    town.destination(department.url)
    (case_id,) = _dead(town, department)
    (message_id,) = _ids(town, [case_id])
    stranger = sign_in("supervisor", camera_ids=[])

    assert stranger.get("/v1/outbox").json()["items"] == []
    assert stranger.get(f"/v1/outbox/{message_id}").status_code == 404
    assert API_KEY not in sign_in("supervisor").get(f"/v1/outbox/{message_id}").text
