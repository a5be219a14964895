"""Coverage: recorded for every frame, found again by the place."""

from datetime import timedelta

import pytest

from api.cameras.models import Camera
from api.coverage import service
from api.coverage.models import Coverage
from api.database import Database
from api.findings.geodesy import ahead
from api.frames.models import Frame
from benchmarks.gathering import Fleet, drives
from datasets.synthesis.road import SimulatedLook
from inference.quality import LookQuality
from tests.conftest import SignIn

CLEAR = LookQuality(sharpness=400.0, brightness=0.45, dark_fraction=0.02, bright_fraction=0.01)


def _record(
    fleet: Fleet, looks: list[SimulatedLook], quality: LookQuality = CLEAR
) -> list[Coverage]:
    found = []
    for look in looks:
        frame: Frame = fleet.post(look)
        camera = fleet.session.get_one(Camera, frame.camera_id)
        found.append(
            service.record(
                fleet.session, frame=frame, camera=camera, inspection="road_damage", quality=quality
            )
        )
    fleet.session.flush()
    return found


def _empty_road(passes: int = 1) -> list[SimulatedLook]:
    return drives([], noise_m=0.5, seed=2, passes=passes, length_m=80.0)[1]


def test_a_place_finds_the_frames_that_saw_it_though_nothing_was_there(database: Database) -> None:
    looks = _empty_road()
    with database.write() as session:
        recorded = _record(Fleet(session), looks)
        assert len(recorded) == len(looks)
        middle = looks[8]
        spot = ahead(middle.latitude, middle.longitude, middle.heading_deg, 12.0)
        seen = service.looks_at(session, *spot, looks[0].captured_at, inspection="road_damage")
        frames = [recorded[n].frame_id for n in (6, 7, 8, 9)]
        assert {one.frame_id for one in seen} >= set(frames[1:3])
        assert len(seen) <= 6
        # Frames that had passed the spot, or were far from it, did not see it.
        assert recorded[0].frame_id not in {one.frame_id for one in seen}
        assert recorded[12].frame_id not in {one.frame_id for one in seen}


def test_only_since_then(database: Database) -> None:
    looks = _empty_road(passes=3)
    with database.write() as session:
        _record(Fleet(session), looks)
        spot = ahead(looks[8].latitude, looks[8].longitude, looks[8].heading_deg, 12.0)
        everything = service.looks_at(
            session, *spot, looks[0].captured_at, inspection="road_damage"
        )
        later = looks[-1].captured_at - timedelta(minutes=2)
        recent = service.looks_at(session, *spot, later, inspection="road_damage")
        assert 0 < len(recent) < len(everything)
        assert service.looks_at(session, *spot, later, inspection="falling_object") == []


@pytest.mark.parametrize(
    "poor",
    [
        LookQuality(10.0, 0.45, 0.02, 0.01),
        LookQuality(400.0, 0.05, 0.9, 0.0),
        LookQuality(400.0, 0.97, 0.0, 0.9),
    ],
)
def test_a_poor_picture_shows_no_absence(database: Database, poor: LookQuality) -> None:
    looks = _empty_road()
    with database.write() as session:
        _record(Fleet(session), looks, poor)
        spot = ahead(looks[8].latitude, looks[8].longitude, looks[8].heading_deg, 12.0)
        since = looks[0].captured_at
        assert service.looks_at(session, *spot, since, inspection="road_damage") == []
        assert service.looks_at(session, *spot, since, inspection="road_damage", usable=False)


def test_listed_page_by_page_for_who_may_see(database: Database, sign_in: SignIn) -> None:
    looks = _empty_road(passes=2)
    with database.write() as session:
        recorded = _record(Fleet(session), looks)
        camera_id = recorded[0].camera_id
    everyone = sign_in("operator")
    seen, cursor = [], None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        answer = everyone.get("/v1/coverage", params=query)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        seen += [item["frame_id"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(one.frame_id for one in recorded)
    restricted = sign_in("operator", camera_ids=[camera_id])
    mine = restricted.get("/v1/coverage", params={"limit": 200}).json()["items"]
    assert {item["camera_id"] for item in mine} == {camera_id}
    nothing = everyone.get("/v1/coverage", params={"bbox": "0,0,1,1"}).json()["items"]
    assert nothing == []
    assert everyone.get("/v1/coverage", params={"bbox": "1,2,3"}).status_code == 422
    assert everyone.get("/v1/coverage", params={"cursor": "nonsense"}).status_code == 400
