"""Prescriptions of experts, entered by hand; those of callbacks are tested beside them."""

from typing import Any

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database
from api.settings import Settings
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.integration.api.dispatch.town import Town

PRESCRIBED = {
    "measure": "25% 吡蚜酮可湿性粉剂",
    "dose": "24 g/亩，兑水45 kg",
    "date": "2026-08-14",
    "text": "对准稻丛基部喷雾",
}


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 0})


def _actions(database: Database, case_id: str) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(AuditRecord).where(AuditRecord.object_id == case_id))
        return [(row.action, row.actor) for row in rows if row.action == "case.prescribe"]


def test_a_person_enters_a_prescription(town: Town, sign_in: SignIn, database: Database) -> None:
    case_id = town.case()
    operator = sign_in("operator")
    state = operator.get(f"/v1/cases/{case_id}").json()["state"]
    entered = operator.post(f"/v1/cases/{case_id}/prescriptions", json=PRESCRIBED)
    assert entered.status_code == 201, entered.text
    shown = operator.get(f"/v1/cases/{case_id}").json()
    assert shown == entered.json()
    assert shown["state"] == state
    (prescription,) = shown["prescriptions"]
    assert PRESCRIBED.items() <= prescription.items()
    assert prescription["source"].startswith("user:")
    assert _actions(database, case_id) == [("case.prescribe", prescription["source"])]


@pytest.mark.parametrize(
    "body",
    [{}, {"measure": " "}, {"measure": "x", "date": "soon"}, {"measure": "x", "price": 3}],
)
@sqlite_only
def test_one_that_makes_no_sense_is_refused(
    town: Town, sign_in: SignIn, body: dict[str, Any]
) -> None:
    case_id = town.case()
    operator = sign_in("operator")
    assert operator.post(f"/v1/cases/{case_id}/prescriptions", json=body).status_code == 422
    assert operator.get(f"/v1/cases/{case_id}").json()["prescriptions"] == []


@sqlite_only
def test_nobody_prescribes_on_cases_of_other_cameras(
    town: Town, sign_in: SignIn, make_camera: MakeCamera
) -> None:
    case_id = town.case()
    stranger = sign_in("operator", camera_ids=[make_camera().id])
    path = f"/v1/cases/{case_id}/prescriptions"
    assert stranger.post(path, json=PRESCRIBED).status_code == 404
