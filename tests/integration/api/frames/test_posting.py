"""Posting frames over HTTP, with the real model, on both databases."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import func, select

from api.coverage.models import Coverage
from api.database import Database
from api.evidence.objects import ObjectStore
from api.frames.models import Detection, Frame
from api.permissions import Role
from tests.conftest import GatewayToken, MakeCamera, SignIn
from tests.integration.api.frames.conftest import Poster, rows


@pytest.fixture(scope="session")
def empty_road_jpeg() -> bytes:
    """Give a picture in which nothing is found."""
    return cv2.imencode(".jpg", np.full((720, 1280, 3), 110, np.uint8))[1].tobytes()


def test_the_answer_says_what_was_found_and_what_became_of_it(
    poster: Poster, rendered_road_jpeg: bytes, database: Database
) -> None:
    answer = poster.post(rendered_road_jpeg)
    assert answer.status_code == 200
    body = answer.json()
    assert body["duplicate"] is False
    assert body["sha256"] == hashlib.sha256(rendered_road_jpeg).hexdigest()
    assert body["warnings"] == []
    assert [model["name"] for model in body["models"]] == ["road_damage"]
    assert body["detections"]
    for detection in body["detections"]:
        x1, y1, x2, y2 = detection["box"]
        assert 0 <= x1 < x2 <= body["width"]
        assert 0 <= y1 < y2 <= body["height"]
        assert 0 < detection["score"] <= 1
    with database.read() as session:
        frame = session.get_one(Frame, body["frame_id"])
        kept = session.scalars(select(Detection).where(Detection.frame_id == frame.id)).all()
        assert session.scalar(select(func.count()).select_from(Coverage)) == 1
    assert {one.id for one in kept} == {one["id"] for one in body["detections"]}
    assert {one.model_digest for one in kept} == {body["models"][0]["digest"]}


def test_the_picture_is_kept_only_where_something_was_found(
    poster: Poster,
    rendered_road_jpeg: bytes,
    empty_road_jpeg: bytes,
    database: Database,
    app_objects: ObjectStore,
) -> None:
    found = poster.post(rendered_road_jpeg).json()
    nothing = poster.post(empty_road_jpeg).json()
    assert nothing["detections"] == []
    with database.read() as session:
        kept = session.get_one(Frame, found["frame_id"]).object_key
        assert kept is not None
        assert app_objects.get(kept) == rendered_road_jpeg
        assert session.get_one(Frame, nothing["frame_id"]).object_key is None
        assert session.scalar(select(func.count()).select_from(Coverage)) == 2


def test_a_repeated_frame_gets_the_first_answer_and_changes_nothing(
    poster: Poster, rendered_road_jpeg: bytes, database: Database
) -> None:
    headers = poster.headers()
    first = poster.client.post("/v1/frames", content=rendered_road_jpeg, headers=headers).json()
    before = rows(database)
    again = poster.client.post(
        "/v1/frames",
        content=rendered_road_jpeg,
        # The camera by its name and a clock measured anew: still the same frame.
        headers=headers | {"Xunjian-Camera": poster.camera.name, "Xunjian-Clock-Offset-Ms": "7"},
    )
    assert again.status_code == 200
    assert again.json() == first | {"duplicate": True}
    assert rows(database) == before


@pytest.mark.parametrize(
    "change", ["picture", "Xunjian-Latitude", "Xunjian-Captured-At", "Xunjian-Camera"]
)
def test_a_key_used_for_something_else_is_a_conflict(
    poster: Poster,
    rendered_road_jpeg: bytes,
    empty_road_jpeg: bytes,
    database: Database,
    make_camera: MakeCamera,
    change: str,
) -> None:
    headers = poster.headers()
    poster.client.post("/v1/frames", content=empty_road_jpeg, headers=headers).raise_for_status()
    other = make_camera(gateway=poster.gateway.gateway)
    values = {
        "Xunjian-Latitude": "30.2742",
        "Xunjian-Captured-At": "2026-11-21T08:00:01Z",
        "Xunjian-Camera": other.id,
    }
    before = rows(database)
    answer = poster.client.post(
        "/v1/frames",
        content=rendered_road_jpeg if change == "picture" else empty_road_jpeg,
        headers=headers | ({} if change == "picture" else {change: values[change]}),
    )
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:xunjian:problem:idempotency-key-reused"
    assert rows(database) == before


def test_one_key_posted_many_times_at_once_is_one_frame_and_one_answer(
    poster: Poster, rendered_road_jpeg: bytes, database: Database
) -> None:
    headers = poster.headers()

    def post(_: int) -> httpx.Response:
        return httpx.post(
            f"{poster.client.base_url}/v1/frames",
            content=rendered_road_jpeg,
            headers=headers,
            timeout=60,
        )

    with ThreadPoolExecutor(6) as pool:
        answers = [answer.json() for answer in pool.map(post, range(6))]
    assert sum(not answer.pop("duplicate") for answer in answers) == 1
    assert all(answer == answers[0] for answer in answers)
    assert rows(database)["frames"] == 1
    assert rows(database)["detections"] == len(answers[0]["detections"])


def test_two_gateways_may_use_one_key(
    poster: Poster,
    empty_road_jpeg: bytes,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
) -> None:
    other = make_gateway_token()
    camera = make_camera(gateway=other.gateway)
    headers = poster.headers()
    theirs = headers | {"Xunjian-Camera": camera.id, **other.headers}
    answers = [
        poster.client.post("/v1/frames", content=empty_road_jpeg, headers=each).json()
        for each in (headers, theirs)
    ]
    assert [answer["duplicate"] for answer in answers] == [False, False]


def test_a_bus_without_a_position_is_warned(poster: Poster, rendered_road_jpeg: bytes) -> None:
    answer = poster.post(rendered_road_jpeg, xunjian_latitude=None, xunjian_longitude=None)
    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["no-position"]
    assert answer.json()["detections"]
    assert answer.json()["findings"] == []


@pytest.mark.parametrize("kind", [".png", ".webp"])
def test_other_kinds_of_pictures_are_taken_and_known_by_their_bytes(
    poster: Poster, kind: str, database: Database
) -> None:
    picture = cv2.imencode(kind, np.full((64, 96, 3), 110, np.uint8))[1].tobytes()
    answer = poster.post(picture, content_type=None)
    assert answer.status_code == 200
    assert (answer.json()["width"], answer.json()["height"]) == (96, 64)
    with database.read() as session:
        frame = session.get_one(Frame, answer.json()["frame_id"])
    assert frame.content_type == f"image/{kind[1:]}"


def metadata_of(poster: Poster, key: str, **changes: object) -> dict[str, object]:
    return {
        "camera": poster.camera.name,
        "captured_at": "2026-11-21T08:00:00Z",
        "idempotency_key": key,
        "latitude": 30.2741,
        "longitude": 120.1551,
    } | changes


def post_batch(
    poster: Poster, frames: list[dict[str, object]], pictures: list[bytes]
) -> httpx.Response:
    return poster.client.post(
        "/v1/frames",
        headers=poster.gateway.headers,
        files=[
            ("metadata", (None, json.dumps({"frames": frames}), "application/json")),
            *(("picture", ("p.jpg", picture, "image/jpeg")) for picture in pictures),
        ],
    )


def test_a_batch_is_answered_frame_by_frame(
    poster: Poster, rendered_road_jpeg: bytes, empty_road_jpeg: bytes, database: Database
) -> None:
    answer = post_batch(
        poster,
        [metadata_of(poster, "b1"), metadata_of(poster, "b2")],
        [rendered_road_jpeg, empty_road_jpeg],
    )
    assert answer.status_code == 200
    first, second = answer.json()["frames"]
    assert first["sha256"] == hashlib.sha256(rendered_road_jpeg).hexdigest()
    assert second["sha256"] == hashlib.sha256(empty_road_jpeg).hexdigest()
    assert rows(database)["frames"] == 2


def test_a_bad_frame_of_a_batch_does_not_stop_the_others(
    poster: Poster, empty_road_jpeg: bytes, database: Database
) -> None:
    answer = post_batch(
        poster,
        [
            metadata_of(poster, "good"),
            metadata_of(poster, "truncated"),
            metadata_of(poster, "no-camera", camera="nobody"),
            metadata_of(poster, "nowhere", latitude=95),
        ],
        [empty_road_jpeg, empty_road_jpeg[:-400], empty_road_jpeg, empty_road_jpeg],
    )
    assert answer.status_code == 207
    frames = answer.json()["frames"]
    assert "frame_id" in frames[0]
    assert [frame["problem"]["status"] for frame in frames[1:]] == [422, 404, 422]
    assert rows(database)["frames"] == 1


def test_a_frame_is_read_by_its_gateway_and_by_people_who_see_its_camera(
    poster: Poster,
    rendered_road_jpeg: bytes,
    sign_in: SignIn,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
) -> None:
    posted = poster.post(rendered_road_jpeg).json()
    path = f"/v1/frames/{posted['frame_id']}"
    read = poster.client.get(path, headers=poster.gateway.headers).json()
    assert read["sha256"] == posted["sha256"]
    assert read["captured_at"] == "2026-11-21T08:00:00Z"
    assert {one["id"] for one in read["detections"]} == {one["id"] for one in posted["detections"]}
    assert sign_in(Role.OPERATOR, camera_ids=[poster.camera.id]).get(path).status_code == 200
    assert sign_in(Role.OPERATOR, camera_ids=[make_camera().id]).get(path).status_code == 404
    other = make_gateway_token()
    assert poster.client.get(path, headers=other.headers).status_code == 404
    assert poster.client.get("/v1/frames/none", headers=other.headers).status_code == 404
