"""Undoing a review before anything of it has left the house."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, inspect, select

from api.audit.models import AuditRecord
from api.database import Database
from api.findings.models import Finding, FindingDetection, Look
from api.reviews.models import Review, ReviewUndo
from api.settings import Settings
from benchmarks.gathering import Fleet, drives, pothole
from tests.conftest import SignIn

UNDO_S = 10.0
Findings = Callable[..., list[str]]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path / "var",
        database_url=database_url,
        undo_s=UNDO_S,
        second_review_share=0,
        delivery_threads=0,
    )


@pytest.fixture
def findings(database: Database) -> Findings:
    """Return a function that gathers potholes and returns the ids of their findings."""

    def gather(*along: float) -> list[str]:
        potholes = [pothole(f"p{n}", each) for n, each in enumerate(along)]
        looks = drives(potholes, noise_m=0.5, seed=4, passes=2, length_m=60.0, miss_rate=0.0)[1]
        with database.write() as session:
            fleet = Fleet(session)
            for look in looks:
                fleet.post(look)
            return [finding.id for finding in fleet.findings()]

    return gather


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
