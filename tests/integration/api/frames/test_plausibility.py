"""Doubtful times and places, and pictures that came before: told, kept, and not relied on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.coverage.models import Coverage
from api.database import Database, now
from api.findings.models import Finding
from api.frames.models import Detection, Frame
from api.grids.models import Grid
from benchmarks.load import unlike
from tests.integration.api.frames.conftest import Poster, rows

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def post(
    poster: Poster, picture: bytes, number: int, *, seconds: float = 0.0, **changes: str | None
) -> httpx.Response:
    """Post a picture that no other is like."""
    values = {"xunjian_captured_at": (START + timedelta(seconds=seconds)).isoformat()} | changes
    answer = poster.post(b"".join(unlike(picture, number)), **values)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({"xunjian_clock_offset_ms": "-45000"}, ["clock-skewed"]),
        ({"xunjian_captured_at": "in 20"}, ["clock-skewed"]),
        ({"xunjian_captured_at": "in 90"}, ["captured-in-future"]),
        ({"xunjian_captured_at": "in 90", "xunjian_clock_offset_ms": "89000"}, ["clock-skewed"]),
        ({"xunjian_captured_at": "2026-11-01T08:00:00Z"}, ["captured-long-ago"]),
        ({"xunjian_gps_accuracy": "150"}, ["position-imprecise"]),
        (
            {"xunjian_latitude": "0.0001", "xunjian_longitude": "0"},
            ["position-outside"],
        ),
    ],
)
def test_what_is_doubtful_is_told_and_the_frame_is_kept(
    poster: Poster,
    rendered_road_jpeg: bytes,
    database: Database,
    changes: dict[str, str],
    warnings: list[str],
) -> None:
    values: dict[str, Any] = dict(changes)
    at = values.get("xunjian_captured_at", "")
    if at.startswith("in "):
        ahead = timedelta(seconds=float(at[3:]))
        values["xunjian_captured_at"] = (now() + ahead).isoformat()
    answer = post(poster, rendered_road_jpeg, 1, **values).json()
    assert answer["warnings"] == warnings
    assert answer["detections"], "it was inspected"
    misplaced = warnings[0].startswith("position")
    assert bool(answer["findings"]) is not misplaced
    shown = poster.client.get(
        f"/v1/frames/{answer['frame_id']}", headers=poster.gateway.headers
    ).json()
    assert (shown["warnings"], shown["misplaced"]) == (warnings, misplaced)
    with database.read() as session:
        usable = session.scalar(select(Coverage.usable))
    assert not (misplaced and usable), "nothing is verified by a place that cannot be right"


def test_a_position_beyond_all_grids_makes_no_finding(
    poster: Poster, rendered_road_jpeg: bytes, database: Database
) -> None:
    with database.write() as session:
        session.add(
            Grid(
                code="1",
                name="one",
                shape=b"",
                area_m2=1.0,
                west=120.0,
                south=30.0,
                east=120.3,
                north=30.4,
                imported_by="admin",
            )
        )
    swapped: dict[str, Any] = {"xunjian_latitude": "30.2741", "xunjian_longitude": "121.1551"}
    outside = post(poster, rendered_road_jpeg, 1, **swapped).json()
    assert (outside["warnings"], outside["findings"]) == (["position-outside"], [])
    inside = post(poster, rendered_road_jpeg, 2, seconds=1).json()
    assert inside["warnings"] == []
    assert inside["findings"]


def test_one_wrong_fix_among_right_ones_makes_no_finding_elsewhere(
    poster: Poster, rendered_road_jpeg: bytes, database: Database
) -> None:
    def drive(number: int, latitude: float) -> list[str]:
        answer = post(
            poster,
            rendered_road_jpeg,
            number,
            seconds=number,
            xunjian_latitude=f"{latitude:.6f}",
        ).json()
        warned: list[str] = answer["warnings"]
        assert bool(answer["findings"]) is (warned == [])
        return warned

    told = [drive(number, 30.27 + number * 1e-4 + (number == 4) * 0.05) for number in range(8)]
    assert told == [[], [], [], [], ["position-jumped"], [], [], []]
    with database.read() as session:
        places = session.scalars(select(Finding.latitude)).all()
        assert places
        assert all(place is not None and place < 30.28 for place in places)


def test_a_first_fix_that_was_wrong_does_not_put_the_right_ones_in_doubt(
    poster: Poster, rendered_road_jpeg: bytes
) -> None:
    latitudes = (30.5, 30.2701, 30.2702, 30.2703)
    told = [
        post(
            poster, rendered_road_jpeg, number, seconds=number, xunjian_latitude=str(latitude)
        ).json()["warnings"]
        for number, latitude in enumerate(latitudes)
    ]
    assert told == [[], ["position-jumped"], [], []]


def test_frames_that_come_newest_first_are_held_against_those_after_them(
    poster: Poster, rendered_road_jpeg: bytes
) -> None:
    told = [
        post(
            poster, rendered_road_jpeg, number, seconds=10 - number, xunjian_latitude=latitude
        ).json()["warnings"]
        for number, latitude in enumerate(("30.2703", "30.2702", "30.5", "30.2700"))
    ]
    assert told == [[], [], ["position-jumped"], []]


def test_the_very_same_picture_is_no_other_look(
    poster: Poster, rendered_road_jpeg: bytes, database: Database
) -> None:
    first = poster.post(rendered_road_jpeg).json()
    before = rows(database)
    with database.read() as session:
        confidence = session.scalar(select(func.sum(Finding.confidence)))
    again = poster.post(rendered_road_jpeg, xunjian_captured_at="2026-11-21T08:30:00Z").json()
    assert again["warnings"] == ["duplicate-picture"]
    assert again["repeats"] == first["frame_id"]
    assert (again["detections"], again["findings"], again["models"]) == ([], [], [])
    assert (again["width"], again["height"]) == (first["width"], first["height"])
    assert rows(database) == before | {
        "frames": before["frames"] + 1,
        "camera_sights": before["camera_sights"] + 1,  # whether the camera is frozen, it does tell
    }
    with database.read() as session:
        assert session.scalar(select(func.sum(Finding.confidence))) == confidence
        frame = session.get_one(Frame, again["frame_id"])
        assert (frame.repeats_id, frame.object_key) == (first["frame_id"], None)
    third = poster.post(rendered_road_jpeg, xunjian_captured_at="2026-11-21T08:40:00Z").json()
    assert third["repeats"] == first["frame_id"]


def test_the_same_picture_under_two_keys_at_once_is_one_look(
    poster: Poster,
    app: FastAPI,
    rendered_road_jpeg: bytes,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inspector = app.state.services.inspector
    both_looked, look = threading.Barrier(2), inspector.look

    def look_together(*arguments: Any, **options: Any) -> Any:
        looked = look(*arguments, **options)
        both_looked.wait()
        return looked

    monkeypatch.setattr(inspector, "look", look_together)
    headers = [poster.headers(), poster.headers()]

    def post_it(number: int) -> dict[str, Any]:
        answer = httpx.post(
            f"{poster.client.base_url}/v1/frames",
            content=rendered_road_jpeg,
            headers=headers[number],
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(post_it, range(2)), key=lambda body: body["warnings"])
    assert answers[1]["repeats"] == answers[0]["frame_id"]
    with database.read() as session:
        looked_at = session.scalars(select(Detection.frame_id).distinct()).all()
    assert looked_at == [answers[0]["frame_id"]]
