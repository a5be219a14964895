"""Coverage and passes for maps: where was looked, how often, and where not though it usually is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import h3
import httpx
import pytest

from api.cameras.models import Camera
from api.coverage import service
from api.database import Database
from benchmarks.gathering import Fleet, drives
from inference.quality import LookQuality
from tests.conftest import MakeCamera, SignIn

CLEAR = LookQuality(sharpness=400.0, brightness=0.45, dark_fraction=0.02, bright_fraction=0.01)
BLURRED = replace(CLEAR, sharpness=10.0)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WEEK = {
    "since": (NOON - timedelta(days=3)).isoformat(),
    "until": (NOON + timedelta(days=3)).isoformat(),
}


@pytest.fixture
def cameras(database: Database) -> dict[str, str]:
    """Drive: two buses on Wednesday, one again an hour later, one blurred, one weeks before.

    Gives the ids of the buses by their names.
    """
    looks = drives([], noise_m=0.1, seed=2, passes=1, length_m=500.0, buses=["a"])[1]
    start = looks[0].captured_at
    half = len(looks) // 2
    runs = [
        ("a", timedelta(), looks[:half], CLEAR),
        ("a", timedelta(hours=1), looks[:half], CLEAR),
        ("b", timedelta(minutes=5), looks[:half], BLURRED),
        ("b", timedelta(minutes=30), looks[-2:], BLURRED),
        ("b", -timedelta(weeks=3), looks, CLEAR),
    ]
    with database.write() as session:
        fleet = Fleet(session)
        found: dict[str, str] = {}
        for number, (bus, shift, way, quality) in enumerate(runs):
            for look in way:
                at = NOON + shift + (look.captured_at - start)
                frame = fleet.post(replace(look, bus=bus, captured_at=at, pass_index=number))
                camera = session.get_one(Camera, frame.camera_id)
                service.record(
                    session, frame=frame, camera=camera, inspection="road_damage", quality=quality
                )
                found[bus] = camera.id
    return found


def _cells(client: httpx.Client, **query: Any) -> dict[str, dict[str, Any]]:
    answer = client.get("/v1/coverage.geojson", params={**WEEK, **query})
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in answer.json()["features"]}


def test_cells_say_how_often_they_were_seen_and_which_were_missed(
    cameras: dict[str, str], sign_in: SignIn
) -> None:
    person = sign_in("operator")
    cells = _cells(person)
    by_look: dict[str, list[dict[str, Any]]] = {}
    for cell in cells.values():
        by_look.setdefault(cell["properties"]["look"], []).append(cell["properties"])
    assert by_look.keys() == {"clear", "poor", "missed"}
    assert {each["passes"] for each in by_look["clear"]} == {2}  # the blurred one is none
    assert {each["passes"] for each in by_look["poor"] + by_look["missed"]} == {0}
    assert all(0.5 < each["usable"] < 1 for each in by_look["clear"])
    assert {each["usable"] for each in by_look["poor"]} == {0}
    assert all(each["last_looked_at"].startswith("2026-11-18T13") for each in by_look["clear"])
    assert all(each["last_looked_at"].startswith("2026-10-28") for each in by_look["missed"])
    assert {each["last_looked_at"] for each in by_look["poor"]} == {None}

    for name, cell in cells.items():
        (ring,) = cell["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        assert (len(ring), cell["geometry"]["type"]) == (7, "Polygon")
        latitude, longitude = h3.cell_to_latlng(name)
        assert min(x for x, _ in ring) < longitude < max(x for x, _ in ring)
        assert min(y for _, y in ring) < latitude < max(y for _, y in ring)

    missed = {name for name, cell in cells.items() if cell["properties"]["look"] == "missed"}
    assert _cells(person, usual_weeks=0).keys() == cells.keys() - missed
    assert _cells(person, usual_weeks=2).keys() == cells.keys() - missed
    assert _cells(person, bbox="0,0,1,1") == {}


def test_who_may_see_one_camera_is_told_of_its_looks_only(
    cameras: dict[str, str], sign_in: SignIn, make_camera: MakeCamera
) -> None:
    own = _cells(sign_in("operator", camera_ids=[cameras["a"]]))
    assert {each["properties"]["look"] for each in own.values()} == {"clear"}
    assert {each["properties"]["usable"] for each in own.values()} == {1}
    stranger = sign_in("operator", camera_ids=[make_camera().id])
    assert _cells(stranger) == {}
    assert stranger.get("/v1/passes.geojson", params=WEEK).json()["features"] == []


def test_passes_are_lines_of_one_way_each(cameras: dict[str, str], sign_in: SignIn) -> None:
    person = sign_in("operator")
    answer = person.get("/v1/passes.geojson", params=WEEK)
    body = answer.json()
    told = [each["properties"] for each in body["features"]]
    assert [(each["camera"], each["first_at"][:16]) for each in told] == [
        ("a", "2026-11-18T12:00"),
        ("a", "2026-11-18T13:00"),
        ("b", "2026-11-18T12:05"),
        ("b", "2026-11-18T12:30"),
    ]
    assert {each["camera_id"] for each in told} == set(cameras.values())
    assert all(each["frames"] >= 2 for each in told)
    lines = [each["geometry"] for each in body["features"]]
    assert {line["type"] for line in lines} == {"LineString"}
    assert all(
        2 <= len(line["coordinates"]) <= each["frames"]
        for line, each in zip(lines, told, strict=True)
    )
    assert body["truncated"] is False
    known = {"If-None-Match": answer.headers["etag"]}
    assert person.get("/v1/passes.geojson", params=WEEK, headers=known).status_code == 304


@pytest.mark.parametrize("path", ["/v1/coverage.geojson", "/v1/passes.geojson"])
def test_a_period_that_is_none_is_refused(sign_in: SignIn, path: str) -> None:
    person = sign_in("operator")
    backwards = {"since": WEEK["until"], "until": WEEK["since"]}
    answer = person.get(path, params=backwards)
    assert (answer.status_code, answer.json()["type"]) == (
        422,
        "urn:xunjian:problem:period-invalid",
    )
    too_long = {"since": "2025-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert person.get(path, params=too_long).status_code == 422
    assert person.get(path).json()["features"] == []
