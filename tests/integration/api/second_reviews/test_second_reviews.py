"""A second person judges blindly, and moves nothing."""

from pathlib import Path

import httpx
import pytest

from api.cases.models import Case
from api.database import Database
from api.findings.models import Finding
from api.settings import Settings
from tests.conftest import SignIn
from tests.integration.api.reviews.road import gather


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Ask a second person about every review."""
    return Settings(
        data_dir=tmp_path / "var", database_url=database_url, undo_s=0, second_review_share=1
    )


def _queue(client: httpx.Client, *holding: str) -> list[dict[str, object]]:
    body = {"state": "pending_review", "holding": holding}
    answer = client.post("/v1/review-queue", json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def _say(client: httpx.Client, item: dict[str, object], **word: str) -> httpx.Response:
    second = item["second_review"]
    assert isinstance(second, dict)
    return client.post(f"/v1/second-reviews/{second['id']}", json=word)


def test_a_second_person_judges_without_knowing(database: Database, sign_in: SignIn) -> None:
    (one,) = gather(database, 40.0)
    first, second, third = sign_in("operator"), sign_in("operator"), sign_in("supervisor")
    confirmed = {"verdict": "confirm", "class": "crack"}
    first.post(f"/v1/findings/{one}/review", json=confirmed).raise_for_status()
    assert _queue(first) == []  # never the same person

    (item,) = _queue(second)
    shown = second.get(f"/v1/findings/{one}").json()
    (listed,) = second.get("/v1/findings").json()["items"]
    for seen in (item, shown, listed):
        assert seen["confidence"] is None
        assert (seen["state"], seen["case_id"]) == ("pending_review", None)
        assert seen["class"] == "pothole"  # what the first person was asked, not what they said
    assert shown["reviews"] == []
    assert {box["score"] for box in shown["detections"]} == {None}
    assert {box["model"] for box in shown["detections"]} == {None}
    assert {look["score"] for look in shown["passes"]} == {None}
    assert third.get(f"/v1/findings/{one}").json()["state"] == "cased"
    assert _queue(third) == []  # one person is asked

    assert [each["second_review"] for each in _queue(second, one)] == [item["second_review"]]
    assert _say(third, item, verdict="confirm").status_code == 404
    answer = _say(second, item, verdict="reject", reason="not_a_problem")
    assert answer.status_code == 200, answer.text
    assert _say(second, item, verdict="reject", reason="not_a_problem").status_code == 200
    assert _say(second, item, verdict="confirm").status_code == 409
    assert _queue(second) == _queue(third) == []
    told = second.get(f"/v1/findings/{one}").json()
    assert (told["state"], told["confidence"] is None) == ("cased", False)
    with database.read() as session:
        assert session.get_one(Finding, one).state == "cased"
        assert [case.state for case in session.query(Case)] == ["opened"]


def test_who_leaves_gives_the_second_review_back(database: Database, sign_in: SignIn) -> None:
    (one,) = gather(database, 40.0)
    first, second, third = sign_in("operator"), sign_in("operator"), sign_in("operator")
    first.post(f"/v1/findings/{one}/review", json={"verdict": "confirm"}).raise_for_status()
    (item,) = _queue(second)
    assert second.delete("/v1/review-queue").status_code == 204
    (again,) = _queue(third)
    assert again["second_review"] == item["second_review"]
    assert _say(second, item, verdict="confirm").status_code == 404


def test_agreement_tells_how_often_and_of_what_not_who(database: Database, sign_in: SignIn) -> None:
    ids = gather(database, 15.0, 30.0, 45.0)
    first, second = sign_in("operator"), sign_in("operator")
    for each in ids:
        first.post(f"/v1/findings/{each}/review", json={"verdict": "confirm"}).raise_for_status()
    words = [{"verdict": "confirm"}, {"verdict": "reject", "reason": "other"}, {"verdict": "defer"}]
    said = {}
    for word in words:
        (item,) = _queue(second)
        said[item["id"]] = word
        _say(second, item, **word).raise_for_status()
    answer = sign_in("supervisor").get("/v1/agreement")
    body = answer.json()
    assert (body["pairs"], body["agreed"], body["deferred"], body["waiting"]) == (2, 1, 1, 0)
    assert body["share"] == 0.5
    assert body["low"] < 0.5 < body["high"]
    assert body["kappa"] == 0  # the first always confirms: agreeing is chance
    assert [(each["class"], each["pairs"]) for each in body["classes"]] == [("pothole", 2)]
    (differing,) = body["disagreements"]
    assert said[differing["finding_id"]] == words[1]
    assert differing["first"] == {"verdict": "confirm", "reason": None}
    names = [client.get("/v1/session").json()["user"]["id"] for client in (first, second)]
    assert not any(name in answer.text for name in names)
    nothing = {"since": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"}
    empty = sign_in("admin").get("/v1/agreement", params=nothing).json()
    assert (empty["pairs"], empty["share"], empty["kappa"]) == (0, None, None)
