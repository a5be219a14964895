"""A checkpoint over HTTP: a frame comes in, a department hears of it, a person reads the plate."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database, now
from api.dispatch.models import ClassPolicy, Delivery, OutboxMessage
from api.dispatch.sealing import Seal
from api.findings.models import Finding
from api.frames.models import Frame
from api.reviews.models import Review, Verdict
from api.sandbox.app import SandboxOptions, create_sandbox
from tests.conftest import GatewayToken, MakeUser, SignIn, serving, sqlite_only
from tests.integration.api.dispatch.town import Department, until
from tests.integration.api.passages.gate import SECRET, START, Gate, Vehicle, passing

LISTED = "京A12345"
WHEN = {"type": "register", "register": "名单"}


@pytest.fixture
def picture() -> bytes:
    """Give a picture of noise, so that nothing in it survives being made squares."""
    noise = np.random.default_rng(5).integers(0, 256, (720, 1280, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


class Post:
    """Posts what a camera sees, as its gateway does."""

    def __init__(self, client: httpx.Client, gate: Gate, token: GatewayToken, data: bytes) -> None:
        self.client, self.gate, self.token, self.data = client, gate, token, data
        self.seal: Seal | None = None
        self.kind = "image/png"

    def __call__(self, key: str, *vehicles: Vehicle, **headers: str) -> dict[str, Any]:
        self.gate.inspection.sees = list(vehicles)
        answer = self.client.post(
            "/v1/frames",
            content=self.data + key.encode(),  # no frame has another's very same picture
            headers={
                **self.token.headers,
                "Content-Type": self.kind,
                "Idempotency-Key": key,
                "Xunjian-Camera": self.gate.camera().id,
                "Xunjian-Captured-At": START.isoformat(),
                **headers,
            },
        )
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        return reply


@pytest.fixture
def post(
    client: httpx.Client,
    app: FastAPI,
    database: Database,
    make_gateway_token: Callable[[], GatewayToken],
    picture: bytes,
) -> Post:
    """Give a running service with a checkpoint, a register and a rule that asks it."""
    services = app.state.services
    services.inspector.check()
    token = make_gateway_token()
    gate = Gate(database, services.plates)
    gate._gateway = token.gateway
    services.inspector.inspections["checkpoint_vehicle"] = gate.inspection
    gate.department()
    gate.register("名单", LISTED)
    gate.load(gate.rule(when=WHEN))
    posting = Post(client, gate, token, picture)
    posting.seal = services.seal
    return posting


def listed() -> Vehicle:
    """Return a vehicle that is in the register."""
    return passing(LISTED)[0][1][0]


def test_a_violation_from_frame_to_plate(post: Post, sign_in: SignIn, database: Database) -> None:
    reply = post("1", listed())
    assert [(one["class"], one["new"]) for one in reply["findings"]] == [("listed", True)]
    finding_id = reply["findings"][0]["id"]
    assert {one["finding_id"] for one in reply["detections"]} == {finding_id}
    assert post("1", listed()) == {**reply, "duplicate": True}

    operator = sign_in("operator")
    finding = operator.get(f"/v1/findings/{finding_id}").json()
    details = finding["details"]
    assert details["rule"] == {
        "code": "listed",
        "label_zh": "名单车辆",
        "label_en": "Listed",
        "version": 1,
    }
    assert (details["department"], details["register_entry"]["name"]) == ("交警", "名单")
    assert (details["similar"], details["has_plate"], details["vehicle"]) == (False, True, "car")
    assert len(details["passages"]) == 1
    assert LISTED not in operator.get(f"/v1/findings/{finding_id}").text
    assert operator.get(finding["picture"]["plain_url"]).status_code == 200

    path = f"/v1/findings/{finding_id}/plate"
    assert operator.post(path, json={}).status_code == 422
    read = operator.post(path, json={"purpose": "compare with the owner's papers"})
    assert read.status_code == 200
    assert read.headers["cache-control"] == "no-store"
    assert (read.json()["text"], read.json()["similar"]) == (LISTED, False)
    with database.read() as session:
        (entry,) = session.scalars(select(AuditRecord).where(AuditRecord.action == "plate.read"))
    assert (entry.object_id, entry.reason) == (finding_id, "compare with the owner's papers")
    assert entry.actor.startswith("user:")

    confirmed = operator.post(f"/v1/findings/{finding_id}/review", json={"verdict": "confirm"})
    assert confirmed.json()["case"]["destination"]["name"] == "交警"


@sqlite_only
def test_no_picture_of_the_innocent_is_stored(post: Post, database: Database, app: FastAPI) -> None:
    reply = post("1", passing("京B99999")[0][1][0])
    assert reply["findings"] == []
    with database.read() as session:
        (frame,) = session.scalars(select(Frame)).all()
    assert frame.object_key is None
    stored = app.state.services.settings.data_dir / "objects" / "sha256"
    assert not stored.exists()
    assert "京B99999" not in str(frame.reply)


@sqlite_only
def test_flags_come_with_a_frame(post: Post, database: Database) -> None:
    post.gate.load(post.gate.rule(when={"type": "flag", "name": "emission", "value": "exceeded"}))
    flags = {"Xunjian-Flags": "emission=exceeded, speed=31"}
    reply = post("1", passing("京B99999")[0][1][0], **flags)
    assert len(reply["findings"]) == 1
    frame = post.client.get(f"/v1/frames/{reply['frame_id']}", headers=post.token.headers).json()
    assert frame["flags"] == {"emission": "exceeded", "speed": "31"}
    refused = post.client.post(
        "/v1/frames",
        content=post.data,
        headers={
            **post.token.headers,
            "Idempotency-Key": "2",
            "Xunjian-Camera": post.gate.camera().id,
            "Xunjian-Captured-At": START.isoformat(),
            "Xunjian-Flags": "emission",
        },
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["location"] == "flags"


@sqlite_only
def test_bystanders_are_hidden_for_everybody(post: Post, sign_in: SignIn, picture: bytes) -> None:
    other = Vehicle(kind="car", box=(850.0, 200.0, 1250.0, 500.0), plate="京B99999")
    person = Vehicle(kind="person", box=(100.0, 100.0, 160.0, 300.0))
    reply = post("1", listed(), other, person)
    finding = sign_in("admin").get(f"/v1/findings/{reply['findings'][0]['id']}").json()
    client = sign_in("operator")
    before = np.asarray(Image.open(io.BytesIO(picture)), np.int16)
    for url in (finding["picture"]["plain_url"], finding["picture"]["annotated_url"]):
        shown = Image.open(io.BytesIO(client.get(url).content))
        assert shown.size == (1280, 720)
        change = np.abs(np.asarray(shown.convert("RGB"), np.int16) - before).mean(axis=2)
        own, foreign, head, feet = (
            change[440:460, 370:430].mean(),
            change[440:460, 1020:1080].mean(),
            change[105:135, 105:155].mean(),
            change[250:290, 105:155].mean(),
        )
        assert min(foreign, head) > 50
        assert max(own, feet) < 50
    (kept,) = finding["evidence"]
    assert kept["redacted"] is True
    original = sign_in("supervisor").post(
        f"/v1/evidence/{kept['id']}/original", json={"purpose": "appeal 2026-118: who was behind"}
    )
    assert original.content == post.data + b"1"
    assert original.headers["content-type"] == "image/png"
    assert original.headers["cache-control"] == "no-store"


def test_a_policy_never_decides_on_a_similar_plate(
    post: Post, database: Database, make_user: MakeUser
) -> None:
    _allow(post, database, make_user)
    similar = passing("京A12346", scores=[0.7])[0][1][0]
    reply = post("similar", similar)
    assert [one["state"] for one in reply["findings"]] == ["pending_review"]
    at = {"Xunjian-Captured-At": "2026-11-17T02:00:00Z"}
    assert [one["state"] for one in post("exact", listed(), **at)["findings"]] == ["cased"]


@pytest.fixture
def department() -> Iterator[Department]:
    """Give a department that really listens."""
    with serving(create_sandbox(SandboxOptions(secret=SECRET))) as url:
        yield Department(url)


def test_a_department_hears_of_an_exact_plate_at_once(
    post: Post,
    database: Database,
    make_user: MakeUser,
    department: Department,
    monkeypatch: pytest.MonkeyPatch,
    rendered_road_jpeg: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sender is woken: were it to look every minute only, the test would wait for it."""
    until(lambda: post.client.get("/readyz").status_code == 200)
    monkeypatch.setattr("api.dispatch.sender._POLL_S", 60.0)
    post.data, post.kind = rendered_road_jpeg, "image/jpeg"
    post.gate.department("环保", f"{department.url}/webhook", sealed_with=post.seal)
    _allow(post, database, make_user)
    post.gate.load(post.gate.rule(when=WHEN, department="环保"))
    took = []
    for n in range(5):
        key = f"alert-{n}"
        at = {"Xunjian-Captured-At": (START + timedelta(days=n - 30)).isoformat()}
        (told,) = post(key, listed(), **at)["findings"]
        assert told["state"] == "cased"
        until(partial(_told, database, n + 1))
        with database.read() as session:
            frame = session.scalars(select(Frame).where(Frame.idempotency_key == key)).one()
            newest = select(OutboxMessage).order_by(OutboxMessage.id.desc())
            message = session.scalars(newest).first()
        assert message is not None
        assert message.delivered_at is not None
        with database.read() as session:
            (attempt,) = session.scalars(select(Delivery).where(Delivery.message_id == message.id))
        times = (frame.received_at, message.created_at, attempt.started_at, message.delivered_at)
        took.append([round((time - times[0]).total_seconds(), 3) for time in times[1:]])
    assert len(department.received()) == 5
    with capsys.disabled():
        print("\nseconds from frame to message, attempt, answer:", *took)  # noqa: T201


def _told(database: Database, messages: int) -> bool:
    """Say whether so many messages have been delivered."""
    with database.read() as session:
        query = select(OutboxMessage.id).where(OutboxMessage.delivered_at.is_not(None))
        return len(session.scalars(query).all()) == messages


def _allow(post: Post, database: Database, make_user: MakeUser) -> None:
    """Write a policy for the rule, with the reviews that allow it."""
    reviewer = make_user("operator")
    post.gate.load(post.gate.rule(when={"type": "flag", "name": "was_checked"}, window="passage"))
    post.gate.see(
        [frame for n in range(50) for frame in passing(None, frames=1, at=-3600.0 + 10 * n)],
        flags={"was_checked": "yes"},
    )
    with database.write() as session:
        for finding in session.scalars(select(Finding)):
            finding.reviewed_at = now()
            session.add(Review(finding_id=finding.id, user_id=reviewer.id, verdict=Verdict.CONFIRM))
        session.add(
            ClassPolicy(
                inspection="checkpoint_vehicle",
                class_name="listed",
                min_confidence=0.5,
                min_looks=1,
                required_precision=0.9,
                reason="fifty of fifty were confirmed",
                written_by="user:somebody",
            )
        )
    post.gate.load(post.gate.rule(when=WHEN))
