import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import PASSWORD, SignIn, sqlite_only


def _assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:xunjian:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == answer.request.url.path


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("POST", "/v1/nothing", 404, "not-found"),
        ("POST", "/v1/time", 405, "method-not-allowed"),
        ("POST", "/", 404, "not-found"),
        ("GET", "/nothing.js", 404, "not-found"),
        ("GET", "/v1/cameras/", 404, "not-found"),
    ],
)
@sqlite_only
def test_paths_that_are_not_there(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    _assert_problem(client.request(method, path), status, code)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"{", {"Content-Type": "application/json"}),
        (b"", {}),
        (b"\xff\xfe", {"Content-Type": "application/json"}),
        (b'{"username": 1, "password": {}}', {"Content-Type": "application/json"}),
        (b"username=a&password=b", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b'{"username": "a", "password": "b"}', {"Content-Type": "text/plain"}),
    ],
)
@sqlite_only
def test_bodies_that_cannot_be_read(
    client: httpx.Client, content: bytes, headers: dict[str, str]
) -> None:
    answer = client.post("/v1/session", content=content, headers=headers)
    _assert_problem(answer, 422, "invalid-request")
    assert answer.json()["errors"][0]["location"].startswith("body")


@sqlite_only
def test_an_invalid_request_does_not_repeat_secrets(client: httpx.Client) -> None:
    answer = client.post("/v1/session", json={"username": "x" * 99, "password": PASSWORD})
    _assert_problem(answer, 422, "invalid-request")
    assert PASSWORD not in answer.text
    assert [error["location"] for error in answer.json()["errors"]] == ["body.username"]


def test_text_that_a_database_cannot_hold_is_refused(sign_in: SignIn) -> None:
    answer = sign_in("admin").get("/v1/audit", params={"actor": "a\0b"})
    assert answer.status_code in (200, 422)  # SQLite can hold it
    if answer.status_code == 422:
        _assert_problem(answer, 422, "value-not-storable")


def test_a_database_that_is_gone_is_told_as_such(sign_in: SignIn, app: FastAPI) -> None:
    client = sign_in("admin")
    database = app.state.services.database
    assert client.get("/v1/users").status_code == 200

    database.close()
    original = database.engine.pool._creator
    broken = "host=/nonexistent dbname=x" if not database.is_sqlite else "/nonexistent/x.sqlite3"
    database.engine.pool._creator = lambda *_: database.engine.dialect.loaded_dbapi.connect(broken)
    try:
        answer = client.get("/v1/users")
    finally:
        database.engine.pool._creator = original
    _assert_problem(answer, 503, "database-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/v1/users").status_code == 200


@sqlite_only
def test_an_unexpected_error_tells_nothing_but_its_request(
    client: httpx.Client, app: FastAPI
) -> None:
    @app.get("/v1/broken")
    def broken() -> None:
        raise ValueError("a secret detail")

    answer = client.get("/v1/broken", headers={"X-Request-Id": "my-own.id"})
    _assert_problem(answer, 500, "internal-error")
    assert "a secret detail" not in answer.text
    assert answer.headers["x-request-id"] == "my-own.id"


@pytest.mark.parametrize("given", ["", "has spaces", "x" * 65, 'a"b'])
@sqlite_only
def test_a_request_id_that_could_confuse_the_log_is_replaced(
    client: httpx.Client, given: str
) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 36
