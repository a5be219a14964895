"""Signing in through a provider that really runs, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from api.accounts.models import User, UserIdentity
from api.app import create_app
from api.audit.models import AuditRecord
from api.database import Database
from api.permissions import Role
from api.settings import Settings
from tests.conftest import PASSWORD, MakeUser, serving, sqlite_only
from tests.integration.api.accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider

WANG = {"sub": "7f3c", "preferred_username": "wang.fang", "name": "王芳", "roles": ["operator"]}


@pytest.fixture
def provider() -> Provider:
    return Provider(claims=dict(WANG))


@pytest.fixture
def issuer(provider: Provider) -> Iterator[str]:
    with serving(provider.app()) as url:
        yield url


@pytest.fixture
def settings(settings: Settings, issuer: str) -> Settings:
    return settings.model_copy(
        update={
            "oidc_issuer": issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_name": "市统一身份认证",
        }
    )


def _sign_in(client: httpx.Client) -> httpx.Response:
    """Go to the provider and back, as a browser does; return the service's last answer."""
    away = client.get("/v1/session/oidc")
    assert away.status_code == 303
    back = httpx.get(away.headers["location"])
    assert back.status_code == 303
    parts = urlsplit(back.headers["location"])
    assert parts.path == "/v1/session/oidc/callback"
    return client.get(f"{parts.path}?{parts.query}")


def _problem(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["sign_in"]
    return code


def test_the_page_is_told_of_the_provider(client: httpx.Client) -> None:
    assert client.get("/v1/session/providers").json() == {
        "items": [{"name": "市统一身份认证", "url": "/v1/session/oidc"}]
    }


def test_a_person_is_made_at_the_first_time_and_known_the_next(
    database: Database, client: httpx.Client, provider: Provider, make_user: MakeUser
) -> None:
    make_user(Role.ADMIN)
    answer = _sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if "xunjian_session" in c)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    session = client.get("/v1/session").json()
    user = session["user"]
    assert (user["username"], user["display_name"], user["role"]) == (
        "wang.fang",
        "王芳",
        "operator",
    )
    (asked,) = provider.asked
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) > 20
    assert len(asked["nonce"]) > 20
    assert "openid" in asked["scope"].split()

    provider.claims |= {"name": "王芳芳", "roles": ["viewer", "supervisor"]}
    assert _sign_in(client).headers["location"] == "/"
    again = client.get("/v1/session").json()["user"]
    assert again == {**user, "display_name": "王芳芳", "role": "supervisor"}
    headers = {"X-CSRF-Token": client.get("/v1/session").json()["csrf_token"]}
    assert client.post("/v1/review-queue", json={"state": "deferred"}, headers=headers).is_success
    with database.read() as db:
        assert len(db.scalars(select(User)).all()) == 2
        assert db.scalars(select(UserIdentity.subject)).all() == ["7f3c"]
        actions = db.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
        assert actions[1:] == ["user.create", "user.sign_in", "user.update", "user.sign_in"]


def test_nobody_comes_in_without_a_known_role(
    database: Database, client: httpx.Client, provider: Provider
) -> None:
    for roles in ([], ["gateway"], ["chief"], None, 7, {"admin": True}):
        provider.claims["roles"] = roles
        assert _problem(_sign_in(client)) == "oidc-no-role", roles
    assert client.get("/v1/session").status_code == 401
    with database.read() as session:
        assert session.scalars(select(User)).all() == []


@sqlite_only
def test_a_token_that_does_not_hold_signs_nobody_in(
    client: httpx.Client, provider: Provider
) -> None:
    for lies in (
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://another.example"},
        {"exp": 1_700_000_000},
        {"sub": None},
        {"sub": "somebody else than userinfo tells of"},
    ):
        provider.lies = lies
        assert _problem(_sign_in(client)) == "oidc-failed", lies
        assert client.get("/v1/session").status_code == 401
    provider.lies = {}
    assert _sign_in(client).headers["location"] == "/"


@sqlite_only
def test_a_token_of_another_key_signs_nobody_in(client: httpx.Client, provider: Provider) -> None:
    assert _sign_in(client).headers["location"] == "/"
    provider.signs_with = RSAKey.generate_key(2048)
    assert _problem(_sign_in(client)) == "oidc-failed"
    provider.signs_with = OctKey.import_key(CLIENT_SECRET * 2)
    provider.algorithm = "HS256"  # what both sides know is no proof of who signed
    assert _problem(_sign_in(client)) == "oidc-failed"


@sqlite_only
def test_an_answer_to_another_browser_signs_nobody_in(client: httpx.Client, base_url: str) -> None:
    away = client.get("/v1/session/oidc")
    back = urlsplit(httpx.get(away.headers["location"]).headers["location"])
    with httpx.Client(base_url=base_url) as other:
        assert _problem(other.get(f"{back.path}?{back.query}")) == "oidc-expired"
        other.get("/v1/session/oidc")
        assert _problem(other.get(f"{back.path}?{back.query}")) == "oidc-failed"
    assert client.get(f"{back.path}?{back.query}").headers["location"] == "/"
    client.get("/v1/session/oidc")
    assert _problem(client.get(f"{back.path}?{back.query}")) == "oidc-failed"  # once only


def test_an_account_with_a_password_is_not_taken_over_by_its_name(
    client: httpx.Client, make_user: MakeUser
) -> None:
    make_user(Role.ADMIN, username="wang.fang")
    assert _problem(_sign_in(client)) == "name-taken"


@sqlite_only
def test_who_is_disabled_here_stays_out(
    database: Database, client: httpx.Client, make_user: MakeUser
) -> None:
    _sign_in(client)
    admin = make_user(Role.ADMIN)
    user_id = client.get("/v1/session").json()["user"]["id"]
    body = {"username": admin.username, "password": PASSWORD}
    csrf = client.post("/v1/session", json=body).json()["csrf_token"]
    client.patch(
        f"/v1/users/{user_id}", json={"disabled": True}, headers={"X-CSRF-Token": csrf}
    ).raise_for_status()
    assert _problem(_sign_in(client)) == "oidc-disabled"


@sqlite_only
def test_roles_are_read_where_the_provider_keeps_them(
    settings: Settings, provider: Provider
) -> None:
    """As Keycloak has them: in realm_access, with the city's names, told by userinfo."""
    del provider.claims["roles"]
    provider.told = {"realm_access": {"roles": ["offline_access", "巡检班长"]}}
    chosen = settings.model_copy(
        update={
            "oidc_role_claim": "realm_access.roles",
            "oidc_roles": {"巡检班长": Role.SUPERVISOR, "巡检员": Role.OPERATOR},
        }
    )
    with serving(create_app(chosen)) as url, httpx.Client(base_url=url) as client:
        assert _sign_in(client).headers["location"] == "/"
        assert client.get("/v1/session").json()["user"]["role"] == "supervisor"


@sqlite_only
def test_a_provider_that_is_down_is_told_on_the_page(settings: Settings) -> None:
    chosen = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})
    with serving(create_app(chosen)) as url, httpx.Client(base_url=url) as client:
        assert _problem(client.get("/v1/session/oidc")) == "oidc-failed"


@sqlite_only
def test_without_a_provider_there_is_no_such_way(tmp_path: Path, database_url: str) -> None:
    app: FastAPI = create_app(Settings(data_dir=tmp_path / "var", database_url=database_url))
    with serving(app) as url, httpx.Client(base_url=url) as client:
        assert client.get("/v1/session/providers").json() == {"items": []}
        assert client.get("/v1/session/oidc").status_code == 404
        assert client.get("/v1/session/oidc/callback").status_code == 404


def test_half_a_provider_is_refused() -> None:
    with pytest.raises(ValidationError, match="XUNJIAN_OIDC_CLIENT_SECRET"):
        Settings(oidc_issuer="https://id.example", oidc_client_id="xunjian")
