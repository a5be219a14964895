"""What the sender does with departments that answer well, badly, late or not at all."""

import json
import threading
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases import service as cases
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.dispatch import destinations
from api.dispatch.models import Destination, DestinationKind, Doubt, OutboxState, Outcome
from api.dispatch.sealing import Seal
from api.dispatch.signatures import Keys
from api.frames.models import Frame
from tests.conftest import sqlite_only
from tests.integration.api.dispatch.town import SEAL, SECRET, SOURCE, Department, Town, until


def test_a_case_arrives_signed_once_with_all_that_is_known(
    town: Town, department: Department
) -> None:
    destination = town.destination(department.url)
    case_id = town.case()

    assert town.send_all() == 1

    (work,) = department.received()
    event = work["content"]
    assert event["specversion"] == "1.0"
    assert event["type"] == "dev.xunjian.case.opened"
    assert event["id"] == work["key"] == town.messages(case_id)[0].id
    assert event["source"] == SOURCE
    assert event["subject"] == event["data"]["case"]["id"] == case_id
    assert event["data"]["location"] == {
        "latitude": 30.25,
        "longitude": 120.15,
        "datum": "WGS-84",
        "accuracy_m": 2.5,
    }
    with town.database.read() as session:
        proof = {"frame_sha256": session.scalar(select(Frame.sha256)), "model_digest": "d" * 64}
    assert event["data"]["proof"] == proof
    assert event["data"]["callback_url"] == f"{SOURCE}/v1/callbacks/{destination.id}"
    assert department.counts()["refused"] == 0
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert [(e.event, e.from_state, e.to_state) for e in town.timeline(case_id)] == [
        ("open", None, "opened"),
        ("send", "opened", "dispatching"),
        ("delivered", "dispatching", "dispatched"),
    ]


@pytest.mark.parametrize("kind", [DestinationKind.OPEN311, DestinationKind.WEBHOOK])
def test_a_department_is_told_the_place_in_its_datum(
    town: Town, department: Department, kind: DestinationKind
) -> None:
    town.destination(department.url, kind=kind, settings={"datum": "GCJ-02"})
    town.case()

    assert town.send_all() == 1

    content = department.received()[0]["content"]
    told = (
        {
            "latitude": float(content["lat"]),
            "longitude": float(content["long"]),
            "datum": content["attribute[datum]"],
        }
        if kind is DestinationKind.OPEN311
        else content["data"]["location"]
    )
    assert told["latitude"] == pytest.approx(30.247678, abs=1e-6)
    assert told["longitude"] == pytest.approx(120.154707, abs=1e-6)
    assert told["datum"] == "GCJ-02"


def test_every_change_of_a_case_is_audited(town: Town, department: Department) -> None:
    town.destination(department.url)
    case_id = town.case()
    town.send_all()

    with town.database.read() as session:
        query = select(AuditRecord).where(AuditRecord.object_id == case_id)
        records = session.scalars(query.order_by(AuditRecord.id)).all()
    assert [(r.action, r.actor, r.after and r.after["state"]) for r in records] == [
        ("case.open", "user:tester", "opened"),
        ("case.send", "system", "dispatching"),
        ("case.delivered", "system", "dispatched"),
    ]


@pytest.mark.parametrize("trouble", ["refuse", "fail", "moved", "busy", "hang"])
def test_trouble_is_tried_again_and_arrives_once(
    town: Town, department: Department, trouble: str
) -> None:
    town.destination(department.url)
    department.behave(trouble)
    case_id = town.case()
    sender = town.sender(timeout_s=0.5)

    assert sender.run_once()
    assert town.get(case_id).state == CaseState.DISPATCHING
    assert department.received() == []
    assert not sender.run_once(), "tried again at once"
    town.clock.advance(6)
    assert sender.run_once()

    assert town.get(case_id).state == CaseState.DISPATCHED
    assert department.counts() == {"works": 1, "messages": 1, "duplicates": 0, "refused": 0}
    assert [d.outcome for d in town.deliveries(case_id)] == [Outcome.RETRY, Outcome.DELIVERED]


@pytest.mark.parametrize("trouble", ["take_and_hang", "take_and_fail"])
def test_what_was_taken_without_a_word_is_work_once(
    town: Town, department: Department, trouble: str
) -> None:
    town.destination(department.url)
    department.behave(trouble)
    case_id = town.case()
    sender = town.sender(timeout_s=0.5)

    sender.run_once()
    assert town.messages(case_id)[0].doubt == Doubt.UNCERTAIN
    town.clock.advance(6)
    sender.run_once()

    assert town.get(case_id).state == CaseState.DISPATCHED
    assert department.counts() == {"works": 1, "messages": 2, "duplicates": 1, "refused": 0}


@sqlite_only
def test_a_department_that_asks_for_time_gets_it(town: Town, department: Department) -> None:
    town.destination(department.url)
    department.behave("fail", "busy")
    case_id = town.case()
    sender = town.sender()

    sender.run_once()
    waits = [town.messages(case_id)[0].next_attempt_at - town.clock()]
    town.clock.advance(6)
    sender.run_once()
    waits.append(town.messages(case_id)[0].next_attempt_at - town.clock())

    assert 4 < waits[0].total_seconds() <= 5.5
    assert 269 < waits[1].total_seconds() <= 330


def test_after_the_last_attempt_people_take_over_and_can_send_again(
    town: Town, department: Department
) -> None:
    town.destination(department.url)
    department.behave("fail", "fail", "fail")
    case_id = town.case()
    sender = town.sender()

    for _ in range(3):
        assert sender.run_once()
        town.clock.advance(400)
    assert not sender.run_once()
    assert town.get(case_id).state == CaseState.UNDELIVERABLE
    assert town.messages(case_id)[0].state == OutboxState.DEAD
    assert "500" in (town.timeline(case_id)[-1].comment or "")
    before = town.messages(case_id)[0].id

    town.enter(case_id, CaseEvent.SEND)
    town.send_all()

    assert town.get(case_id).state == CaseState.DISPATCHED
    (work,) = department.received()
    assert work["key"] == before, "a repeated message must keep its idempotency key"


@sqlite_only
def test_redirects_are_not_followed(town: Town, department: Department) -> None:
    town.destination(department.url)
    department.behave("moved")
    case_id = town.case()

    town.send_all()

    (delivery,) = town.deliveries(case_id)
    assert delivery.status_code == 301
    assert delivery.outcome == Outcome.RETRY
    assert "redirects are not followed" in (delivery.error or "")


def test_gone_disables_the_destination_and_nothing_of_it_is_lost(
    town: Town, department: Department
) -> None:
    destination = town.destination(department.url)
    department.behave("fail", "gone")
    waiting, gone = town.case(), town.case()
    sender = town.sender()

    while sender.run_once():
        pass

    with town.database.read() as session:
        row = session.get_one(Destination, destination.id)
    assert row.disabled_at is not None
    assert row.disabled_reason == "answered 410 Gone"
    assert {town.get(case_id).state for case_id in (waiting, gone)} == {CaseState.UNDELIVERABLE}
    assert department.received() == []
    new = town.case()
    assert town.get(new).state == CaseState.OPENED


def test_a_destination_enabled_again_gets_what_waited(town: Town, department: Department) -> None:
    destination = town.destination(department.url)
    department.behave("gone")
    case_ids = {town.case()}
    town.send_all()
    case_ids.add(town.case())

    with town.database.write() as session:
        destinations.update(
            session,
            seal=SEAL,
            destination_id=destination.id,
            values={"enabled": True},
            actor="user:admin",
        )
    town.send_all()

    assert {work["case_id"] for work in department.received()} == case_ids
    assert department.counts()["duplicates"] == 0


@sqlite_only
def test_the_log_of_deliveries_holds_no_secret(town: Town, department: Department) -> None:
    town.destination(department.url)
    case_id = town.case()
    town.send_all()

    (delivery,) = town.deliveries(case_id)
    assert SECRET not in (delivery.request_excerpt or "")
    assert "webhook-signature" not in (delivery.request_excerpt or "")
    assert case_id in (delivery.request_excerpt or "")
    assert delivery.duration_ms is not None
    assert delivery.duration_ms > 0
    assert delivery.status_code == 204


def test_a_slow_department_holds_up_no_other(town: Town, department: Department) -> None:
    town.destination(department.url)
    town.destination(department.url, classes=("crack",))
    department.behave(*["hang"] * 3)
    for _ in range(3):
        town.case(class_name="pothole")
    sender = town.sender(timeout_s=3.0, threads=3)
    stop = threading.Event()
    running = threading.Thread(target=sender.run, args=(stop,))
    running.start()
    try:
        until(lambda: len(sender.busy_destinations()) > 0)
        quick = town.case(class_name="crack")
        until(lambda: town.get(quick).state == CaseState.DISPATCHED)
        hanging = [work for work in department.received() if work["what"] == "pothole"]
    finally:
        stop.set()
        running.join()
    assert hanging == [], "the quick one waited for the slow ones"


def test_a_sender_whose_lease_was_taken_over_records_nothing(
    town: Town, department: Department
) -> None:
    town.destination(department.url)
    case_id = town.case()
    slow, heir = town.sender(), town.sender()
    old = slow.lease()
    assert old is not None
    town.clock.advance(3600)
    assert heir.run_once()
    before = [(e.event, e.applied) for e in town.timeline(case_id)]

    wire = slow.wire(old)
    recorded = slow.record(old, wire, slow.send(old, wire), duration_s=0.1)

    assert not recorded
    assert [(e.event, e.applied) for e in town.timeline(case_id)] == before
    assert [d.outcome for d in town.deliveries(case_id)] == [Outcome.UNKNOWN, Outcome.DELIVERED]
    assert department.counts()["works"] == 1


def test_a_cancelled_case_is_told_only_to_who_may_know_of_it(
    town: Town, department: Department
) -> None:
    town.destination(department.url)
    told, untold = town.case(), town.case()
    sender = town.sender()
    sender.run_once()

    town.enter(told, CaseEvent.CANCEL)
    town.enter(untold, CaseEvent.CANCEL)
    while sender.run_once():
        pass

    statuses = {(work["case_id"], work["what"]): work["status"] for work in department.received()}
    assert statuses == {(told, "pothole"): "cancelled", (told, "cancellation"): "cancelled"}
    assert {town.get(told).state, town.get(untold).state} == {CaseState.CANCELLED}


def test_a_failed_repair_goes_back_to_the_department_at_once(
    town: Town, department: Department
) -> None:
    town.destination(department.url)
    case_id = town.case()
    town.send_all()
    for event in (CaseEvent.CLAIM_DONE, CaseEvent.FAIL):
        town.enter(case_id, event)
    assert town.get(case_id).state == CaseState.DISPATCHING

    town.send_all()

    types = [work["content"]["type"] for work in department.received()]
    assert types == ["dev.xunjian.case.opened", "dev.xunjian.case.reopened"]
    assert town.get(case_id).state == CaseState.DISPATCHED


def test_a_returned_case_goes_where_its_class_goes_now(town: Town, department: Department) -> None:
    first = town.destination(department.url)
    case_id = town.case()
    town.send_all()
    town.enter(case_id, CaseEvent.RETURN)
    with town.database.write() as session:
        destinations.update(
            session, seal=SEAL, destination_id=first.id, values={"classes": []}, actor="user:a"
        )
    second = town.destination(department.url)

    town.enter(case_id, CaseEvent.SEND)
    town.send_all()

    assert town.get(case_id).destination_id == second.id
    assert [m.destination_id for m in town.messages(case_id)] == [first.id, second.id]


@sqlite_only
def test_an_unreachable_department_is_certainly_not_told(town: Town) -> None:
    town.destination("http://127.0.0.1:9")
    case_id = town.case()

    town.send_all()

    (message,) = town.messages(case_id)
    assert message.doubt == Doubt.NONE
    assert message.state == OutboxState.PENDING
    assert "not reached" in (town.deliveries(case_id)[0].error or "")


@sqlite_only
def test_a_secret_of_another_key_is_said_clearly(town: Town, department: Department) -> None:
    destination = town.destination(department.url)
    case_id = town.case()
    with town.database.write() as session:
        row = session.get_one(Destination, destination.id)
        row.sealed_secret = Seal(b"x" * 32).close(SECRET)

    town.send_all()

    assert town.get(case_id).state == CaseState.UNDELIVERABLE
    assert "secret.key" in (town.timeline(case_id)[-1].comment or "")


def test_a_webhook_says_when_it_was_signed(department: Department) -> None:
    """The sandbox refuses what is older than five minutes: proof that it checks at all."""
    body = json.dumps({"type": "dev.xunjian.test"}).encode()
    old = Keys.read(SECRET).sign("id", datetime(2020, 1, 1, tzinfo=UTC), body)
    fresh = Keys.read(SECRET).sign("id", datetime.now(UTC), body)

    assert httpx.post(f"{department.url}/webhook", content=body, headers=old).status_code == 401
    assert httpx.post(f"{department.url}/webhook", content=body, headers=fresh).is_success
    forged = {**fresh, "webhook-id": "other"}
    assert httpx.post(f"{department.url}/webhook", content=body, headers=forged).status_code == 401


def test_a_failure_of_an_earlier_round_does_not_touch_the_next(
    town: Town, department: Department
) -> None:
    """The department returned the case while its message was still being sent."""
    town.destination(department.url)
    department.behave("take_and_fail")
    case_id = town.case()
    sender = town.sender()
    lease = sender.lease()
    assert lease is not None
    wire = sender.wire(lease)
    failure = sender.send(lease, wire)
    with town.database.write() as session:
        case = cases.locked(session, case_id)
        for event in (CaseEvent.DELIVERED, CaseEvent.RETURN, CaseEvent.SEND):
            cases.change(session, case=case, report=Report(event, "destination:x"))
    assert sender.record(lease, wire, failure, duration_s=0.1)

    assert [m.state for m in town.messages(case_id)] == [OutboxState.WITHDRAWN, OutboxState.PENDING]
    assert town.get(case_id).state == CaseState.DISPATCHING
    town.send_all()
    assert town.get(case_id).state == CaseState.DISPATCHED
