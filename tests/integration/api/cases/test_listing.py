"""Cases narrowed down, sorted and counted."""

import json
from typing import Any

import httpx
import pytest

from api.cases.models import Case
from api.database import Database
from api.grids.geojson import read_areas
from api.grids.service import replace
from api.settings import Settings
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.integration.api.deadlines.conftest import Load, deliver, load, town
from tests.integration.api.dispatch.town import Town

__all__ = ["load", "town"]

GRID = "330106001002"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 0})


def _ids(client: httpx.Client, **params: Any) -> list[str]:
    answer = client.get("/v1/cases", params=params)
    return [item["id"] for item in answer.raise_for_status().json()["items"]]


def _counts(client: httpx.Client, **params: Any) -> dict[tuple[str, str], int]:
    answer = client.get("/v1/cases/counts", params=params).raise_for_status().json()
    return {(item["state"], item["light"]): item["cases"] for item in answer["items"]}


def _import_area(database: Database) -> None:
    """Import one area, far from every finding."""
    ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    area = {
        "type": "Feature",
        "properties": {"code": GRID, "name": "第二网格"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    areas = read_areas(json.dumps({"type": "FeatureCollection", "features": [area]}).encode())
    with database.write() as session:
        replace(session, areas=areas, in_use=(), actor="user:x")


def _change(database: Database, case_id: str, **values: Any) -> None:
    with database.write() as session:
        case = session.get_one(Case, case_id)
        for name, value in values.items():
            setattr(case, name, value)


def test_cases_are_narrowed_to_class_department_area_and_number(
    town: Town, database: Database, sign_in: SignIn
) -> None:
    _import_area(database)
    roads = town.destination(NOWHERE)
    hole, other_hole, crack = town.case(), town.case(), town.case(class_name="crack")
    _change(database, hole, grid_code=GRID, external_id="WO_7%")
    operator = sign_in("operator")

    assert _ids(operator, **{"class": "crack"}) == [crack]
    assert _ids(operator, inspection="crop_pest") == []
    assert _ids(operator, destination=roads.id) == [other_hole, hole]
    assert _ids(operator, grid=GRID) == [hole]
    number = operator.get(f"/v1/cases/{crack}").json()["number"]
    assert _ids(operator, number=number.lower()) == [crack]
    assert _ids(operator, number="wo_7%") == [hole], "the department's own number"
    assert _ids(operator, number="%") == [hole], "signs of patterns are letters"
    assert _ids(operator, needs_person=True) == []
    assert _ids(operator, number=number, **{"class": "pothole"}) == []


def test_cases_come_by_deadline_change_and_age_page_by_page(
    town: Town, load: Load, sign_in: SignIn
) -> None:
    town.destination(NOWHERE, name="roads")
    load("10h")
    later, waiting, sooner = town.case(), town.case(class_name="crack"), town.case()
    deliver(town, sooner)
    town.clock.advance(60)
    deliver(town, later)
    operator = sign_in("operator")

    expected = {
        "newest": [sooner, waiting, later],
        "oldest": [later, waiting, sooner],
        "due": [sooner, later, waiting],
        "due_last": [later, sooner, waiting],
        "updated": [later, sooner, waiting],
        "updated_first": [waiting, sooner, later],
    }
    for order, ids in expected.items():
        first = operator.get("/v1/cases", params={"order": order, "limit": 2}).json()
        cursor = first["next_cursor"]
        second = operator.get(
            "/v1/cases", params={"order": order, "limit": 2, "cursor": cursor}
        ).json()
        assert [item["id"] for item in first["items"] + second["items"]] == ids, order
        assert second["next_cursor"] is None


def test_cases_are_counted_by_state_and_light(
    town: Town, load: Load, database: Database, sign_in: SignIn, make_camera: MakeCamera
) -> None:
    roads = town.destination(NOWHERE, name="roads")
    load("10h")
    _import_area(database)
    late, on_time, crack = town.case(), town.case(), town.case(class_name="crack")
    deliver(town, late)
    town.clock.advance(11 * 3600)
    deliver(town, on_time)
    _change(database, on_time, grid_code=GRID)
    operator = sign_in("operator")

    assert _counts(operator) == {
        ("dispatched", "red"): 1,
        ("dispatched", "green"): 1,
        ("opened", "white"): 1,
    }
    assert _counts(operator, light="red") == {("dispatched", "red"): 1}
    assert _counts(operator, state="opened") == {("opened", "white"): 1}
    assert _ids(operator, light="red") == [late]
    assert _ids(operator, light="white") == [crack]

    choices = operator.get("/v1/cases/choices").json()
    assert choices["departments"] == [{"id": roads.id, "name": "roads", "cases": 2}]
    assert choices["classes"] == [
        {"inspection": "road_damage", "class": "crack", "cases": 1},
        {"inspection": "road_damage", "class": "pothole", "cases": 2},
    ]
    assert choices["grids"] == [{"code": GRID, "name": "第二网格", "cases": 1}]

    stranger = sign_in("operator", camera_ids=[make_camera().id])
    assert _counts(stranger) == {}
    assert stranger.get("/v1/cases/choices").json() == {
        "departments": [],
        "classes": [],
        "grids": [],
    }


@sqlite_only
@pytest.mark.parametrize(
    "query", ["order=best", "light=pink", "state=lost", "number=", "order=due&cursor=bm8"]
)
def test_a_list_that_makes_no_sense_is_refused(sign_in: SignIn, query: str) -> None:
    answer = sign_in("operator").get(f"/v1/cases?{query}")
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
