"""Routing tables and areas over HTTP and from the command line."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.cases import service as cases
from api.cases.service import Report
from api.cases.states import CaseEvent
from api.database import Database
from api.settings import Settings
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.dispatch.town import Town
from xunjian import app as command_line

TABLE = """
name: test
admin: 330106
classes:
  - {inspection: road_damage, class: pothole, code: 02-080, label: {zh: 坑槽, en: Pothole}}
routes:
  - {name: danger, codes: [02-080], severity: [3, 4], department: 道路养护处, term: 24h}
  - {name: rest, department: 道路养护处, review: always}
"""
AREAS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "330106001", "name": "北山街道"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[120, 30], [121, 30], [121, 31], [120, 31], [120, 30]]],
            },
        }
    ],
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Send nothing: nobody listens."""
    return settings.model_copy(update={"delivery_threads": 0})


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    """Give an administrator of a city with one department."""
    client = sign_in("admin")
    made = client.post(
        "/v1/destinations",
        json={
            "name": "道路养护处",
            "kind": "webhook",
            "url": "http://127.0.0.1:1/",
            "secret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        },
    )
    assert made.status_code == 201, made.text
    return client


def put(client: httpx.Client, text: str) -> httpx.Response:
    """Put a table in force."""
    return client.put("/v1/routing", content=text.encode())


def test_versions_of_tables_and_what_they_change(admin: httpx.Client) -> None:
    assert admin.get("/v1/routing").status_code == 404
    assert put(admin, TABLE).json()["number"] == 1
    changed = TABLE.replace("24h", "2h")
    checked = admin.post("/v1/routing/check", content=changed.encode()).json()
    assert [(one["part"], one["key"]) for one in checked["changes"]] == [("routes", "danger")]
    assert admin.get("/v1/routing").json()["number"] == 1
    assert put(admin, changed).json()["number"] == 2
    assert admin.get("/v1/routing/versions/1").json()["text"] == TABLE
    (change,) = admin.get("/v1/routing/versions/2/differences").json()["changes"]
    assert (change["before"]["term"], change["after"]["term"]) == ("24h", "2h")
    back = admin.get("/v1/routing/versions/1/differences", params={"before": 2}).json()
    assert back["changes"][0]["after"]["term"] == "24h"
    versions = admin.get("/v1/routing/versions").json()["items"]
    assert [one["ended_at"] is None for one in versions] == [False, True]
    assert admin.get("/v1/routing/versions/3").status_code == 404
    assert admin.delete("/v1/routing").status_code == 204
    assert admin.delete("/v1/routing").status_code == 409
    actions = [one["action"] for one in admin.get("/v1/audit").json()["items"]]
    assert [one for one in actions if one.startswith("routing")] == [
        "routing.end",
        "routing.load",
        "routing.load",
    ]


@sqlite_only
def test_mistakes_are_named_and_change_nothing(admin: httpx.Client) -> None:
    put(admin, TABLE)
    wrong = put(admin, TABLE.replace("[3, 4]", "[9]").replace("24h", "tomorrow"))
    assert wrong.status_code == 422
    assert [error["location"] for error in wrong.json()["errors"]] == [
        "line 7, routes[0].severity[0]",
        "line 7, routes[0].term",
    ]
    unknown = put(admin, TABLE.replace("道路养护处", "nobody"))
    assert unknown.json()["errors"] == [
        {"location": "department", "message": "there is none named 'nobody'"}
    ]
    assert put(admin, "\xff").status_code == 422
    assert admin.put("/v1/routing", content=b"#" * 300_000).status_code == 413
    assert admin.get("/v1/routing").json()["number"] == 1


def test_areas_are_imported_as_a_whole(admin: httpx.Client) -> None:
    body = json.dumps(AREAS)
    checked = admin.put("/v1/grids", content=body, params={"check": True}).json()
    assert checked["added"] == ["330106001"]
    assert admin.get("/v1/grids").json()["items"] == []
    assert admin.put("/v1/grids", content=body).json()["added"] == ["330106001"]
    assert admin.put("/v1/grids", content=body).json()["unchanged"] == 1
    (area,) = admin.get("/v1/grids").json()["items"]
    assert (area["code"], area["name"]) == ("330106001", "北山街道")
    shown = admin.get("/v1/grids.geojson")
    assert shown.headers["content-type"] == "application/geo+json"
    (feature,) = shown.json()["features"]
    assert feature["geometry"] == AREAS["features"][0]["geometry"]  # type: ignore[index]
    put(admin, TABLE.replace("name: rest,", "name: rest, grids: ['330106001'],"))
    other = body.replace("330106001", "330106002")
    refused = admin.put("/v1/grids", content=other)
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:xunjian:problem:areas-in-use",
    )
    assert admin.put("/v1/grids", content="{").status_code == 422


@sqlite_only
def test_where_a_finding_would_go(admin: httpx.Client) -> None:
    admin.put("/v1/grids", content=json.dumps(AREAS))

    def ask(**values: object) -> dict[str, object]:
        params = {"inspection": "road_damage", "class": "pothole", **values}
        answer = admin.get("/v1/routing/route", params=params)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    assert ask()["destination"] is None
    put(admin, TABLE)
    found = ask(severity=3, latitude=30.5, longitude=120.5, at="2026-11-23T12:00:00+08:00")
    assert found.pop("destination")["name"] == "道路养护处"  # type: ignore[index]
    assert found == {
        "table": 1,
        "route": "danger",
        "fitting": ["danger", "rest"],
        "term": "24h",
        "review": "policy",
        "class_code": "33010602080",
        "label_zh": "坑槽",
        "label_en": "Pothole",
        "grids": [{"code": "330106001", "name": "北山街道"}],
    }
    assert ask(**{"class": "crack"})["review"] == "always"
    params = {"inspection": "road_damage", "class": "pothole", "latitude": 30}
    assert admin.get("/v1/routing/route", params=params).status_code == 422  # type: ignore[arg-type]


def test_a_case_shows_its_code_area_step_and_can_be_sent_elsewhere(
    admin: httpx.Client, sign_in: SignIn, database: Database
) -> None:
    admin.put("/v1/grids", content=json.dumps(AREAS))
    town, operator = Town(database), sign_in("operator")
    case_id = town.case()
    case = operator.get(f"/v1/cases/{case_id}").json()
    assert (case["class_code"], case["step"]["zh"]) == (None, "案卷建立")
    assert put(admin, TABLE).status_code == 200
    case = operator.get(f"/v1/cases/{case_id}").json()
    assert case["class_code"]["code"] == "3301060208000001"
    assert case["class_code"]["label_zh"] == "坑槽"
    assert case["grid"] == {"code": "330106001", "name": "北山街道"}
    assert case["step"] == {"number": 3, "zh": "任务派遣", "en": "task dispatch"}
    assert [one["destination"] for one in case["messages"]] == ["道路养护处"]
    assert operator.get("/v1/cases").json()["items"][0]["class_code"] == case["class_code"]
    other = town.destination("http://127.0.0.1:1", name="other", classes=())
    events = f"/v1/cases/{case_id}/events"
    wrong = {"event": "accept", "destination_id": other.id}
    assert operator.post(events, json=wrong).status_code == 422
    assert case["departments"] == []
    for event in (CaseEvent.DELIVERED, CaseEvent.RETURN):
        with database.write() as session:
            report = Report(event, "system")
            cases.change(session, case=cases.locked(session, case_id), report=report)
    case = operator.get(f"/v1/cases/{case_id}").json()
    assert case["state"] == "returned"
    choice = {each["name"]: each["id"] for each in case["departments"]}
    assert choice.keys() == {"other", "道路养护处"}
    sent = operator.post(events, json={"event": "send", "destination_id": choice["other"]})
    assert sent.json()["destination"]["name"] == "other"
    assert [one["destination"] for one in sent.json()["messages"]] == ["道路养护处", "other"]


def test_the_command_line_checks_compares_and_loads(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("XUNJIAN_DATABASE_URL", url)
    monkeypatch.setenv("XUNJIAN_DATA_DIR", str(tmp_path))
    Town(database).destination("http://127.0.0.1:1", name="道路养护处")

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(command_line, ["routing", *arguments])
        return result.exit_code, result.output

    file, areas = tmp_path / "routing.yaml", tmp_path / "areas.geojson"
    _, example = run("example")
    file.write_text(example, encoding="utf-8")
    code, said = run("check", str(file))
    assert (code, "10 classes, 8 routes" in said) == (0, True)
    code, said = run("check", str(file), "--names")
    assert (code, "there is none named '公安分局'" in said) == (1, True)
    assert run("show")[0] == 1
    areas.write_text(json.dumps(AREAS), encoding="utf-8")
    assert "1 new" in run("areas", str(areas), "--check")[1]
    assert "1 new" in run("areas", str(areas))[1]
    assert "1 as before" in run("areas", str(areas))[1]
    file.write_text(TABLE, encoding="utf-8")
    assert "version 1 is in force" in run("load", str(file))[1]
    assert run("diff", str(file)) == (0, "nothing would change\n")
    file.write_text(TABLE.replace("24h", "2h"), encoding="utf-8")
    code, said = run("diff", str(file))
    assert (code, "routes: danger" in said, "term: 2h" in said) == (1, True, True)
    assert run("show") == (0, TABLE)
    file.write_text(TABLE.replace("24h", "soon"), encoding="utf-8")
    code, said = run("load", str(file))
    assert (code, "routes[0].term" in said) == (1, True)
