"""Falls over HTTP: shown, played, reviewed, dispatched, verified; and who sees what."""

from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases import service as cases
from api.cases.service import Report
from api.cases.states import CaseEvent
from api.database import Database, now
from api.evidence.signing import LinkSigner, Medium, Rendition
from api.falls.media import BEFORE_S
from api.sandbox.app import SandboxOptions, create_sandbox
from api.settings import Settings
from tests.conftest import SignIn, serving, sqlite_only
from tests.integration.api.dispatch.town import API_KEY, SECRET, Department, Town
from tests.integration.api.falls.street import MODEL, NOON, SHA256, Street, Thing

pytestmark = sqlite_only
PURPOSE = {"purpose": "police request 2026-118: who threw it"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 0})


@pytest.fixture
def finding_id(street: Street) -> str:
    (finding,) = street.post(Thing()).findings
    return finding.id


def test_a_finding_shows_picture_video_and_floor(
    street: Street, finding_id: str, sign_in: SignIn
) -> None:
    operator = sign_in("operator")
    finding = operator.get(f"/v1/findings/{finding_id}").json()
    assert finding["class"] == finding["details"]["inspection"] == "falling_object"
    assert finding["details"]["origin"]["floor"] == {"low": 9, "likely": 10, "high": 10}
    assert finding["details"]["falls"][0]["same"] is False
    (evidence,) = finding["evidence"]
    assert evidence["frame_id"] is None
    assert evidence["captured_at"] == finding["first_seen_at"]
    assert evidence["redacted"] is True
    lead = timedelta(seconds=BEFORE_S)
    began = datetime.fromisoformat(finding["details"]["falls"][0]["started_at"])
    assert datetime.fromisoformat(evidence["clip"]["starts_at"]) == began - lead
    picture = finding["picture"]
    assert (picture["width"], picture["height"], picture["boxes"]) == (1280, 720, [])
    for url in (picture["plain_url"], picture["annotated_url"]):
        answer = operator.get(url)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content.startswith(b"strobe of")
    for url, kind in (("plain_url", b"clip of"), ("annotated_url", b"overlay of")):
        answer = operator.get(evidence["clip"][url])
        assert answer.headers["content-type"] == evidence["clip"]["content_type"] == "video/mp4"
        assert answer.content.startswith(kind)
    assert "original" not in str(finding)
    listed = operator.get("/v1/findings", params={"inspection": "falling_object"}).json()["items"]
    assert [one["picture"]["evidence_id"] for one in listed] == [evidence["id"]]


def test_a_player_gets_the_part_that_it_asks_for(finding_id: str, sign_in: SignIn) -> None:
    operator = sign_in("operator")
    url = operator.get(f"/v1/findings/{finding_id}").json()["evidence"][0]["clip"]["plain_url"]
    whole = operator.get(url)
    assert whole.headers["accept-ranges"] == "bytes"
    part = operator.get(url, headers={"Range": "bytes=5-6", "If-Range": whole.headers["etag"]})
    assert (part.status_code, part.content) == (206, b"of")
    assert part.headers["content-range"] == f"bytes 5-6/{len(whole.content)}"
    assert operator.get(url, headers={"Range": "bytes=9999-"}).status_code == 416
    again = operator.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_original_takes_a_role_a_person_and_a_purpose(
    street: Street, finding_id: str, sign_in: SignIn, database: Database
) -> None:
    supervisor = sign_in("supervisor")
    evidence = supervisor.get(f"/v1/findings/{finding_id}").json()["evidence"][0]
    path = f"/v1/evidence/{evidence['id']}/original"
    assert supervisor.post(path, json={}).status_code == 422
    assert supervisor.post(path, json={"purpose": "?"}).status_code == 422
    for role in ("operator", "ml_engineer", "admin"):
        assert sign_in(role).post(path, json=PURPOSE).status_code == 403
    elsewhere = sign_in("supervisor", camera_ids=[street.add_camera().id])
    assert elsewhere.post(path, json=PURPOSE).status_code == 404
    with database.read() as session:
        assert not session.scalars(select(AuditRecord).where(AuditRecord.reason.is_not(None))).all()
    answer = supervisor.post(path, json=PURPOSE)
    assert answer.content.startswith(b"original of")
    assert answer.headers["cache-control"] == "no-store"
    with database.read() as session:
        record = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "evidence.original")
        ).one()
    assert (record.object_id, record.reason) == (evidence["id"], PURPOSE["purpose"])
    assert record.actor.startswith("user:")


def test_a_signed_link_is_of_the_picture_or_of_the_video(
    finding_id: str, app: FastAPI, base_url: str, sign_in: SignIn
) -> None:
    evidence = sign_in("operator").get(f"/v1/findings/{finding_id}").json()["evidence"][0]
    links: LinkSigner = app.state.services.links
    until = now() + timedelta(hours=1)
    public = app.state.services.settings.public_url
    url = links.url(evidence["id"], Rendition.ANNOTATED, until, Medium.CLIP)
    link = base_url + url.removeprefix(public)
    assert httpx.get(link).content.startswith(b"overlay of")
    assert httpx.get(link.replace("/clip?", "/picture?")).status_code == 403
    picture = base_url + links.url(evidence["id"], Rendition.PLAIN, until).removeprefix(public)
    assert httpx.get(picture).content.startswith(b"strobe of")
    assert httpx.get(picture.replace("/picture?", "/clip?")).status_code == 403


def test_who_may_not_see_the_camera_sees_neither_picture_nor_video(
    street: Street, finding_id: str, sign_in: SignIn
) -> None:
    evidence = sign_in("operator").get(f"/v1/findings/{finding_id}").json()["evidence"][0]
    elsewhere = sign_in("operator", camera_ids=[street.add_camera().id])
    for url in (evidence["plain_url"], evidence["clip"]["plain_url"]):
        assert elsewhere.get(url).status_code == 404
    assert elsewhere.get("/v1/evidence/none/clip").status_code == 404


def test_a_confirmed_fall_reaches_its_office_with_floor_and_video(
    street: Street, finding_id: str, sign_in: SignIn, database: Database
) -> None:
    town, operator = Town(database), sign_in("operator")
    with serving(create_sandbox(SandboxOptions(secret=SECRET, api_key=API_KEY))) as url:
        town.destination(url, classes=("falling_object",))
        confirm(operator, finding_id)
        assert town.send_all() == 1
        (work,) = Department(url).received()
    told = work["content"]["data"]
    assert told["finding"]["class"] == "falling_object"
    assert told["finding"]["details"]["origin"]["floor"] == {"low": 9, "likely": 10, "high": 10}
    assert told["finding"]["first_seen_at"].startswith("2026-11-22T04:00:0")
    assert told["location"]["latitude"] == 30.259
    assert told["proof"] == {"clip_sha256": SHA256, "model_digest": MODEL.digest}
    assert [media["content_type"] for media in told["media"]] == ["image/jpeg", "video/mp4"]
    picture, clip = (media["url"] for media in told["media"])
    assert "/picture?" in picture
    assert "/clip?" in clip
    assert "clip_ids" not in told


def test_a_case_is_closed_by_the_offices_reply_and_an_operator(
    street: Street, finding_id: str, sign_in: SignIn, database: Database
) -> None:
    operator = sign_in("operator")
    destination = Town(database).destination("http://127.0.0.1:9", classes=("falling_object",))
    path = f"/v1/cases/{confirm(operator, finding_id)}"
    with database.write() as session:
        case = cases.locked(session, path.rpartition("/")[2])
        cases.change(session, case=case, report=Report(CaseEvent.DELIVERED, "system"))
        reply = Report(CaseEvent.CLAIM_DONE, f"destination:{destination.id}", comment="已上门")
        assert cases.take(session, case=case, report=reply)
        again = Report(CaseEvent.CLAIM_DONE, f"destination:{destination.id}")
        assert not cases.take(session, case=case, report=again)
    waiting = operator.get(path).json()
    assert waiting["state"] == "verifying"
    assert set(waiting["events"]) == {"pass", "fail", "cancel"}
    street.post(Thing(at=NOON + timedelta(minutes=5)))  # another fall says nothing of this one
    assert operator.get(path).json()["state"] == "verifying"
    closed = operator.post(f"{path}/events", json={"event": "pass", "comment": "已回访"})
    assert closed.json()["state"] == "closed"


def confirm(operator: httpx.Client, finding_id: str) -> str:
    """Confirm a finding; return the id of its case."""
    answer = operator.post(f"/v1/findings/{finding_id}/review", json={"verdict": "confirm"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["case"]["id"])
