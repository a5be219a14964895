"""What comes back in one place, over HTTP: as JSON, as a table, as a map."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from api.cases import service as cases
from api.cases.models import Case
from api.cases.states import CaseState
from api.database import Database, now
from api.findings.models import Finding
from api.findings.states import FindingState
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.integration.api.dispatch.town import Town
from tests.integration.api.routing.areas import import_areas


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


def seen(town: Town, weeks_ago: int, *, state: FindingState = FindingState.CONFIRMED) -> str:
    finding_id = town.finding(state=state)
    with town.database.write() as session:
        finding = session.get_one(Finding, finding_id)
        finding.first_seen_at = now() - timedelta(weeks=weeks_ago)
    return finding_id


def with_case(town: Town, finding_id: str, state: CaseState) -> None:
    with town.database.write() as session:
        finding = session.get_one(Finding, finding_id)
        case = cases.open_case(session, finding=finding, opened_by="user:tester")
        session.get_one(Case, case.id).state = state


@pytest.fixture
def coming_back(town: Town) -> list[str]:
    """Make a pothole that came back twice, beside what does not count."""
    ids = [seen(town, weeks_ago) for weeks_ago in (0, 2, 5)]
    with_case(town, ids[1], CaseState.CLOSED)
    with_case(town, ids[0], CaseState.IN_PROGRESS)
    seen(town, 3, state=FindingState.REJECTED)
    with_case(town, seen(town, 4), CaseState.CANCELLED)
    seen(town, 20)
    return ids


def test_what_came_back_is_one_matter(coming_back: list[str], sign_in: SignIn) -> None:
    answer = sign_in("operator").get("/v1/matters")

    assert answer.status_code == 200
    (matter,) = answer.json()["items"]
    assert matter["newest"] == coming_back
    assert (matter["class"], matter["findings"], matter["open"]) == ("pothole", 3, 2)
    assert [each["findings"] for each in matter["weeks"]] == [1, 1, 1]
    assert matter["latitude"] == pytest.approx(30.25, abs=0.003)
    assert matter["longitude"] == pytest.approx(120.15, abs=0.003)


@sqlite_only
def test_matters_are_asked_for_as_narrowly_as_wanted(
    coming_back: list[str], sign_in: SignIn
) -> None:
    operator = sign_in("operator")

    def number(**asked: object) -> int:
        answer = operator.get("/v1/matters", params=asked)  # type: ignore[arg-type]
        return len(answer.raise_for_status().json()["items"])

    assert number(least_weeks=3) == 1
    assert number(least_weeks=4) == 0
    assert number(weeks=2) == 0
    assert number(inspection="crop_pest") == 0
    assert number(**{"class": "crack"}) == 0
    assert operator.get("/v1/matters", params={"resolution": 15}).status_code == 422


@sqlite_only
def test_a_table_has_a_line_for_each_week(coming_back: list[str], sign_in: SignIn) -> None:
    answer = sign_in("supervisor").get("/v1/matters", params={"format": "csv"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["class"], row["findings"], row["datum"]) for row in rows] == [
        ("pothole", "1", "WGS-84")
    ] * 3


@sqlite_only
def test_a_map_has_the_outline_of_the_cell(coming_back: list[str], sign_in: SignIn) -> None:
    answer = sign_in("supervisor").get("/v1/matters", params={"format": "geojson"})

    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    (ring,) = feature["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert min(x for x, _ in ring) < 120.15 < max(x for x, _ in ring)
    assert min(y for _, y in ring) < 30.25 < max(y for _, y in ring)
    assert feature["properties"]["class"] == "pothole"


@sqlite_only
def test_nobody_learns_of_what_foreign_cameras_saw(
    coming_back: list[str], sign_in: SignIn, client: httpx.Client, make_camera: MakeCamera
) -> None:
    assert (
        sign_in("operator", camera_ids=[make_camera().id]).get("/v1/matters").json()["items"] == []
    )
    assert client.get("/v1/matters").status_code == 401


def test_by_area_the_smallest_one_that_holds_them_counts(
    coming_back: list[str], town: Town, sign_in: SignIn
) -> None:
    operator = sign_in("operator")
    assert operator.get("/v1/matters", params={"by": "area"}).json()["items"] == []
    import_areas(town.database, street=(120.1, 30.2, 0.1), block=(120.14, 30.24, 0.02))
    (matter,) = operator.get("/v1/matters", params={"by": "area"}).json()["items"]
    assert (matter["area"], matter["cell"]) == ({"code": "block", "name": "area block"}, None)
    assert matter["newest"] == coming_back
    assert 120.14 < matter["longitude"] < 120.16
    asked = {"by": "area", "format": "geojson"}
    (feature,) = operator.get("/v1/matters", params=asked).json()["features"]
    assert feature["geometry"]["type"] == "Polygon"
    assert [120.14, 30.24] in feature["geometry"]["coordinates"][0]
    table = operator.get("/v1/matters", params={"by": "area", "format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert {(row["place"], row["name"]) for row in rows} == {("block", "area block")}
