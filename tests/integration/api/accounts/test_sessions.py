import httpx

from tests.conftest import PASSWORD, MakeUser, SignIn


def test_signing_in_gives_a_session_that_signing_out_ends(sign_in: SignIn) -> None:
    client = sign_in("operator")
    session = client.get("/v1/session").json()
    assert session["user"]["role"] == "operator"
    assert "findings:review" in session["permissions"]

    assert client.delete("/v1/session").status_code == 204
    answer = client.get("/v1/session")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    client: httpx.Client, make_user: MakeUser
) -> None:
    user = make_user("operator")
    answer = client.post("/v1/session", json={"username": user.username, "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/;" in cookie
