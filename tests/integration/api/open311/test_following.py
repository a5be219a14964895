"""Our cases followed over Open311: by a client that is not ours, by people, and by the public."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from georeport import GeoReport

from api.app import create_app
from api.cases.models import Case
from api.cases.states import CaseEvent, CaseState
from api.database import Database, now
from api.deadlines.models import CaseClock
from api.evidence.models import Evidence
from api.findings.models import Finding, FindingDetection
from api.frames.models import Detection
from api.routing.models import RoutingTable
from api.settings import Settings
from inference.inspections import Kind
from tests.conftest import GatewayToken, SignIn, serving, sqlite_only
from tests.integration.api.dispatch.town import Town

ROOT = "/open311/v2"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 0, "open311_classes": ("pothole",)})


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


def told(client: httpx.Client, path: str, **params: str) -> Any:
    answer = client.get(f"{ROOT}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def moved(town: Town, case_id: str, state: CaseState, *, days_ago: float = 0) -> str:
    with town.database.write() as session:
        case = session.get_one(Case, case_id)
        case.state = state
        case.created_at = now() - timedelta(days=days_ago)
        return case.number


@pytest.mark.parametrize("output_format", ["json", "xml"])
def test_a_client_of_others_reads_what_we_tell(
    base_url: str, town: Town, output_format: str
) -> None:
    numbers = [
        moved(town, town.case(), state) for state in (CaseState.IN_PROGRESS, CaseState.CLOSED)
    ]
    town.case(class_name="crack")
    theirs = GeoReport(f"{base_url}{ROOT}", output_format=output_format)

    listed = theirs.get_service_requests()
    one = theirs.get_service_request(numbers[0])
    closed = theirs.get_service_requests(service_request_id=numbers[1])
    service: Any = theirs.get_service_list()
    definition = theirs.get_service_definition("pothole")

    assert [each["service_request_id"] for each in listed] == [numbers[1], numbers[0]]
    assert one["status"] == "open"
    assert one["status_notes"] == "处置中 In progress"
    assert one["service_code"] == "pothole"
    assert (float(one["lat"]), float(one["long"])) == (30.25, 120.15)
    assert one["requested_datetime"].endswith("Z")
    # Of one element their XML reader makes no list.
    assert (closed if output_format == "xml" else closed[0])["status"] == "closed"
    assert (service if output_format == "xml" else service[0])["service_code"] == "pothole"
    assert definition["service_code"] == "pothole"


def test_requests_are_asked_for_as_narrowly_as_wanted(client: httpx.Client, town: Town) -> None:
    new = moved(town, town.case(), CaseState.VERIFYING)
    done = moved(town, town.case(), CaseState.CANCELLED, days_ago=30)
    old = moved(town, town.case(), CaseState.CLOSED, days_ago=200)

    def numbers(**params: str) -> list[str]:
        return [each["service_request_id"] for each in told(client, "requests.json", **params)]

    assert numbers() == [new, done]
    assert numbers(status="open", service_code="", start_date="") == [new]
    assert numbers(status="Open,closed", service_code="crack,pothole") == [new, done]
    assert numbers(service_code="crack") == []
    assert set(numbers(service_request_id=f"{old},{new}", status="closed")) == {old, new}
    long_ago = (now() - timedelta(days=210)).isoformat()
    assert numbers(start_date=long_ago) == [old]
    assert numbers(end_date=(now() - timedelta(days=10)).isoformat()) == [done]
    assert numbers(page_size="1", page="2") == [done]


WRONG = {
    "requests.json?start_date=yesterday": 400,
    "requests.json?start_date=2026-01-01T00:00:00": 400,
    "requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z": 400,
    "requests.json?end_date=0001-01-02T00:00:00%2B14:00": 400,
    "requests.json?status=fixed": 400,
    "requests.json?page_size=5000": 400,
    f"requests.json?service_request_id={','.join('x' * 1001)}": 400,
    "requests/XJ-20000101-000001.json": 404,
    "services/unknown.json": 404,
}


@sqlite_only
def test_errors_are_those_of_georeport(client: httpx.Client) -> None:
    for path, status in WRONG.items():
        answer = client.get(f"{ROOT}/{path}")
        in_xml = client.get(f"{ROOT}/{path.replace('.json', '.xml')}")

        assert answer.status_code == in_xml.status_code == status, path
        (error,) = answer.json()
        assert error["code"] == status
        tree = ElementTree.fromstring(in_xml.text)
        assert (tree.tag, tree.findtext("error/code")) == ("errors", str(status))
        assert tree.findtext("error/description") == error["description"]


@sqlite_only
def test_what_happens_to_a_case_is_told_as_updates(client: httpx.Client, town: Town) -> None:
    town.destination("http://127.0.0.1:9")
    case_id = town.case()
    number = moved(town, case_id, CaseState.DISPATCHED)
    for event in (CaseEvent.START, CaseEvent.CLAIM_DONE, CaseEvent.FAIL):
        town.enter(case_id, event)

    listed = told(client, "servicerequestupdates.json")
    since = listed[-1]["updated_datetime"]

    assert {each["service_request_id"] for each in listed} == {number}
    assert [each["status"] for each in listed][:3] == ["open", "open", "in_progress"]
    assert listed[-1]["status"] == "open", "sent again after the repair did not hold"
    assert "reopen" in [each["status"] for each in listed]
    assert len({each["update_id"] for each in listed}) == len(listed)
    assert told(client, "servicerequestupdates.json", start_date=since)[-1] == listed[-1]
    past = "2020-01-01T00:00:00Z"
    assert told(client, "servicerequestupdates.json", start_date=past, end_date=past) == []


@sqlite_only
def test_a_running_clock_says_when_the_work_is_expected(client: httpx.Client, town: Town) -> None:
    destination = town.destination("http://127.0.0.1:9")
    running, stopped = (town.case() for _ in range(2))
    due_at = datetime(2026, 11, 30, 9, tzinfo=UTC)
    with town.database.write() as session:
        table = RoutingTable(number=1, name="t", text="", departments={}, loaded_by="user:tester")
        session.add(table)
        session.flush()
        for case_id, stopped_at in ((running, None), (stopped, due_at)):
            session.add(
                CaseClock(
                    case_id=case_id,
                    current_case_id=case_id,
                    round=1,
                    rework=False,
                    destination_id=destination.id,
                    table_id=table.id,
                    term="24h",
                    due_at=due_at,
                    stopped_at=stopped_at,
                )
            )

    listed = told(client, "requests.json")

    expected = {each["service_request_id"]: each["expected_datetime"] for each in listed}
    assert expected == {
        town.get(running).number: "2026-11-30T09:00:00Z",
        town.get(stopped).number: None,
    }


@sqlite_only
def test_the_public_sees_published_classes_only(client: httpx.Client, town: Town) -> None:
    pothole, crack = (
        moved(town, town.case(class_name=name), CaseState.OPENED) for name in ("pothole", "crack")
    )

    assert [each["service_request_id"] for each in told(client, "requests.json")] == [pothole]
    assert client.get(f"{ROOT}/requests/{crack}.json").status_code == 404
    assert told(client, "requests.json", service_request_id=crack) == []
    assert told(client, "requests.json", service_code="crack") == []
    assert [each["service_code"] for each in told(client, "services.json")] == ["pothole"]
    assert {each["service_request_id"] for each in told(client, "servicerequestupdates.json")} == {
        pothole
    }


@sqlite_only
def test_people_see_their_own_cameras_cases_of_every_class(
    database: Database, town: Town, sign_in: SignIn
) -> None:
    own, other = town, Town(database)
    crack = moved(own, own.case(class_name="crack"), CaseState.OPENED)
    moved(other, other.case(), CaseState.OPENED)
    person = sign_in("operator", camera_ids=[str(own._camera_id)])

    assert [each["service_request_id"] for each in told(person, "requests.json")] == [crack]
    assert len(told(sign_in("operator"), "requests.json")) == 2


@sqlite_only
def test_without_published_classes_nobody_unknown_is_told_anything(
    settings: Settings, town: Town, make_gateway_token: Any
) -> None:
    number = moved(town, town.case(), CaseState.OPENED)
    closed_to_all = create_app(settings.model_copy(update={"open311_classes": ()}))
    token: GatewayToken = make_gateway_token()
    paths = [
        f"{ROOT}/requests/{number}",
        *(f"{ROOT}/{name}" for name in ("services", "requests", "servicerequestupdates")),
        f"{ROOT}/services/pothole",
    ]

    with serving(closed_to_all) as url, httpx.Client(base_url=url, timeout=60) as client:
        for path in paths:
            answer = client.get(f"{path}.json")
            assert (answer.status_code, answer.json()[0]["code"]) == (401, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert client.get(f"{path}.xml", headers=token.headers).status_code == 403


@sqlite_only
def test_pictures_are_linked_and_the_public_sees_none_of_a_vehicle(
    client: httpx.Client, database: Database, town: Town, sign_in: SignIn
) -> None:
    place, subject = town.case(), town.case()
    with database.write() as session:
        for case_id, kind in ((place, "place"), (subject, "subject")):
            finding = session.get_one(Finding, session.get_one(Case, case_id).finding_id)
            finding.kind = Kind(kind)
            detection = session.get_one(Detection, finding.best_detection_id)
            session.add(FindingDetection(finding_id=finding.id, detection_id=detection.id))
            session.add(
                Evidence(
                    finding_id=finding.id,
                    frame_id=detection.frame_id,
                    camera_id=finding.camera_id,
                    object_key="sha256/ff/" + "f" * 64,
                    content_type="image/jpeg",
                )
            )

    def pictures(who: httpx.Client) -> dict[str, str | None]:
        listed = told(who, "requests.json")
        return {each["service_request_id"]: each["media_url"] for each in listed}

    numbers = town.get(place).number, town.get(subject).number
    public = pictures(client)
    assert [bool(public[number]) for number in numbers] == [True, False]
    person = pictures(sign_in("operator"))
    assert [bool(person[number]) for number in numbers] == [True, True]
    assert "rendition=annotated" in str(public[numbers[0]])
    assert "signature=" in str(public[numbers[0]])


@sqlite_only
def test_nothing_can_be_posted(client: httpx.Client) -> None:
    assert client.post(f"{ROOT}/requests.json", data={"service_code": "pothole"}).status_code == 405


@sqlite_only
def test_service_discovery_tells_where_and_in_which_formats(client: httpx.Client) -> None:
    found = client.get("/open311/discovery.json").json()
    tree = ElementTree.fromstring(client.get("/open311/discovery.xml").text)

    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith(ROOT)
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert tree.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert [each.text for each in tree.iterfind(".//format")] == endpoint["formats"]


@sqlite_only
def test_no_comment_leaves_the_house(client: httpx.Client, town: Town) -> None:
    case_id = town.case()
    moved(town, case_id, CaseState.DISPATCHED)
    town.enter(case_id, CaseEvent.RETURN)

    everything = json.dumps(
        [told(client, f"{name}.json") for name in ("requests", "servicerequestupdates")]
    )

    assert "tester" not in everything
    assert "user:" not in everything
