"""Comments on cases: among ourselves, or told to the department that has the case."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases.states import CaseEvent, CaseState
from api.database import Database
from api.dispatch.models import DestinationKind, MessageType, OutboxState
from api.settings import Settings
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.integration.api.deadlines.conftest import move
from tests.integration.api.dispatch.conftest import department, make_department
from tests.integration.api.dispatch.town import Department, Town

__all__ = ["department", "make_department"]

SAID = "请补拍修复后的照片 <b>谢谢</b>"


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 0})


def _records(database: Database, case_id: str) -> list[AuditRecord]:
    with database.read() as session:
        query = select(AuditRecord).where(
            AuditRecord.object_id == case_id, AuditRecord.action == "case.comment"
        )
        return list(session.scalars(query))


def test_a_comment_among_ourselves_stays_here(
    town: Town, sign_in: SignIn, database: Database
) -> None:
    town.destination("http://127.0.0.1:9")
    case_id = town.case()
    operator = sign_in("operator")
    path = f"/v1/cases/{case_id}/comments"
    before = town.get(case_id)
    for _ in range(2):
        told = operator.post(path, json={"text": f" {SAID} "}, headers={"Idempotency-Key": "k1"})
        assert told.status_code == 201, told.text

    (comment,) = operator.get(path).json()["items"]
    assert told.json()["comments"] == [comment]
    assert (comment["text"], comment["told"], comment["told_state"]) == (SAID, None, None)
    assert comment["author_name"] == "the operator"
    assert [message.event_type for message in town.messages(case_id)] == [MessageType.OPENED]
    after = town.get(case_id)
    assert after.state == before.state
    assert after.updated_at > before.updated_at
    (record,) = _records(database, case_id)
    assert record.actor == comment["author"]


def test_a_comment_for_the_department_is_delivered_to_it(
    town: Town, sign_in: SignIn, department: Department
) -> None:
    roads = town.destination(department.url)
    case_id = town.case()
    operator = sign_in("operator")
    path = f"/v1/cases/{case_id}/comments"
    body = {"text": SAID, "audience": "department"}
    early = operator.post(path, json=body)
    assert (early.status_code, early.json()["type"]) == (
        409,
        "urn:xunjian:problem:comment-not-carried",
    )
    assert operator.get(path).json()["items"] == []

    town.send_all()
    shown = operator.get(f"/v1/cases/{case_id}").json()
    assert shown["comments_to"]["id"] == roads.id
    (waiting,) = operator.post(path, json=body).raise_for_status().json()["comments"]
    assert (waiting["told"]["id"], waiting["told_state"]) == (roads.id, "pending")
    town.send_all()
    (told,) = operator.get(path).json()["items"]
    assert told["told_state"] == "delivered"
    (work,) = department.received()
    assert [word["status"] for word in work["history"]][-1] == "commented"
    assert operator.get(f"/v1/cases/{case_id}").json()["state"] == "dispatched"


@sqlite_only
def test_a_comment_that_dies_leaves_the_case_where_it_is(town: Town, sign_in: SignIn) -> None:
    """Even one that is being given anew at this moment."""
    town.destination("http://127.0.0.1:9")
    case_id = town.case()
    move(town, case_id, CaseEvent.DELIVERED)
    with town.database.write() as session:
        for message in town.messages(case_id):
            session.merge(message).state = OutboxState.DELIVERED
    operator = sign_in("operator")
    operator.post(
        f"/v1/cases/{case_id}/comments", json={"text": SAID, "audience": "department"}
    ).raise_for_status()
    move(town, case_id, CaseEvent.RETURN)
    town.enter(case_id, CaseEvent.SEND)
    for _ in range(4):
        town.send_all()
        town.clock.advance(1000)
        if town.messages(case_id)[1].state == OutboxState.DEAD:
            break
    assert town.messages(case_id)[1].state == OutboxState.DEAD
    assert town.get(case_id).state == CaseState.DISPATCHING


@sqlite_only
def test_a_comment_becomes_a_file_for_a_department_that_has_nothing(
    town: Town, sign_in: SignIn, tmp_path: Path
) -> None:
    town.drop_dir = tmp_path
    (tmp_path / "roads").mkdir()
    town.destination("drop:roads", kind=DestinationKind.DROP)
    case_id = town.case()
    town.send_all()
    operator = sign_in("operator")
    operator.post(
        f"/v1/cases/{case_id}/comments", json={"text": SAID, "audience": "department"}
    ).raise_for_status()
    town.send_all()
    (file,) = (tmp_path / "roads").glob("*-commented-*.csv")
    assert SAID in file.read_text("utf-8-sig")


@sqlite_only
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": " "},
        {"text": "a\u0000"},
        {"text": "x" * 2001},
        {"text": "x", "audience": "all"},
    ],
)
def test_one_that_makes_no_sense_is_refused(
    town: Town, sign_in: SignIn, body: dict[str, Any]
) -> None:
    case_id = town.case()
    operator = sign_in("operator")
    path = f"/v1/cases/{case_id}/comments"
    answer = operator.post(path, content=json.dumps(body))
    assert answer.status_code == 422
    assert operator.get(path).json()["items"] == []


@sqlite_only
def test_nobody_comments_on_cases_of_other_cameras(
    town: Town, sign_in: SignIn, make_camera: MakeCamera
) -> None:
    case_id = town.case()
    stranger = sign_in("operator", camera_ids=[make_camera().id])
    path = f"/v1/cases/{case_id}/comments"
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, json={"text": "x"}).status_code == 404
