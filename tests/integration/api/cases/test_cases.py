"""Cases over HTTP, and their numbers under concurrency."""

import httpx
import pytest

from api.cases import service as cases
from api.cases.states import CASE_MACHINE, CaseState
from api.errors import Conflict
from api.findings.models import Finding
from api.findings.states import FindingState
from api.settings import Settings
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.integration.api.dispatch.town import Town, at_once


@pytest.fixture
def town(database: object) -> Town:
    return Town(database)  # type: ignore[arg-type]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 0})


def test_case_numbers_are_never_given_twice(town: Town) -> None:
    town.case()
    results = at_once(lambda: [town.get(town.case()).number for _ in range(4)], 6)

    assert not [result for result in results if isinstance(result, Exception)]
    numbers = sorted(number for batch in results for number in batch)  # type: ignore[attr-defined]
    assert len(set(numbers)) == 24
    assert [int(number[-6:]) for number in numbers] == list(range(2, 26)), "a gap"


def test_a_finding_has_one_open_case_however_many_ask(town: Town) -> None:
    town.case()
    finding_id = town.finding()

    def open_one() -> str:
        with town.database.write() as session:
            finding = session.get_one(Finding, finding_id)
            return cases.open_case(session, finding=finding, opened_by="user:x").id

    results = at_once(open_one, 5)

    assert sum(isinstance(result, str) for result in results) == 1
    assert all(isinstance(result, str | Conflict) for result in results)


@sqlite_only
@pytest.mark.parametrize(
    "state", [state for state in FindingState if state != FindingState.CONFIRMED]
)
def test_nothing_unconfirmed_becomes_a_case(town: Town, state: FindingState) -> None:
    finding_id = town.finding(state=state)
    with town.database.write() as session:
        finding = session.get_one(Finding, finding_id)
        with pytest.raises(Conflict):
            cases.open_case(session, finding=finding, opened_by="user:x")


def test_an_operator_moves_a_case_by_hand(town: Town, sign_in: SignIn) -> None:
    town.destination("http://127.0.0.1:9")
    case_id = town.case()
    operator = sign_in("operator")
    shown = operator.get(f"/v1/cases/{case_id}").json()
    assert shown["state"] == "dispatching"
    assert shown["events"] == ["cancel"]
    assert shown["messages"][0]["state"] == "pending"

    refused = operator.post(f"/v1/cases/{case_id}/events", json={"event": "pass"})
    assert refused.status_code == 409
    assert "possible now: cancel" in refused.json()["detail"]
    done = operator.post(
        f"/v1/cases/{case_id}/events", json={"event": "cancel", "comment": "误报"}
    ).json()

    assert done["state"] == "cancelled"
    assert done["events"] == []
    last = done["timeline"][-1]
    assert (last["event"], last["comment"], last["applied"]) == ("cancel", "误报", True)
    assert last["source"].startswith("user:")


@sqlite_only
@pytest.mark.parametrize("event", ["delivered", "undeliverable"])
def test_nobody_says_for_the_sender_what_was_delivered(
    town: Town, sign_in: SignIn, event: str
) -> None:
    town.destination("http://127.0.0.1:9")
    case_id = town.case()
    answer = sign_in("operator").post(f"/v1/cases/{case_id}/events", json={"event": event})
    assert answer.status_code == 409
    assert town.get(case_id).state == CaseState.DISPATCHING


def test_cases_are_listed_by_page_state_and_destination(town: Town, sign_in: SignIn) -> None:
    opened = [town.case(class_name="crack") for _ in range(3)]
    destination = town.destination("http://127.0.0.1:9")
    sending = [town.case() for _ in range(2)]
    operator = sign_in("operator")

    def ids(**params: object) -> list[str]:
        answer: httpx.Response = operator.get("/v1/cases", params=params)  # type: ignore[arg-type]
        return [item["id"] for item in answer.raise_for_status().json()["items"]]

    first = operator.get("/v1/cases", params={"limit": 3}).json()
    second = operator.get("/v1/cases", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    paged = [item["id"] for item in first["items"] + second["items"]]
    assert paged == [*reversed(sending), *reversed(opened)]
    assert second["next_cursor"] is None
    assert ids(state="opened") == opened[::-1]
    assert ids(destination=destination.id) == sending[::-1]
    assert first["items"][0]["finding"]["class"] == "pothole"
    assert first["items"][0]["destination"]["name"] == destination.name


@sqlite_only
def test_cases_of_other_cameras_do_not_exist(
    town: Town, sign_in: SignIn, make_camera: MakeCamera
) -> None:
    case_id = town.case()
    stranger = sign_in("operator", camera_ids=[make_camera().id])

    assert stranger.get("/v1/cases").json()["items"] == []
    assert stranger.get(f"/v1/cases/{case_id}").status_code == 404
    answer = stranger.post(f"/v1/cases/{case_id}/events", json={"event": "cancel"})
    assert answer.status_code == 404
    assert town.get(case_id).state == CaseState.OPENED


@sqlite_only
def test_a_case_without_a_department_waits_visibly(town: Town, sign_in: SignIn) -> None:
    case_id = town.case()
    answer = sign_in("supervisor").post(f"/v1/cases/{case_id}/events", json={"event": "send"})

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:xunjian:problem:no-destination"
    assert town.get(case_id).state == CaseState.OPENED


def test_every_open_state_can_be_left() -> None:
    ends = {CaseState.CLOSED, CaseState.CANCELLED}
    for state in CaseState:
        assert bool(CASE_MACHINE.events(state)) == (state not in ends)


def test_the_map_has_each_case_with_its_light(
    town: Town, sign_in: SignIn, make_camera: MakeCamera
) -> None:
    waiting = town.case()
    town.destination("http://127.0.0.1:9")
    cancelled = town.case()
    operator = sign_in("operator")
    operator.post(f"/v1/cases/{cancelled}/events", json={"event": "cancel"}).raise_for_status()
    listed = {case["id"]: case for case in operator.get("/v1/cases").json()["items"]}

    answer = operator.get("/v1/cases.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    features = {feature["id"]: feature for feature in answer.json()["features"]}
    assert features.keys() == listed.keys() == {waiting, cancelled}
    for case_id, feature in features.items():
        case, told = listed[case_id], feature["properties"]
        finding = case["finding"]
        place = [finding["longitude"], finding["latitude"]]
        assert feature["geometry"] == {"type": "Point", "coordinates": place}
        assert (told["number"], told["state"]) == (case["number"], case["state"])
        assert (told["light"], told["class"]) == (case["light"], finding["class"])
        assert told["finding_id"] == finding["id"]
    known = {"If-None-Match": answer.headers["etag"]}
    assert operator.get("/v1/cases.geojson", headers=known).status_code == 304

    def ids(client: httpx.Client, **query: str) -> set[str]:
        found = client.get("/v1/cases.geojson", params=query).json()["features"]
        return {feature["id"] for feature in found}

    assert ids(operator, state="cancelled") == {cancelled}
    assert ids(operator, bbox="0,0,1,1") == set()
    stranger = sign_in("operator", camera_ids=[make_camera().id])
    assert ids(stranger) == set()
