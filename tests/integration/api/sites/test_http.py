"""Sites over HTTP: what a person sees and says, and that foreign cameras do not exist."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.database import Database
from api.settings import Settings
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.sites.yard import Yard

WORKS: dict[str, Any] = {
    "kind": "works",
    "polygon": [[480, 200], [900, 200], [900, 520], [480, 520]],
    "picture_size": {"width": 960, "height": 540},
    "until": "2030-03-31T16:00:00Z",
    "permit": "建字第330106202600123号",
    "reason": "沿街外立面改造",
}
REASON = {"reason": "looked at every roof and yard"}


@pytest.fixture
def yard(database: Database, settings: Settings) -> Yard:
    return Yard(database, Path(settings.resolved_object_store)).open()


@sqlite_only
def test_a_person_approves_looks_and_begins_anew(yard: Yard, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    path = f"/v1/sites/{yard.camera_id}"
    assert operator.get(path).json()["state"] == "learning"
    refused = operator.post(f"{path}/baselines/approve", json=REASON)
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:xunjian:problem:no-proposed-baseline",
    )
    yard.learn()
    site = operator.get(path).json()
    assert (site["state"], site["warnings"], site["troubles"]) == ("proposed", [], [])
    picture = operator.get(site["baselines"][0]["picture_url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert operator.post(f"{path}/baselines/approve", json={"reason": " "}).status_code == 422
    (approved,) = operator.post(f"{path}/baselines/approve", json=REASON).json()
    assert (approved["state"], approved["light"]) == ("approved", "day")
    yard.work()
    for day in range(2, 6):
        yard.post_day(day, shed=True)
    yard.work()
    composites = operator.get(f"{path}/composites").json()["items"]
    assert len(composites) == 3
    assert operator.get(composites[0]["picture_url"]).headers["content-type"] == "image/jpeg"
    (region,) = operator.get(f"{path}/regions", params={"suppressed": False}).json()["items"]
    assert operator.get(f"{path}/regions", params={"suppressed": True}).json()["items"] == []
    finding = operator.get(f"/v1/findings/{region['finding_id']}").json()
    assert finding["details"]["stage"] == region["stage"]
    assert finding["details"]["first_at"] == finding["first_seen_at"]
    assert [one["shows"] for one in finding["evidence"]] == ["before", "overlay", "after"]
    for one in finding["evidence"]:
        assert operator.get(one["plain_url"]).status_code == 200
        assert operator.get(one["annotated_url"]).status_code == 200
    assert finding["picture"]["evidence_id"] == finding["evidence"][1]["id"]
    assert operator.post(f"{path}/baselines", json=REASON).status_code == 204
    assert operator.get(path).json()["state"] == "learning"
    history = operator.get(f"{path}/baselines").json()["items"]
    assert [one["state"] for one in history] == ["superseded"]
    actions = {
        one["action"]: one["reason"]
        for one in sign_in("admin").get("/v1/audit", params={"limit": 200}).json()["items"]
    }
    assert actions["baseline.approve"] == actions["site.learn_anew"] == REASON["reason"]


@sqlite_only
def test_works_need_a_permit_an_end_and_a_place_in_the_picture(yard: Yard, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    path = f"/v1/sites/{yard.camera_id}/zones"
    for wrong, told in (
        ({"permit": None}, "permit"),
        ({"until": None}, "until"),
        ({"picture_size": None}, "picture_size"),
        ({"polygon": [[0, 0], [900, 500], [900, 0], [0, 500]]}, "crosses itself"),
        ({"polygon": [[0, 0], [900, 0], [400, 0]]}, "area"),
        ({"since": "2031-01-01T00:00:00Z"}, "after since"),
    ):
        answer = operator.post(path, json=WORKS | wrong)
        assert answer.status_code == 422, wrong
        assert told in answer.text
    made = operator.post(path, json=WORKS)
    assert made.status_code == 201
    assert made.json()["polygon"][0] == pytest.approx([0.5, 200 / 540])
    one = f"{path}/{made.json()['id']}"
    assert operator.patch(one, json={"permit": None}).status_code == 422
    ended = operator.patch(one, json={"until": "2029-01-01T00:00:00Z", "reason": "done early"})
    assert (ended.status_code, ended.json()["reason"]) == (200, "done early")
    assert [each["id"] for each in operator.get(path).json()["items"]] == [made.json()["id"]]


@sqlite_only
def test_who_may_not_see_a_camera_knows_nothing_of_its_site(
    database: Database, settings: Settings, yard: Yard, sign_in: SignIn
) -> None:
    yard.learn()
    other = Yard(database, Path(settings.resolved_object_store)).open()
    stranger = sign_in("supervisor", camera_ids=[other.camera_id])
    path = f"/v1/sites/{yard.camera_id}"
    baseline = sign_in("operator").get(f"{path}/baselines").json()["items"][0]
    asked: list[Callable[[], httpx.Response]] = [
        lambda: stranger.get(path),
        lambda: stranger.get(f"{path}/baselines"),
        lambda: stranger.get(baseline["picture_url"]),
        lambda: stranger.get(f"{path}/composites"),
        lambda: stranger.get(f"{path}/regions"),
        lambda: stranger.get(f"{path}/zones"),
        lambda: stranger.post(f"{path}/zones", json=WORKS),
        lambda: stranger.post(f"{path}/baselines", json=REASON),
        lambda: stranger.post(f"{path}/baselines/from-fewer", json=REASON),
        lambda: stranger.post(f"{path}/baselines/approve", json=REASON),
        lambda: stranger.get(f"/v1/sites/{other.camera_id}/baselines/{baseline['id']}/picture"),
    ]
    assert [ask().status_code for ask in asked] == [404] * len(asked)
    seen = stranger.get("/v1/sites").json()["items"]
    assert [one["camera"]["id"] for one in seen] == [other.camera_id]
