"""The pictures of findings over HTTP: who may see them, and signed links."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray
from sqlalchemy import select

from api.cameras.models import Camera
from api.database import Database, new_id, now
from api.evidence import service
from api.evidence.models import Evidence
from api.evidence.signing import LinkSigner, Rendition, picture_path
from api.frames.models import Frame
from api.permissions import Role
from api.secrets import SecretKeyInvalid, load_secret_key
from tests.conftest import GatewayToken, MakeCamera, SignIn


@dataclass(frozen=True)
class Kept:
    """A piece of evidence of a camera."""

    id: str
    camera: Camera

    def path(self, rendition: Rendition = Rendition.PLAIN) -> str:
        return picture_path(self.id, rendition)


@pytest.fixture
def evidence(
    base_url: str,
    app: FastAPI,
    database: Database,
    rendered_road_jpeg: bytes,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
) -> Kept:
    """Post a frame that shows a finding, so that its picture is kept."""
    gateway = make_gateway_token()
    camera = make_camera(gateway=gateway.gateway)
    assert app.state.services.inspector.check() is None
    httpx.post(
        f"{base_url}/v1/frames",
        content=rendered_road_jpeg,
        headers={
            **gateway.headers,
            "Idempotency-Key": "k",
            "Xunjian-Camera": camera.id,
            "Xunjian-Captured-At": "2026-11-21T08:00:00Z",
            "Xunjian-Latitude": "30.2741",
            "Xunjian-Longitude": "120.1551",
            "Xunjian-Heading": "90",
        },
        timeout=60,
    ).raise_for_status()
    with database.write() as session:
        kept = session.scalars(select(Evidence).order_by(Evidence.id)).first()
        assert kept is not None, "the finding has no picture"
        frame = session.get_one(Frame, kept.frame_id)
        again = service.keep(session, finding_id=kept.finding_id, frame=frame)
        assert again is kept, "a picture is kept once"
    return Kept(kept.id, camera)


def picture_of(data: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def test_the_plain_picture_is_the_one_that_came(
    evidence: Kept, rendered_road_jpeg: bytes, sign_in: SignIn
) -> None:
    answer = sign_in(Role.OPERATOR).get(evidence.path())
    assert answer.status_code == 200
    assert answer.content == rendered_road_jpeg
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"].startswith("private")


def test_the_annotated_picture_has_the_boxes_of_its_finding_and_keeps_its_size(
    evidence: Kept, rendered_road_jpeg: bytes, sign_in: SignIn, database: Database
) -> None:
    answer = sign_in(Role.OPERATOR).get(evidence.path(Rendition.ANNOTATED))
    plain, drawn = picture_of(rendered_road_jpeg), picture_of(answer.content)
    assert drawn.shape == plain.shape
    changed = np.abs(drawn.astype(int) - plain).max(axis=2) > 40
    with database.read() as session:
        kept = session.get_one(Evidence, evidence.id)
        shown = service.detections_shown(session, kept)
    assert shown
    for one in shown:
        x1, x2, y2 = round(one.x1), round(one.x2), round(one.y2)
        lower_edge = changed[max(0, y2 - 3) : y2 + 4, x1 + 2 : x2 - 2]
        assert lower_edge.any(axis=0).mean() > 0.9
    assert not changed[:40].any(), "nothing is drawn into the sky"


def test_an_unchanged_picture_is_not_sent_again(evidence: Kept, sign_in: SignIn) -> None:
    client = sign_in(Role.OPERATOR)
    first = client.get(evidence.path(Rendition.ANNOTATED))
    tag = first.headers["ETag"]
    again = client.get(evidence.path(Rendition.ANNOTATED), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_who_may_not_see_the_camera_does_not_know_of_the_picture(
    evidence: Kept,
    base_url: str,
    sign_in: SignIn,
    make_camera: MakeCamera,
    make_gateway_token: Callable[[], GatewayToken],
) -> None:
    own, other = evidence.camera.id, make_camera().id
    assert sign_in(Role.OPERATOR, camera_ids=[own]).get(evidence.path()).status_code == 200
    hidden = sign_in(Role.OPERATOR, camera_ids=[other]).get(evidence.path())
    unknown = sign_in(Role.OPERATOR).get(picture_path("none", Rendition.PLAIN))
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.json()["type"] == unknown.json()["type"]
    assert httpx.get(base_url + evidence.path()).status_code == 401
    gateway = make_gateway_token()
    assert httpx.get(base_url + evidence.path(), headers=gateway.headers).status_code == 403


def link(app: FastAPI, base_url: str, evidence_id: str, rendition: Rendition, at: datetime) -> str:
    links: LinkSigner = app.state.services.links
    url = links.url(evidence_id, rendition, at)
    public = app.state.services.settings.public_url
    assert url.startswith(public)
    return base_url + url.removeprefix(public)


def test_a_signed_link_shows_one_rendition_of_one_picture(
    evidence: Kept, app: FastAPI, base_url: str, rendered_road_jpeg: bytes
) -> None:
    url = link(app, base_url, evidence.id, Rendition.PLAIN, now() + timedelta(hours=1))
    assert httpx.get(url).content == rendered_road_jpeg
    for other in (
        url.replace("plain", "annotated"),
        url.replace(evidence.id, new_id()),
        url.replace("expires=", "expires=9"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.partition("&signature")[0] + "&signature=",
    ):
        answer = httpx.get(other)
        assert answer.status_code == 403, other
        assert answer.json()["type"] == "urn:xunjian:problem:link-invalid"


def test_a_link_without_its_signature_needs_an_account(
    evidence: Kept, app: FastAPI, base_url: str
) -> None:
    url = link(app, base_url, evidence.id, Rendition.PLAIN, now() + timedelta(hours=1))
    assert httpx.get(url.partition("&signature")[0]).status_code == 401


def test_an_expired_link_shows_nothing(evidence: Kept, app: FastAPI, base_url: str) -> None:
    url = link(app, base_url, evidence.id, Rendition.PLAIN, now() - timedelta(seconds=2))
    answer = httpx.get(url)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:xunjian:problem:link-expired"


def test_no_link_lives_longer_than_thirty_days(tmp_path: Path) -> None:
    links = LinkSigner(load_secret_key(tmp_path), "http://x")
    url = httpx.URL(links.url("e", Rendition.PLAIN, now() + timedelta(days=400)))
    left = int(url.params["expires"]) - now().timestamp()
    assert left <= timedelta(days=30).total_seconds()


def test_a_lost_picture_is_told(evidence: Kept, app: FastAPI, sign_in: SignIn) -> None:
    folder = Path(app.state.services.settings.resolved_object_store)
    for path in folder.glob("sha256/*/*"):
        path.write_bytes(b"changed")
    answer = sign_in(Role.OPERATOR).get(evidence.path())
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:xunjian:problem:picture-lost"


def test_the_secret_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_secret_key, [folder] * 8))
    assert len(keys) == 1
    assert load_secret_key(folder) in keys
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    (folder / "secret.key").write_text("no key")
    with pytest.raises(SecretKeyInvalid):
        load_secret_key(folder)
