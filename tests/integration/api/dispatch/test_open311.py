"""GeoReport v2: what is posted, what is polled, and what happens in doubt."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from api.cases import service as cases
from api.cases.states import CaseEvent, CaseState
from api.dispatch.models import DestinationKind, Doubt, OutboxState, Outcome
from api.evidence.models import Evidence
from api.findings.models import Finding
from api.frames.models import Detection
from tests.conftest import sqlite_only
from tests.integration.api.dispatch.town import API_KEY, Department, Town

_OPEN311 = DestinationKind.OPEN311


def test_a_request_has_the_fields_of_georeport_v2(town: Town, department: Department) -> None:
    town.destination(
        department.url,
        kind=_OPEN311,
        settings={"service_codes": {"pothole": "pothole"}, "jurisdiction_id": "town.example"},
    )
    finding_id = town.finding()
    with town.database.write() as session:
        finding = session.get_one(Finding, finding_id)
        frame_id = session.scalar(
            select(Detection.frame_id).where(Detection.id == finding.best_detection_id)
        )
        session.add(
            Evidence(
                finding_id=finding_id,
                frame_id=frame_id,
                camera_id=finding.camera_id,
                object_key="sha256/ff/" + "f" * 64,
                content_type="image/jpeg",
            )
        )
        session.flush()
        case_id = cases.open_case(session, finding=finding, opened_by="user:tester").id
    town.send_all()

    (work,) = department.received()
    form, case = work["content"], town.get(case_id)
    message = town.messages(case_id)[0]
    assert form["jurisdiction_id"] == "town.example"
    assert form["service_code"] == "pothole"
    assert (form["lat"], form["long"]) == ("30.2500000", "120.1500000")
    assert form["media_url"].startswith("http://service.example/v1/evidence/")
    assert form["attribute[datum]"] == "WGS-84"
    assert form["attribute[case_id]"] == case_id
    assert form["attribute[case_number]"] == case.number
    assert form["attribute[idempotency_key]"] == message.id
    assert message.id in form["description"]
    assert case.external_id == message.external_id == work["number"]
    (delivery,) = town.deliveries(case_id)
    assert delivery.status_code == 201
    excerpt = delivery.request_excerpt or ""
    assert API_KEY not in excerpt
    assert "key%2Fwith%2Bsigns" not in excerpt
    assert "abc123" not in excerpt, "a signed link is a secret too"


@sqlite_only
def test_a_wrong_api_key_is_refused_and_seen(town: Town, department: Department) -> None:
    town.destination(department.url, kind=_OPEN311, secret="wrong")
    case_id = town.case()

    town.send_all()

    assert department.counts()["refused"] == 1
    assert town.deliveries(case_id)[0].status_code == 403
    assert town.messages(case_id)[0].doubt == Doubt.NONE


@pytest.mark.parametrize("trouble", ["take_and_hang", "take_and_fail", "take_and_babble"])
def test_in_doubt_a_department_without_keys_is_never_told_twice(
    town: Town, make_department: Callable[..., Department], trouble: str
) -> None:
    department = make_department(knows_keys=False)
    town.destination(department.url, kind=_OPEN311)
    department.behave(trouble)
    case_id = town.case()
    sender = town.sender(timeout_s=0.5)

    sender.run_once()
    town.clock.advance(100_000)
    assert not sender.run_once()

    assert len(department.received()) == 1
    assert town.get(case_id).state == CaseState.UNDELIVERABLE
    assert town.messages(case_id)[0].id in (town.timeline(case_id)[-1].comment or "")


def test_a_person_says_that_the_department_has_it(
    town: Town, make_department: Callable[..., Department]
) -> None:
    department = make_department(knows_keys=False)
    town.destination(department.url, kind=_OPEN311)
    department.behave("take_and_fail")
    case_id = town.case()
    town.send_all()
    (work,) = department.received()

    town.enter(case_id, CaseEvent.DELIVERED, external_id=work["number"])
    department.say(work["number"], "done")
    heard = town.poller().run_once()

    assert heard == 1
    assert town.messages(case_id)[0].state == OutboxState.DELIVERED
    assert town.get(case_id).state == CaseState.VERIFYING


def test_a_person_says_that_it_must_be_sent_again(
    town: Town, make_department: Callable[..., Department]
) -> None:
    department = make_department(knows_keys=False)
    town.destination(department.url, kind=_OPEN311)
    department.behave("fail")
    case_id = town.case()
    town.send_all()
    assert town.get(case_id).state == CaseState.UNDELIVERABLE

    town.enter(case_id, CaseEvent.SEND)
    town.send_all()

    assert town.get(case_id).state == CaseState.DISPATCHED
    assert len(department.received()) == 1


@pytest.mark.parametrize("trouble", ["take_and_hang", "take_and_fail", "fail", "hang"])
def test_in_doubt_the_departments_list_is_searched_first(
    town: Town, make_department: Callable[..., Department], trouble: str
) -> None:
    department = make_department(knows_keys=False)
    town.destination(department.url, kind=_OPEN311, settings={"after_doubt": "search"})
    department.behave(trouble)
    case_id = town.case()
    sender = town.sender(timeout_s=0.5)

    sender.run_once()
    town.clock.advance(30)
    assert not sender.run_once(), "it must give the department time to list it"
    town.clock.advance(60)
    sender.run_once()

    (work,) = department.received()
    case = town.get(case_id)
    assert case.state == CaseState.DISPATCHED
    assert case.external_id == work["number"]
    assert [d.outcome for d in town.deliveries(case_id)] == [Outcome.RETRY, Outcome.DELIVERED]


def test_a_token_becomes_a_number_and_the_number_news(
    town: Town, make_department: Callable[..., Department]
) -> None:
    department = make_department(gives_tokens=True)
    town.destination(department.url, kind=_OPEN311)
    case_id = town.case()
    town.send_all()
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert town.get(case_id).external_id is None
    (work,) = department.received()

    poller = town.poller()
    assert poller.run_once() == 0
    assert town.get(case_id).external_id == work["number"]
    department.say(work["number"], "done")
    assert poller.run_once() == 1
    assert poller.run_once() == 0

    assert town.get(case_id).state == CaseState.VERIFYING


@sqlite_only
def test_extended_statuses_move_the_case_step_by_step(town: Town, department: Department) -> None:
    words = {"accepted": "accepted", "in_progress": "in_progress", "closed": "done"}
    town.destination(department.url, kind=_OPEN311, settings={"statuses": words})
    case_id = town.case()
    town.send_all()
    (work,) = department.received()
    poller = town.poller()
    seen = []
    for status in ("accepted", "in_progress", "done"):
        department.say(work["number"], status)
        poller.run_once()
        seen.append(town.get(case_id).state)

    assert seen == [CaseState.ACCEPTED, CaseState.IN_PROGRESS, CaseState.VERIFYING]


def test_a_department_is_polled_only_for_what_it_has_now(
    town: Town, department: Department
) -> None:
    town.destination(department.url, kind=_OPEN311)
    case_id = town.case()
    town.send_all()
    first = department.received()[0]["number"]
    department.say(first, "done")
    poller = town.poller()
    poller.run_once()
    town.enter(case_id, CaseEvent.FAIL)
    town.send_all()

    assert f"Your earlier request: {first}." in department.received()[1]["content"]["description"]
    assert poller.run_once() == 0, "the old request's word was taken for the new one's"
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert town.get(case_id).external_id != first


@sqlite_only
def test_a_finding_without_a_place_goes_to_people(town: Town, department: Department) -> None:
    town.destination(department.url, kind=_OPEN311)
    with town.database.write() as session:
        finding = town.add_finding(session, located=False)
        case_id = cases.open_case(session, finding=finding, opened_by="user:tester").id
    town.send_all()

    assert town.get(case_id).state == CaseState.UNDELIVERABLE
    assert "no place" in (town.timeline(case_id)[-1].comment or "")


@sqlite_only
def test_cancelling_says_that_georeport_cannot_tell(town: Town, department: Department) -> None:
    town.destination(department.url, kind=_OPEN311)
    case_id = town.case()
    town.send_all()

    town.enter(case_id, CaseEvent.CANCEL)

    assert town.get(case_id).state == CaseState.CANCELLED
    last = town.timeline(case_id)[-1]
    assert not last.applied
    assert "tell it by other means" in (last.comment or "")
