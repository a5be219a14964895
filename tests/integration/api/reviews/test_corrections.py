"""What reviewers put right, and findings confirmed together."""

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database
from api.dispatch import policy
from api.evidence.models import Evidence
from api.findings.models import Finding
from api.frames.models import Detection
from api.reviews.models import Review, ReviewBox
from tests.conftest import SignIn
from tests.integration.api.dispatch.town import Town
from tests.integration.api.reviews.road import Findings, drive_by_again

BOX = {"x1": 0.1, "y1": 0.2, "x2": 0.3, "y2": 0.4}


def _review(client: httpx.Client, finding_id: str, **word: object) -> httpx.Response:
    return client.post(f"/v1/findings/{finding_id}/review", json=word)


@pytest.fixture
def picture(database: Database, findings: Findings) -> tuple[str, str]:
    """Give a finding and a picture of it."""
    (one,) = findings(40.0)
    with database.read() as session:
        kept = session.scalars(select(Evidence).where(Evidence.finding_id == one)).first()
        assert kept is not None
        return one, kept.id


def test_the_right_class_is_sent_and_counts_against_the_wrong_one(
    database: Database, findings: Findings, sign_in: SignIn
) -> None:
    (one,) = findings(40.0)
    body = _review(sign_in("operator"), one, verdict="confirm", **{"class": "crack"}).json()
    assert (body["review"]["class"], body["finding"]["class"]) == ("crack", "crack")
    assert body["case"]["finding"]["class"] == "crack"
    with database.write() as session:
        finding = session.get_one(Finding, one)
        assert (finding.class_name, finding.class_group) == ("crack", "pothole")
        for name, counts in (("pothole", (0, 1)), ("crack", (0, 0))):
            measured = policy.measure(
                session,
                inspection="road_damage",
                class_name=name,
                model_digest=session.scalars(select(Detection.model_digest)).first(),
            )
            assert (measured.confirmed, measured.rejected) == counts
        record = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "finding.correct_class")
        ).one()
        assert (record.before, record.after) == ({"class": "pothole"}, {"class": "crack"})
        finding.best_detection_id = None
        drive_by_again(session, 40.0)  # and a better look shows it
        assert finding.best_detection_id is not None
        assert finding.class_name == "crack"


def test_naming_the_class_that_it_has_corrects_nothing(
    database: Database, findings: Findings, sign_in: SignIn
) -> None:
    (one,) = findings(40.0)
    _review(sign_in("operator"), one, verdict="confirm", **{"class": "pothole"}).raise_for_status()
    with database.read() as session:
        assert session.get_one(Finding, one).corrected_class is None
        assert session.scalars(select(Review.class_was)).one() is None


def test_drawn_boxes_are_kept_beside_the_detections(
    database: Database, picture: tuple[str, str], sign_in: SignIn
) -> None:
    finding_id, evidence_id = picture
    operator = sign_in("operator")
    with database.read() as session:
        before = {row.id: row.x1 for row in session.scalars(select(Detection))}
    drawn = {**BOX, "evidence_id": evidence_id, "class": "crack"}
    body = _review(operator, finding_id, verdict="confirm", boxes=[drawn]).json()
    assert body["review"]["boxes"] == [drawn]
    shown = operator.get(f"/v1/findings/{finding_id}").json()
    assert shown["reviews"][0]["boxes"] == [drawn]
    with database.read() as session:
        assert {row.id: row.x1 for row in session.scalars(select(Detection))} == before


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ({"class": "elephant"}, "class-unknown"),
        ({"boxes": [{**BOX, "class": "elephant"}]}, "class-unknown"),
        ({"boxes": [{**BOX, "class": "crack", "evidence_id": "another"}]}, "picture-not-found"),
        ({"boxes": [{**BOX, "class": "crack", "x2": 0.05}]}, "invalid-request"),
        ({"boxes": [{**BOX, "class": "crack", "x2": 1.05}]}, "invalid-request"),
        ({"verdict": "defer", "class": "crack"}, "invalid-request"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    database: Database,
    picture: tuple[str, str],
    sign_in: SignIn,
    word: dict[str, object],
    code: str,
) -> None:
    finding_id, evidence_id = picture
    boxes = word.get("boxes", [])
    assert isinstance(boxes, list)
    word = {"verdict": "confirm"} | word
    if boxes:
        word["boxes"] = [{"evidence_id": evidence_id} | box for box in boxes]
    answer = _review(sign_in("operator"), finding_id, **word)
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:xunjian:problem:{code}")
    with database.read() as session:
        assert session.get_one(Finding, finding_id).state == "pending_review"
        assert session.scalars(select(Review)).all() == []
        assert session.scalars(select(ReviewBox)).all() == []


def _confirm_all(client: httpx.Client, ids: list[str], key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"finding_ids": ids, "verdict": "confirm"}
    return client.post("/v1/findings/reviews", json=body, headers=headers)


def test_findings_of_one_camera_and_class_are_confirmed_together(
    database: Database, sign_in: SignIn
) -> None:
    town = Town(database)
    ids = [town.finding(state="pending_review") for _ in range(3)]  # type: ignore[arg-type]
    operator = sign_in("operator")
    first = _confirm_all(operator, ids, key="k")
    assert [item["finding"]["id"] for item in first.json()["items"]] == ids
    assert {item["finding"]["state"] for item in first.json()["items"]} == {"cased"}
    assert len({item["case"]["number"] for item in first.json()["items"]}) == 3
    again = _confirm_all(operator, ids, key="k")
    assert [item["review"]["id"] for item in again.json()["items"]] == [
        item["review"]["id"] for item in first.json()["items"]
    ]


@pytest.mark.parametrize("wrong", ["class", "camera", "decided", "held", "unknown"])
def test_all_of_them_or_none(database: Database, sign_in: SignIn, wrong: str) -> None:
    town = Town(database)
    other_town = Town(database) if wrong == "camera" else town
    operator = sign_in("operator")
    one = town.finding(state="pending_review")  # type: ignore[arg-type]
    if wrong == "held":
        sign_in("operator").post("/v1/review-queue", json={"state": "pending_review", "count": 1})
    other = other_town.finding(
        class_name="crack" if wrong == "class" else "pothole",
        state="rejected" if wrong == "decided" else "pending_review",  # type: ignore[arg-type]
    )
    answer = _confirm_all(operator, [other, "nobody" if wrong == "unknown" else one])
    expected = {"class": 422, "camera": 422, "decided": 409, "held": 409, "unknown": 404}
    assert answer.status_code == expected[wrong], answer.text
    with database.read() as session:
        assert session.scalars(select(Review)).all() == []
        assert session.get_one(Finding, one).state == "pending_review"
