"""The contract of uploading clips, asked over HTTP."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from api.cameras.models import Camera
from api.clips.parts import PART_BYTES
from api.database import Database
from api.evidence.errors import StoreUnavailable
from api.evidence.objects import ObjectStore
from api.settings import Settings
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only
from tests.integration.api.clips.yard import Yard, counts, digest, stored_bytes

LONG = bytes(range(256)) * (PART_BYTES * 5 // 2 // 256)
NOTHING = {"clips": 0, "clip_parts": 0, "jobs": 0, "findings": 0}


def code(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit(":", 1)[1]


def test_a_whole_clip_is_durable_with_its_job_before_the_answer(
    yard: Yard, database: Database, objects: ObjectStore, clip: bytes
) -> None:
    answer = yard.post(clip, xunjian_clock_offset_ms="-40", content_digest=digest(clip))
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert answer.headers["Location"] == f"/v1/clips/{receipt['clip_id']}"
    assert answer.headers["Upload-Complete"] == "?1"
    assert receipt["duplicate"] is False
    assert receipt["size_bytes"] == len(clip)
    assert stored_bytes(database, objects, receipt["clip_id"]) == clip
    assert counts(database) == {"clips": 1, "clip_parts": 1, "jobs": 1, "findings": 0}
    view = yard.get(answer.headers["Location"]).json()
    assert view["state"] == "waiting"
    assert view["captured_at"] == "2026-11-21T08:00:00Z"
    assert view["clock_offset_ms"] == -40
    assert view["sha256"] == receipt["sha256"]
    assert view["events"] == []


def test_a_clip_comes_in_parts_and_is_asked_for(
    yard: Yard, database: Database, objects: ObjectStore
) -> None:
    cut = PART_BYTES + 100_000
    location = yard.begin(LONG[:cut], upload_length=str(len(LONG)), repr_digest=digest(LONG))
    told = yard.head(location)
    assert told.status_code == 204
    assert (told.headers["Upload-Offset"], told.headers["Upload-Complete"]) == (str(cut), "?0")
    assert told.headers["Upload-Length"] == str(len(LONG))
    assert "max-size=" in told.headers["Upload-Limit"]
    assert counts(database)["jobs"] == 0
    assert yard.get(location).json()["state"] == "receiving"

    middle = yard.append(location, LONG[cut : cut + 5000], cut, last=False)
    assert middle.status_code == 204
    assert middle.headers["Upload-Offset"] == str(cut + 5000)
    last = yard.append(location, LONG[cut + 5000 :], cut + 5000, last=True)
    assert last.status_code == 202, last.text
    assert last.json()["size_bytes"] == len(LONG)
    assert stored_bytes(database, objects, last.json()["clip_id"]) == LONG
    assert counts(database)["jobs"] == 1
    told = yard.head(location)
    assert (told.headers["Upload-Offset"], told.headers["Upload-Complete"]) == (
        str(len(LONG)),
        "?1",
    )


def test_the_key_finds_the_upload_again(yard: Yard, database: Database, clip: bytes) -> None:
    location = yard.begin(clip[:1000], idempotency_key="k")
    found = yard.post(b"", idempotency_key="k", upload_complete="?0")
    assert found.status_code == 201
    assert found.headers["Location"] == location
    assert found.headers["Upload-Offset"] == "1000"
    assert yard.append(location, clip[1000:], 1000, last=True).status_code == 202
    for content in (b"", clip):
        complete = "?0" if not content else None
        again = yard.post(content, idempotency_key="k", upload_complete=complete)
        assert (again.status_code, again.json()["duplicate"]) == (202, True)
    assert counts(database)["jobs"] == 1


def test_posting_with_content_under_the_same_key_begins_anew(
    yard: Yard, database: Database, objects: ObjectStore, clip: bytes
) -> None:
    yard.begin(b"torn" * 100, idempotency_key="k")
    answer = yard.post(clip, idempotency_key="k")
    assert answer.status_code == 202
    assert stored_bytes(database, objects, answer.json()["clip_id"]) == clip


def test_a_key_is_for_one_clip(yard: Yard, database: Database, clip: bytes) -> None:
    yard.post(clip, idempotency_key="k")
    others = [
        yard.post(clip + b"x", idempotency_key="k"),
        yard.post(clip[:-1] + b"x", idempotency_key="k"),
        yard.post(clip, idempotency_key="k", xunjian_captured_at="2026-11-21T08:00:01Z"),
    ]
    assert [(answer.status_code, code(answer)) for answer in others] == [
        (409, "idempotency-key-reused")
    ] * 3
    assert counts(database)["clips"] == 1


@pytest.mark.parametrize(
    ("changes", "status", "problem"),
    [
        ({"idempotency_key": None}, 422, "invalid-metadata"),
        ({"xunjian_camera": None}, 422, "invalid-metadata"),
        ({"xunjian_captured_at": "yesterday"}, 422, "invalid-metadata"),
        ({"xunjian_captured_at": "2226-11-21T08:00:00Z"}, 422, "captured-in-future"),
        ({"xunjian_latitude": "1", "xunjian_longitude": "1"}, 422, "invalid-metadata"),
        ({"xunjian_camera": "nobody's"}, 404, "camera-not-found"),
        ({"content_type": "image/jpeg"}, 415, "clip-unsupported"),
        ({"upload_complete": "yes"}, 400, "upload-headers"),
        ({"upload_length": "-1"}, 400, "upload-headers"),
        ({"upload_length": "1"}, 400, "inconsistent-upload-length"),
        ({"content_digest": "sha-256=:AAAA:"}, 400, "upload-headers"),
        ({"content_digest": digest(b"other")}, 400, "digest-mismatch"),
        ({"repr_digest": digest(b"other")}, 400, "digest-mismatch"),
    ],
)
@sqlite_only
def test_what_is_wrong_is_told_and_acknowledges_nothing(
    yard: Yard,
    database: Database,
    clip: bytes,
    changes: dict[str, str | None],
    status: int,
    problem: str,
) -> None:
    answer = yard.post(clip, **changes)
    assert (answer.status_code, code(answer)) == (status, problem)
    assert counts(database)["jobs"] == 0


@sqlite_only
def test_an_empty_clip_is_refused(yard: Yard, database: Database) -> None:
    answer = yard.post(b"")
    assert (answer.status_code, code(answer)) == (422, "clip-empty")
    assert counts(database)["jobs"] == 0


@sqlite_only
def test_a_camera_without_clips_is_told(yard: Yard, make_camera: MakeCamera, clip: bytes) -> None:
    bus = make_camera(gateway=yard.gateway.gateway)
    answer = yard.post(clip, xunjian_camera=bus.name)
    assert (answer.status_code, code(answer)) == (422, "camera-inspects-no-clips")
    assert "falling_object" in answer.json()["detail"]


@sqlite_only
def test_wrong_bytes_of_a_part_are_taken_back(
    yard: Yard, database: Database, objects: ObjectStore, clip: bytes
) -> None:
    location = yard.begin(clip[:1000])
    answer = yard.append(location, clip[1000:], 1000, last=True, content_digest=digest(b"other"))
    assert (answer.status_code, code(answer)) == (400, "digest-mismatch")
    assert yard.head(location).headers["Upload-Offset"] == "1000"
    done = yard.append(location, clip[1000:], 1000, last=True, content_digest=digest(clip[1000:]))
    assert done.status_code == 202
    assert stored_bytes(database, objects, done.json()["clip_id"]) == clip


@sqlite_only
def test_another_offset_is_told_the_right_one(yard: Yard, clip: bytes) -> None:
    location = yard.begin(clip[:1000])
    for offset in (0, 999, 1001):
        answer = yard.append(location, clip[offset:], offset, last=True)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("#mismatching-upload-offset")
        assert answer.json()["expected-offset"] == 1000
        assert answer.headers["Upload-Offset"] == "1000"
    assert yard.append(location, b"", 1000, last=False).status_code == 204
    without = yard.append(location, b"x", 0, last=False, upload_offset=None)
    assert (without.status_code, code(without)) == (400, "upload-headers")
    typed = yard.append(location, b"x", 1000, last=False, content_type="video/mp4")
    assert (typed.status_code, code(typed)) == (415, "not-a-partial-upload")


@sqlite_only
def test_a_complete_upload_takes_no_more_and_cannot_be_cancelled(yard: Yard, clip: bytes) -> None:
    location = yard.post(clip).headers["Location"]
    more = yard.append(location, b"x", len(clip), last=True)
    assert more.status_code == 400
    assert more.json()["type"].endswith("#completed-upload")
    assert yard.cancel(location).status_code == 409


def test_a_cancelled_upload_leaves_nothing(
    yard: Yard, database: Database, objects: ObjectStore, settings: Settings
) -> None:
    location = yard.begin(LONG, idempotency_key="k")
    assert yard.cancel(location).status_code == 204
    assert counts(database) == NOTHING
    assert not list((settings.data_dir / "objects" / "sha256").glob("*/*"))
    assert yard.head(location).status_code == 404
    assert yard.append(location, b"x", len(LONG), last=True).status_code == 404
    assert yard.begin(b"x", idempotency_key="k") != location


@sqlite_only
def test_too_long_is_told_before_and_while_the_body_is_read(
    base_url: str, yard: Yard, database: Database, app: FastAPI
) -> None:
    object.__setattr__(app.state.services.uploads.limits, "max_bytes", 1000)
    announced = yard.post(b"", upload_complete="?0", upload_length="1001")
    assert (announced.status_code, code(announced)) == (413, "clip-too-large")
    assert counts(database) == NOTHING

    chunks = iter([b"x" * 600, b"x" * 600])
    streamed = yard.client.post("/v1/clips", content=chunks, headers=yard.headers())
    assert (streamed.status_code, code(streamed)) == (413, "clip-too-large")
    assert counts(database)["jobs"] == 0


@sqlite_only
def test_when_too_many_wait_the_gateway_is_told_to_wait(
    yard: Yard, database: Database, app: FastAPI, clip: bytes
) -> None:
    object.__setattr__(app.state.services.uploads.limits, "max_waiting", 1)
    assert yard.post(clip, idempotency_key="first").status_code == 202
    answer = yard.post(clip)
    assert (answer.status_code, code(answer)) == (429, "clip-queue-full")
    assert int(answer.headers["Retry-After"]) > 0
    assert yard.post(clip, idempotency_key="first").status_code == 202


@sqlite_only
def test_a_store_that_is_down_loses_nothing(
    yard: Yard,
    database: Database,
    objects: ObjectStore,
    clip: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(*_: object) -> str:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(objects, "put", down)
        answer = yard.post(clip, idempotency_key="k")
    assert (answer.status_code, code(answer)) == (503, "object-store-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert counts(database)["jobs"] == 0
    again = yard.post(clip, idempotency_key="k")
    assert again.status_code == 202
    assert stored_bytes(database, objects, again.json()["clip_id"]) == clip


def test_clips_are_listed_and_seen_by_whom_their_camera_is_seen(
    yard: Yard,
    sign_in: SignIn,
    make_gateway_token: Callable[[], GatewayToken],
    make_community_camera: Callable[..., Camera],
    clip: bytes,
) -> None:
    foreign_gateway = make_gateway_token()
    foreign = Yard(yard.client, make_community_camera(foreign_gateway), foreign_gateway)
    own = yard.post(clip).headers["Location"]
    others = foreign.post(clip).headers["Location"]
    begun = foreign.begin(clip[:100])

    for method in ("GET", "HEAD", "DELETE"):
        headers = yard.gateway.headers
        assert yard.client.request(method, others, headers=headers).status_code == 404
    assert yard.append(begun, b"x", 100, last=False).status_code == 404
    assert foreign.head(begun).headers["Upload-Offset"] == "100"

    person = sign_in("operator", camera_ids=[yard.camera.id])
    assert person.get(own).status_code == 200
    assert person.get(others).status_code == 404
    assert [one["id"] for one in person.get("/v1/clips").json()["items"]] == [own.rsplit("/")[-1]]
    everyone = sign_in("operator")
    assert len(everyone.get("/v1/clips").json()["items"]) == 3
    assert len(everyone.get("/v1/clips?state=receiving").json()["items"]) == 1
    of_camera = everyone.get(f"/v1/clips?camera_id={yard.camera.id}").json()["items"]
    assert [one["camera_id"] for one in of_camera] == [yard.camera.id]
    first = everyone.get("/v1/clips?limit=2").json()
    rest = everyone.get("/v1/clips", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert len({one["id"] for one in first["items"] + rest["items"]}) == 3
