"""Verifications over HTTP: tasks for people, the figures behind them, what is set for classes."""

from datetime import datetime

import pytest

from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.database import Database
from api.dispatch.payload import facts
from api.findings.models import Finding
from api.settings import Settings
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.dispatch.town import Town
from tests.integration.api.verification.street import Street

RULE = "/v1/verification-rules/road_damage/pothole"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 0})


def test_a_claim_tells_how_it_is_verified_and_what_was_seen(
    database: Database, sign_in: SignIn
) -> None:
    street = Street(database)
    case_id = street.claimed()
    street.drive(hole=False)
    operator = sign_in("operator")
    shown = operator.get(f"/v1/cases/{case_id}/verification").json()
    assert (shown["clean"], len(shown["looks"])) == (1, 1)
    assert shown["looks"][0]["outcome"] == "clean"
    figures = shown["derivation"]
    assert figures["seen"] == 2  # and the one that found it
    assert 0.1 < figures["miss_rate"] < 0.5  # faint detections count
    assert figures["false_close"] <= 0.01
    listed = operator.get("/v1/verifications", params={"limit": 1}).json()["items"]
    assert [item["case_id"] for item in listed] == [case_id]
    metrics = operator.get("/metrics").text
    assert 'xunjian_verifications{state="needs_person"}' in metrics


def test_each_look_has_its_picture_which_no_department_is_sent(
    database: Database, sign_in: SignIn
) -> None:
    street = Street(database)
    case_id = street.claimed()
    last = street.drive(hole=False)
    shown = sign_in("operator").get(f"/v1/cases/{case_id}").json()
    (verification,) = shown["verifications"]
    (look,) = verification["looks"]
    assert shown["verification"]["clean"] == 1
    captured_at = datetime.fromisoformat(look["picture"]["captured_at"])
    assert last[0].captured_at <= captured_at <= last[-1].captured_at
    assert look["camera_name"]
    with database.read() as session:
        case = session.get_one(Case, case_id)
        sent = facts(session, case=case, finding=session.get_one(Finding, case.finding_id))
    assert sent["evidence_ids"]
    assert look["picture"]["evidence_id"] not in sent["evidence_ids"]
    stranger = sign_in("operator", camera_ids=[])
    assert stranger.get(f"/v1/cases/{case_id}").status_code == 404


@sqlite_only
def test_what_no_look_can_decide_is_a_task_for_a_person(
    database: Database, sign_in: SignIn
) -> None:
    """A class that the model was never measured on."""
    town = Town(database)
    case_id = town.case(class_name="manhole")
    with database.write() as session:
        case = cases.locked(session, case_id)
        case.state = CaseState.IN_PROGRESS
        cases.change(session, case=case, report=Report(CaseEvent.CLAIM_DONE, "user:x"))
    operator = sign_in("operator")
    (task,) = operator.get("/v1/verifications", params={"state": "needs_person"}).json()["items"]
    assert task["case_id"] == case_id
    assert "measured" in task["reason"]
    done = operator.post(
        f"/v1/cases/{case_id}/events", json={"event": "pass", "comment": "现场复查合格"}
    )
    assert done.json()["state"] == "closed"
    shown = operator.get(f"/v1/cases/{case_id}/verification").json()
    assert shown["state"] == "passed"
    assert shown["decided_by"].startswith("user:")


@sqlite_only
def test_nobody_sees_claims_of_cameras_that_are_not_theirs(
    database: Database, sign_in: SignIn
) -> None:
    street = Street(database)
    case_id = street.claimed(passes=1)
    stranger = sign_in("operator", camera_ids=[])
    assert stranger.get("/v1/verifications").json()["items"] == []
    assert stranger.get(f"/v1/cases/{case_id}/verification").status_code == 404
    nobody = sign_in("operator").get("/v1/cases/none/verification")
    assert nobody.status_code == 404


@sqlite_only
def test_what_is_set_for_a_class_is_shown_checked_and_on_record(
    database: Database, sign_in: SignIn
) -> None:
    supervisor = sign_in("supervisor")
    assert supervisor.put(RULE, json={"looks": 0}).status_code == 422
    assert supervisor.put(RULE.replace("road_damage", "no_such"), json={}).status_code == 404
    set_ = supervisor.put(RULE, json={"looks": 2, "gap_minutes": 0}).json()
    assert (set_["looks"], set_["gap_minutes"], set_["wait_hours"]) == (2, 0.0, None)
    supervisor.put(RULE, json={"looks": 3})
    (row,) = supervisor.get("/v1/verification-rules").json()["items"]
    assert (row["looks"], row["gap_minutes"]) == (3, None)
    records = supervisor.get("/v1/audit", params={"object_type": "verification_rule"}).json()
    assert [one["action"] for one in records["items"]] == ["verification_rule.put"] * 2
    street = Street(database)
    case_id = street.claimed(passes=1)
    shown = supervisor.get(f"/v1/cases/{case_id}/verification").json()
    assert shown["needed"] == 3
    assert shown["derivation"]["set"] is True
