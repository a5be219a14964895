from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.accounts.models import User, UserSession
from api.accounts.sign_in import LOCKED_FOR, MAX_FAILURES
from api.database import Database, now
from api.settings import Settings
from tests.conftest import PASSWORD, GatewayToken, MakeUser, SignIn, sqlite_only


def _sign_in(client: httpx.Client, username: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/v1/session", json={"username": username, "password": password})


def test_signing_in_gives_a_session_that_signing_out_ends(sign_in: SignIn) -> None:
    client = sign_in("operator")
    session = client.get("/v1/session").json()
    assert session["user"]["role"] == "operator"
    assert "findings:review" in session["permissions"]
    assert "users:manage" not in session["permissions"]
    stolen = client.cookies["xunjian_session"]

    assert client.delete("/v1/session").status_code == 204
    assert "xunjian_session" not in client.cookies
    client.cookies.set("xunjian_session", stolen)
    answer = client.get("/v1/session")
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:xunjian:problem:session-ended"


@sqlite_only
def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    client: httpx.Client, make_user: MakeUser
) -> None:
    answer = _sign_in(client, make_user("operator").username)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/;" in cookie
    assert "secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"


class TestOverHttps:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"public_url": "https://xunjian.example.org"})

    @sqlite_only
    def test_cookie_and_browser_keep_to_https(
        self, client: httpx.Client, make_user: MakeUser
    ) -> None:
        answer = _sign_in(client, make_user("operator").username)
        assert "; secure" in answer.headers["set-cookie"].lower()
        assert "max-age=" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + " "])
@sqlite_only
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    client: httpx.Client, make_user: MakeUser, password: str
) -> None:
    wrong = _sign_in(client, make_user("operator").username, password)
    unknown = _sign_in(client, "nobody", password)
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert "set-cookie" not in wrong.headers


@pytest.mark.parametrize("exists", [True, False])
def test_five_wrong_passwords_lock_a_name_for_five_minutes(
    client: httpx.Client,
    make_user: MakeUser,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    exists: bool,
) -> None:
    username = make_user("operator").username if exists else "nobody"
    for _ in range(MAX_FAILURES):
        assert _sign_in(client, username, "wrong").status_code == 401
    locked = _sign_in(client, username)
    assert locked.status_code == 429
    assert locked.json()["type"] == "urn:xunjian:problem:locked"
    assert 0 < int(locked.headers["retry-after"]) <= LOCKED_FOR.total_seconds()

    later = now() + LOCKED_FOR + timedelta(seconds=1)
    monkeypatch.setattr("api.accounts.sign_in.now", lambda: later)
    assert _sign_in(client, username).status_code == (200 if exists else 401)
    # One failure after the lock does not lock again at once.
    assert _sign_in(client, username, "wrong").status_code == 401
    assert _sign_in(client, username, "wrong").status_code == 401


def test_guesses_at_the_same_moment_are_all_counted(
    client: httpx.Client, make_user: MakeUser
) -> None:
    username = make_user("operator").username
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: _sign_in(client, username, "wrong"), range(12)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * MAX_FAILURES + [429] * (12 - MAX_FAILURES)


def test_a_right_password_forgets_the_wrong_ones(client: httpx.Client, make_user: MakeUser) -> None:
    username = make_user("operator").username
    for _ in range(3):
        for _ in range(MAX_FAILURES - 1):
            assert _sign_in(client, username, "wrong").status_code == 401
        assert _sign_in(client, username).status_code == 200


def test_signing_in_never_continues_a_session_that_was_given(
    client: httpx.Client, make_user: MakeUser
) -> None:
    user = make_user("operator")
    client.cookies.set("xunjian_session", "chosen-by-an-attacker")
    first = _sign_in(client, user.username).cookies["xunjian_session"]
    assert first != "chosen-by-an-attacker"
    client.cookies.clear()
    client.cookies.set("xunjian_session", first)
    second = _sign_in(client, user.username).cookies["xunjian_session"]
    assert second != first
    answer = httpx.get(f"{client.base_url}/v1/session", cookies={"xunjian_session": first})
    assert answer.status_code == 401


@sqlite_only
def test_a_session_ends_by_itself(
    sign_in: SignIn, database: Database, app: FastAPI, make_user: MakeUser
) -> None:
    client = sign_in("operator")
    with database.write() as session:
        session.scalars(select(UserSession)).one().expires_at = now()
    app.state.services.credentials.forget()
    assert client.get("/v1/session").status_code == 401

    _sign_in(client, make_user("operator").username)
    with database.read() as session:
        assert session.scalars(select(UserSession)).one().expires_at > now()


@pytest.mark.parametrize("sent", [None, "", "wrong", "ключ"])
@sqlite_only
def test_a_write_with_the_cookie_needs_the_csrf_token(
    sign_in: SignIn, database: Database, sent: str | None
) -> None:
    client = sign_in("admin")
    del client.headers["X-CSRF-Token"]
    headers = [] if sent is None else [(b"X-CSRF-Token", sent.encode())]
    answer = client.post("/v1/gateways", json={"name": "depot"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:xunjian:problem:csrf-token-missing"
    assert client.get("/v1/gateways").json()["items"] == []


@sqlite_only
def test_a_token_has_no_session(
    client: httpx.Client, make_gateway_token: Callable[[], GatewayToken]
) -> None:
    headers = make_gateway_token().headers
    for method, path in [
        ("GET", "/v1/session"),
        ("DELETE", "/v1/session"),
    ]:
        assert client.request(method, path, headers=headers).status_code == 403


def test_a_user_changes_their_own_password(sign_in: SignIn, client: httpx.Client) -> None:
    signed_in = sign_in("operator")
    username = signed_in.get("/v1/session").json()["user"]["username"]
    change = {"current_password": "wrong", "new_password": "another long password"}
    assert signed_in.post("/v1/session/password", json=change).status_code == 401

    change["current_password"] = PASSWORD
    assert signed_in.post("/v1/session/password", json=change).status_code == 204
    assert signed_in.get("/v1/session").status_code == 401
    assert _sign_in(client, username).status_code == 401
    assert _sign_in(client, username, "another long password").status_code == 200


@sqlite_only
def test_secrets_are_kept_as_hashes_only(
    sign_in: SignIn, database: Database, make_gateway_token: Callable[[], GatewayToken]
) -> None:
    cookie = sign_in("operator").cookies["xunjian_session"]
    secret = make_gateway_token().secret
    assert secret.startswith("xj_")
    with database.read() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        dump = "\n".join(raw.iterdump())
        user = session.scalars(select(User)).one()
    assert cookie not in dump
    assert secret not in dump
    assert PASSWORD not in dump
    assert user.password_hash.startswith("$argon2id$")
