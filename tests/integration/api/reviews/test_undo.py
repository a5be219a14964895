"""Undoing a review before anything of it has left the house."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, inspect, select

from api.audit.models import AuditRecord
from api.database import Database
from api.dispatch import policy
from api.findings.models import Finding, FindingDetection, Look
from api.reviews.models import Review, ReviewUndo
from api.settings import Settings
from tests.conftest import SignIn
from tests.integration.api.reviews.road import Findings

UNDO_S = 10.0


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path / "var",
        database_url=database_url,
        undo_s=UNDO_S,
        second_review_share=0,
        delivery_threads=0,
    )


def _rows(database: Database) -> dict[tuple[str, str, str], object]:
    """Return everything that a review may change, value by value."""
    with database.read() as session:
        return {
            (table.__tablename__, str(inspect(row).identity), column.key): getattr(row, column.key)
            for table in (Finding, Look, FindingDetection)
            for row in session.scalars(select(table))
            for column in table.__table__.columns
            if column.key != "updated_at"
        }


def _say(client: httpx.Client, finding_id: str, **word: object) -> dict[str, object]:
    answer = client.post(f"/v1/findings/{finding_id}/review", json=word)
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


def _undo(client: httpx.Client, said: dict[str, object]) -> httpx.Response:
    review = said["review"]
    assert isinstance(review, dict)
    return client.post(f"/v1/reviews/{review['id']}/undo")


@pytest.mark.parametrize(
    "word",
    [
        {"verdict": "confirm"},
        {"verdict": "reject", "reason": "not_a_problem"},
        {"verdict": "reject", "reason": "bad_picture"},
        {"verdict": "defer"},
        {"verdict": "duplicate"},
    ],
    ids=lambda word: word.get("reason", word["verdict"]),
)
def test_everything_is_as_it_was(
    database: Database, findings: Findings, sign_in: SignIn, word: dict[str, str]
) -> None:
    one, other = findings(20.0, 40.0)
    before = _rows(database)
    operator = sign_in("operator")
    said = _say(
        operator, one, **word, **({"duplicate_of": other} if word["verdict"] == "duplicate" else {})
    )
    assert _rows(database) != before
    assert said["undo_until"] is not None
    answer = _undo(operator, said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["finding"]["state"] == "pending_review"
    after = _rows(database)
    assert [(key, was, after[key]) for key, was in before.items() if after[key] != was] == []
    assert _undo(operator, said).status_code == 200  # once more changes nothing
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Review)) == 1
        assert session.scalar(select(func.count()).select_from(ReviewUndo)) == 1
        actions = session.scalars(
            select(AuditRecord.action)
            .where(AuditRecord.object_id == one)
            .order_by(AuditRecord.id.desc())
            .limit(1)
        ).one()
        assert actions == "finding.back_to_pending_review"
    shown = operator.get(f"/v1/findings/{one}").json()
    assert shown["reviews"][0]["undone_at"] is not None
    again = _say(operator, one, verdict="confirm")
    assert again["case"] is not None


def test_it_comes_back_to_who_had_it_and_to_nobody_else(
    findings: Findings, sign_in: SignIn
) -> None:
    (one,) = findings(40.0)
    operator, colleague = sign_in("operator"), sign_in("operator")
    _undo(operator, _say(operator, one, verdict="confirm")).raise_for_status()
    assert _queue(colleague) == []
    assert _queue(operator) == [one]
    answer = colleague.post(f"/v1/findings/{one}/review", json={"verdict": "defer"})
    assert answer.json()["type"] == "urn:xunjian:problem:finding-held"


def test_nobody_undoes_anothers_review(findings: Findings, sign_in: SignIn) -> None:
    (one,) = findings(40.0)
    said = _say(sign_in("operator"), one, verdict="confirm")
    assert _undo(sign_in("supervisor"), said).status_code == 404


def test_a_review_that_was_followed_by_another_stands(findings: Findings, sign_in: SignIn) -> None:
    (one,) = findings(40.0)
    operator, supervisor = sign_in("operator"), sign_in("supervisor")
    said = _say(operator, one, verdict="reject", reason="other")
    reopened = _say(supervisor, one, verdict="reopen")
    assert reopened["undo_until"] is None
    answer = _undo(operator, said)
    assert answer.json()["type"] == "urn:xunjian:problem:reviewed-again"


def test_what_was_undone_says_nothing_of_precision(
    database: Database, findings: Findings, sign_in: SignIn
) -> None:
    one, other = findings(20.0, 40.0)
    operator = sign_in("operator")
    _say(operator, one, verdict="reject", reason="not_a_problem")
    _undo(operator, _say(operator, other, verdict="confirm")).raise_for_status()
    with database.read() as session:
        measured = policy.measure_newest_model(
            session, inspection="road_damage", class_name="pothole"
        )
    assert (measured.confirmed, measured.rejected) == (0, 1)


def _queue(client: httpx.Client) -> list[str]:
    answer = client.post("/v1/review-queue", json={"state": "pending_review"})
    return [item["id"] for item in answer.raise_for_status().json()["items"]]
