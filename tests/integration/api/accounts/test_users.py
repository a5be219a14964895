from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database
from tests.conftest import PASSWORD, MakeCamera, MakeUser, SignIn, sqlite_only

NEW_USER = {
    "username": "wang.fang",
    "display_name": "王芳",
    "password": PASSWORD,
    "role": "operator",
}


def test_an_administrator_makes_a_user_who_signs_in(
    sign_in: SignIn, client: httpx.Client, database: Database
) -> None:
    admin = sign_in("admin")
    answer = admin.post("/v1/users", json=NEW_USER)
    assert answer.status_code == 201
    made = answer.json()
    assert made["display_name"] == "王芳"
    assert made["camera_ids"] is None
    assert "password" not in answer.text

    session = client.post("/v1/session", json={"username": "wang.fang", "password": PASSWORD})
    assert session.json()["user"]["id"] == made["id"]
    with database.read() as reading:
        record = reading.scalars(
            select(AuditRecord).where(AuditRecord.object_id == made["id"])
        ).first()
    assert record is not None
    assert record.action == "user.create"
    assert record.actor == "user:" + admin.get("/v1/session").json()["user"]["id"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"role": "gateway"}, 422),
        ({"role": "king"}, 422),
        ({"password": "short"}, 422),
        ({"password": "x" * 201}, 422),
        ({"username": ""}, 422),
        ({"username": "two words"}, 422),
        ({"username": "nul\0"}, 422),
        ({"display_name": "x" * 121}, 422),
        ({"camera_ids": ["no such camera"]}, 422),
        ({"is_root": True}, 422),
    ],
)
@sqlite_only
def test_a_user_that_makes_no_sense_is_refused(
    sign_in: SignIn, change: dict[str, Any], status: int
) -> None:
    admin = sign_in("admin")
    answer = admin.post("/v1/users", json={**NEW_USER, **change})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert len(admin.get("/v1/users").json()["items"]) == 1


def test_a_name_is_given_once(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    assert admin.post("/v1/users", json=NEW_USER).status_code == 201
    answer = admin.post("/v1/users", json=NEW_USER)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:xunjian:problem:name-taken"


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "another long password"}])
def test_a_disabled_user_or_one_with_a_new_password_is_signed_out_at_once(
    sign_in: SignIn, change: dict[str, Any]
) -> None:
    admin, operator = sign_in("admin"), sign_in("operator")
    user_id = operator.get("/v1/session").json()["user"]["id"]
    assert admin.patch(f"/v1/users/{user_id}", json=change).status_code == 200
    assert operator.get("/v1/session").status_code == 401


def test_a_new_role_holds_at_once(sign_in: SignIn) -> None:
    admin, other = sign_in("admin"), sign_in("operator")
    user_id = other.get("/v1/session").json()["user"]["id"]
    assert other.get("/v1/audit").status_code == 403
    admin.patch(f"/v1/users/{user_id}", json={"role": "supervisor"})
    assert other.get("/v1/audit").status_code == 200


def test_a_disabled_user_cannot_sign_in_until_enabled(
    sign_in: SignIn, client: httpx.Client, make_user: MakeUser
) -> None:
    admin, user = sign_in("admin"), make_user("operator")
    credentials = {"username": user.username, "password": PASSWORD}
    admin.patch(f"/v1/users/{user.id}", json={"disabled": True})
    assert client.post("/v1/session", json=credentials).status_code == 401
    admin.patch(f"/v1/users/{user.id}", json={"disabled": False})
    assert client.post("/v1/session", json=credentials).status_code == 200


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "operator"}])
def test_the_last_administrator_stays(sign_in: SignIn, change: dict[str, Any]) -> None:
    admin = sign_in("admin")
    user_id = admin.get("/v1/session").json()["user"]["id"]
    answer = admin.patch(f"/v1/users/{user_id}", json=change)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:xunjian:problem:last-administrator"
    assert admin.get("/v1/users").status_code == 200


@sqlite_only
def test_cameras_of_a_user_are_set_and_taken_away(
    sign_in: SignIn, make_user: MakeUser, make_camera: MakeCamera
) -> None:
    admin, user, camera = sign_in("admin"), make_user("operator"), make_camera()
    path = f"/v1/users/{user.id}"
    assert admin.patch(path, json={"camera_ids": [camera.id]}).json()["camera_ids"] == [camera.id]
    assert admin.patch(path, json={"display_name": "x"}).json()["camera_ids"] == [camera.id]
    assert admin.patch(path, json={"camera_ids": []}).json()["camera_ids"] == []
    assert admin.patch(path, json={"camera_ids": None}).json()["camera_ids"] is None


@sqlite_only
def test_an_audit_record_never_holds_a_password(
    sign_in: SignIn, make_user: MakeUser, database: Database
) -> None:
    admin, user = sign_in("admin"), make_user("operator")
    admin.patch(f"/v1/users/{user.id}", json={"password": "another long password"})
    with database.read() as session:
        record = session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert record is not None
    assert record.after == {"password": "changed"}
    assert record.before == {"password": "changed"}


@sqlite_only
def test_lists_come_in_pages(sign_in: SignIn, make_user: MakeUser) -> None:
    made = [make_user("operator").id for _ in range(4)]
    admin = sign_in("admin")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = admin.get("/v1/users", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [item["id"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert seen[:4] == made
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("query", "status"), [("limit=0", 422), ("limit=201", 422), ("cursor=%00", 400)]
)
@sqlite_only
def test_a_page_that_makes_no_sense_is_refused(sign_in: SignIn, query: str, status: int) -> None:
    assert sign_in("admin").get(f"/v1/users?{query}").status_code == status


@sqlite_only
def test_the_table_of_roles_is_told_as_it_is_applied(sign_in: SignIn) -> None:
    told = sign_in("admin").get("/v1/roles").json()
    for line in told["roles"]:
        if line["role"] != "gateway":
            session = sign_in(line["role"]).get("/v1/session").json()
            assert line["permissions"] == session["permissions"]
            assert set(line["permissions"]) <= set(told["actions"])
    assert "findings:review" in told["person_only"]
