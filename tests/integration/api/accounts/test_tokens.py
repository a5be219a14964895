import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from api.accounts import credentials
from api.accounts import service as accounts
from api.database import Database, now
from api.permissions import Role
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only


def test_a_token_is_shown_once_works_and_is_revoked_at_once(
    sign_in: SignIn, client: httpx.Client
) -> None:
    admin = sign_in("admin")
    gateway = admin.post("/v1/gateways", json={"name": "depot"}).json()
    made = admin.post(
        "/v1/tokens", json={"name": "depot", "role": "gateway", "gateway_id": gateway["id"]}
    )
    assert made.status_code == 201
    secret = made.json()["secret"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/v1/cameras", headers=headers).status_code == 200
    assert secret not in admin.get("/v1/tokens").text

    revoked = admin.delete(f"/v1/tokens/{made.json()['id']}")
    assert revoked.json()["revoked_at"]
    assert client.get("/v1/cameras", headers=headers).status_code == 401
    again = admin.delete(f"/v1/tokens/{made.json()['id']}")
    assert again.json() == revoked.json()


@pytest.mark.parametrize(
    "authorization",
    ["Bearer xj_unknown", "Bearer", "Basic YTpi", "xj_unknown", "Bearer xj_\xff"],
)
@sqlite_only
def test_a_wrong_token_is_nobody(client: httpx.Client, authorization: str) -> None:
    answer = client.get(
        "/v1/cameras", headers=[(b"Authorization", authorization.encode("latin-1"))]
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_expired_token_is_nobody(
    client: httpx.Client,
    database: Database,
    make_gateway_token: Callable[[], GatewayToken],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = make_gateway_token().gateway
    with database.write() as session:
        _, secret = accounts.create_token(
            session,
            name="short",
            role=Role.GATEWAY,
            gateway_id=gateway.id,
            expires_at=now() + timedelta(hours=1),
            actor="system",
        )
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/v1/cameras", headers=headers).status_code == 200
    later = now() + timedelta(hours=2)
    monkeypatch.setattr("api.accounts.credentials.now", lambda: later)
    assert client.get("/v1/cameras", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"role": "gateway"}, 422),
        ({"role": "operator", "gateway_id": "x"}, 422),
        ({"role": "gateway", "gateway_id": "x"}, 404),
        ({"role": "operator", "expires_at": "2020-01-01T00:00:00Z"}, 422),
        ({"role": "operator", "expires_at": "2999-01-01T00:00:00"}, 422),
    ],
)
@sqlite_only
def test_a_token_that_makes_no_sense_is_refused(
    sign_in: SignIn, body: dict[str, str], status: int
) -> None:
    admin = sign_in("admin")
    assert admin.post("/v1/tokens", json={"name": "t", **body}).status_code == status
    assert admin.get("/v1/tokens").json()["items"] == []


def test_the_tokens_of_a_disabled_gateway_open_nothing(
    sign_in: SignIn, client: httpx.Client, make_gateway_token: Callable[[], GatewayToken]
) -> None:
    admin, token = sign_in("admin"), make_gateway_token()
    path = f"/v1/gateways/{token.gateway.id}"
    assert client.get("/v1/cameras", headers=token.headers).status_code == 200
    assert admin.patch(path, json={"disabled": True}).json()["disabled_at"]
    assert client.get("/v1/cameras", headers=token.headers).status_code == 401
    admin.patch(path, json={"disabled": False})
    assert client.get("/v1/cameras", headers=token.headers).status_code == 200


def test_a_gateway_sees_its_own_cameras_and_a_new_one_at_once(
    sign_in: SignIn,
    client: httpx.Client,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
) -> None:
    token, admin = make_gateway_token(), sign_in("admin")
    own, _foreign = make_camera(gateway=token.gateway), make_camera()
    ids = [c["id"] for c in client.get("/v1/cameras", headers=token.headers).json()["items"]]
    assert ids == [own.id]
    made = admin.post(
        "/v1/cameras",
        json={
            "name": "new",
            "kind": "bus",
            "gateway_id": token.gateway.id,
            "inspections": ["road_damage"],
        },
    )
    assert made.status_code == 201
    ids = [c["id"] for c in client.get("/v1/cameras", headers=token.headers).json()["items"]]
    assert ids == [own.id, made.json()["id"]]


@sqlite_only
def test_what_another_process_revoked_ends_within_the_stated_time(
    client: httpx.Client,
    database: Database,
    app: FastAPI,
    make_gateway_token: Callable[[], GatewayToken],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = make_gateway_token()
    assert client.get("/v1/cameras", headers=token.headers).status_code == 200
    with database.write() as session:  # as another process would: this one is not told
        accounts.revoke_token(session, token_id=token.token.id, actor="system")
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + credentials.MAX_AGE_S + 0.001)
    monkeypatch.setattr(credentials, "time", later)
    assert client.get("/v1/cameras", headers=token.headers).status_code == 401


@sqlite_only
def test_a_look_up_that_a_change_overtakes_is_not_remembered(
    database: Database, make_gateway_token: Callable[[], GatewayToken]
) -> None:
    token = make_gateway_token()
    known = credentials.Credentials(database)
    read = database.read

    class Overtaken:
        @staticmethod
        def read() -> object:
            known.forget()
            return read()

    known._database = Overtaken  # type: ignore[assignment]
    assert known.look_up("token", token.secret) is not None
    assert known.remembered("token", token.secret) is None
