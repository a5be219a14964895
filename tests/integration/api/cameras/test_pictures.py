"""The newest picture of a camera, the golden one, and what the watch makes of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray
from sqlalchemy import select

from api.camera_health.watching import watch
from api.cameras import pictures
from api.cameras.models import Camera, CameraKind, CameraPicture
from api.database import Database
from api.evidence.objects import open_object_store
from api.settings import Settings
from benchmarks.load import unlike
from inference.decode import DecodeLimits, decode
from inference.detections import Detections
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def jpeg(seed: int = 1, *, shift: int = 0, blur: float = 0.0) -> bytes:
    """Return a picture of a made-up street front: boxes of many colours."""
    noise = np.random.default_rng(seed)
    image: NDArray[np.uint8] = np.full((540, 960 + 400, 3), 190, np.uint8)
    for _ in range(160):
        x, y = noise.integers(0, 1300), noise.integers(0, 500)
        w, h = noise.integers(20, 160, 2)
        colour = noise.integers(0, 255, 3).tolist()
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    image = np.ascontiguousarray(image[:, shift : shift + 960])
    if blur:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


def keep(database: Database, camera: Camera, at: datetime, picture: bytes) -> None:
    with database.write() as session:
        pictures.keep(
            session, camera_id=camera.id, captured_at=at, size_wh=(1920, 1080), picture=picture
        )


def health(client: httpx.Client, camera: Camera) -> str:
    shown: str = client.get(f"/v1/cameras/{camera.id}").json()["health"]["state"]
    return shown


def post(
    client: httpx.Client, token: GatewayToken, camera: Camera, at: datetime, body: bytes
) -> None:
    answer = client.post(
        "/v1/frames",
        content=b"".join(unlike(body, int(at.timestamp()))),
        headers={
            **token.headers,
            "Content-Type": "image/jpeg",
            "Idempotency-Key": at.isoformat(),
            "Xunjian-Camera": camera.id,
            "Xunjian-Captured-At": at.isoformat(),
        },
    )
    assert answer.is_success, answer.text


def test_the_newest_picture_is_replaced_every_quarter_of_an_hour(
    client: httpx.Client,
    app: FastAPI,
    sign_in: SignIn,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
    rendered_road_jpeg: bytes,
    database: Database,
) -> None:
    assert app.state.services.inspector.check() is None
    token = make_gateway_token()
    camera = make_camera(gateway=token.gateway)
    operator = sign_in("operator")
    shown = operator.get(f"/v1/cameras/{camera.id}").json()
    assert (shown["picture"], shown["last_heard_at"]) == (None, None)
    assert shown["health"]["state"] == "new"
    assert shown["gateway_name"] == token.gateway.name
    assert operator.get(f"/v1/cameras/{camera.id}/picture").status_code == 404

    # Late ones and those too soon after change nothing.
    for minutes in (0, 14, -60):
        post(client, token, camera, AT + timedelta(minutes=minutes), rendered_road_jpeg)
    shown = operator.get(f"/v1/cameras/{camera.id}").json()
    assert shown["picture"]["captured_at"] == "2026-11-21T08:00:00Z"
    assert shown["last_heard_at"]
    assert shown["health"]["state"] == "well"
    picture = operator.get(shown["picture"]["url"])
    image = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert max(image.shape) <= pictures.LONG_SIDE
    again = operator.get(
        shown["picture"]["url"], headers={"If-None-Match": picture.headers["ETag"]}
    )
    assert again.status_code == 304

    post(client, token, camera, AT + timedelta(minutes=15), rendered_road_jpeg)
    (listed,) = operator.get("/v1/cameras").json()["items"]
    assert listed["picture"]["captured_at"] == "2026-11-21T08:15:00Z"
    with database.read() as session:
        assert len(session.scalars(select(CameraPicture)).all()) == 1


def test_nobody_on_the_road_is_in_the_stored_picture() -> None:
    picture = decode(jpeg(), DecodeLimits(), 960)
    person = Detections(
        boxes=np.array([[300, 100, 420, 400]], np.float32),
        scores=np.array([0.9], np.float32),
        class_ids=np.array([0], np.int64),
        class_names=("person",),
    )
    stored = pictures.redacted(picture, person)
    image = cv2.imdecode(np.frombuffer(stored, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    inside, before = image[110:390, 310:410], picture.image[110:390, 310:410]
    # Nine plain squares: a hundredth of the edges that were there.
    assert cv2.Laplacian(inside, cv2.CV_64F).var() < cv2.Laplacian(before, cv2.CV_64F).var() / 5
    assert np.abs(image[450:].astype(int) - picture.image[450:]).mean() < 8


def test_a_golden_picture_tells_when_a_camera_was_moved(
    sign_in: SignIn, make_camera: MakeCamera, database: Database, settings: Settings
) -> None:
    objects = open_object_store(settings.resolved_object_store)
    camera = make_camera(kind=CameraKind.COMMUNITY)
    supervisor = sign_in("supervisor")
    path = f"/v1/cameras/{camera.id}/golden"
    assert supervisor.put(path).status_code == 404  # no picture yet
    keep(database, camera, AT, jpeg())
    assert sign_in("operator").put(path).status_code == 403
    marked = supervisor.put(path)
    assert marked.status_code == 200, marked.text
    assert marked.json()["golden"]["captured_at"] == "2026-11-21T08:00:00Z"
    assert supervisor.get(f"{path}/picture").content == jpeg()

    def later(minutes: int, picture: bytes) -> dict[str, object]:
        keep(database, camera, AT + timedelta(minutes=minutes), picture)
        watch(database, objects)
        golden: dict[str, object] = supervisor.get(f"/v1/cameras/{camera.id}").json()["golden"]
        return golden

    assert later(15, jpeg(shift=2))["trouble"] is None
    assert health(supervisor, camera) in ("new", "well")
    assert later(30, jpeg(shift=160))["trouble"] == "moved"
    assert health(supervisor, camera) == "moved"
    assert later(45, jpeg(blur=12))["trouble"] == "blurred"
    assert health(supervisor, camera) == "blurred"
    assert later(60, jpeg())["trouble"] is None
    told = supervisor.get("/v1/camera-health", params={"camera": camera.id}).json()["items"]
    assert [(one["trouble"], one["lasting"]) for one in told] == [
        ("blurred", False),
        ("moved", False),
    ]
    records = supervisor.get("/v1/audit", params={"object_id": camera.id}).json()["items"]
    assert [one["action"] for one in records][:3] == [
        "camera_health.trouble",
        "camera_health.trouble",
        "camera.mark_golden",
    ]
    assert supervisor.delete(path).status_code == 204
    assert supervisor.delete(path).status_code == 404


@sqlite_only
def test_what_cannot_be_compared_has_no_golden_picture(
    sign_in: SignIn, make_camera: MakeCamera, database: Database
) -> None:
    admin, bus, wall = sign_in("admin"), make_camera(), make_camera(kind=CameraKind.COMMUNITY)
    admin.patch(f"/v1/cameras/{wall.id}", json={"inspections": ["falling_object"]})
    for camera, code in ((bus, "camera-moves"), (wall, "picture-too-coarse")):
        keep(database, camera, AT, jpeg())
        refused = admin.put(f"/v1/cameras/{camera.id}/golden")
        assert refused.json()["type"] == f"urn:xunjian:problem:{code}"


@sqlite_only
@pytest.mark.parametrize("path", ["", "/picture", "/thresholds"])
def test_a_camera_that_may_not_be_seen_does_not_exist(
    sign_in: SignIn, make_camera: MakeCamera, database: Database, path: str
) -> None:
    own, other = make_camera(), make_camera()
    for camera in (own, other):
        keep(database, camera, AT, jpeg())
    limited = sign_in("operator", camera_ids=[own.id])
    assert limited.get(f"/v1/cameras/{own.id}{path}").status_code == 200
    assert limited.get(f"/v1/cameras/{other.id}{path}").status_code == 404
    assert [one["id"] for one in limited.get("/v1/cameras").json()["items"]] == [own.id]
