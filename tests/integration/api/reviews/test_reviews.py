"""A person's word on a finding, through HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from api.audit.models import AuditRecord
from api.cases.models import Case
from api.database import Database
from api.findings.models import Finding, FindingDetection, Look
from api.findings.states import FindingState
from api.reviews.models import Review
from tests.conftest import MakeCamera, SignIn
from tests.integration.api.reviews.road import Findings, drive_by_again


def _review(
    client: httpx.Client, finding_id: str, key: str | None = None, **word: str
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/v1/findings/{finding_id}/review", json=word, headers=headers)


def _state(database: Database, finding_id: str) -> FindingState:
    with database.read() as session:
        return session.get_one(Finding, finding_id).state


def _count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_confirmation_opens_the_case(
    database: Database, findings: Findings, sign_in: SignIn
) -> None:
    (one,) = findings(40.0)
    answer = _review(sign_in("operator"), one, verdict="confirm", comment="深坑")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["finding"]["state"] == "cased"
    assert body["case"]["finding"]["id"] == one
    assert body["finding"]["case_id"] == body["case"]["id"]
    assert body["review"]["comment"] == "深坑"
    with database.read() as session:
        said = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "finding.confirm")
        ).one()
        assert (said.object_id, said.actor) == (one, f"user:{body['review']['user_id']}")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ({"verdict": "reject", "reason": "not_a_problem"}, "rejected"),
        ({"verdict": "defer"}, "deferred"),
    ],
)
def test_other_verdicts(
    findings: Findings, sign_in: SignIn, word: dict[str, str], state: str
) -> None:
    (one,) = findings(40.0)
    body = _review(sign_in("operator"), one, **word).json()
    assert (body["finding"]["state"], body["case"]) == (state, None)


@pytest.mark.parametrize(
    "word",
    [
        {"verdict": "reject"},
        {"verdict": "confirm", "reason": "other"},
        {"verdict": "duplicate"},
        {"verdict": "defer", "duplicate_of": "x"},
        {"verdict": "perhaps"},
        {"verdict": "defer", "more": "x"},
    ],
)
def test_a_word_that_does_not_fit_changes_nothing(
    database: Database, findings: Findings, sign_in: SignIn, word: dict[str, str]
) -> None:
    (one,) = findings(40.0)
    assert _review(sign_in("operator"), one, **word).status_code == 422
    assert _state(database, one) is FindingState.PENDING_REVIEW
    assert _count(database, Review) == 0


def test_the_second_of_two_operators_gets_409(
    database: Database, findings: Findings, sign_in: SignIn
) -> None:
    (one,) = findings(40.0)
    words = [{"verdict": "confirm"}, {"verdict": "reject", "reason": "other"}]
    clients = [sign_in("operator") for _ in words]
    together = threading.Barrier(2)

    def say(client: httpx.Client, word: dict[str, str]) -> int:
        together.wait()
        return _review(client, one, **word).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(say, clients, words))
    assert statuses == [200, 409]
    assert _count(database, Review) == 1
    assert _count(database, Case) == (1 if _state(database, one) is FindingState.CASED else 0)


def test_the_same_key_counts_once(database: Database, findings: Findings, sign_in: SignIn) -> None:
    (one,) = findings(40.0)
    operator = sign_in("operator")
    first = _review(operator, one, key="k1", verdict="confirm")
    again = _review(operator, one, key="k1", verdict="confirm")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["review"] == again.json()["review"]
    assert first.json()["case"]["id"] == again.json()["case"]["id"]
    assert _count(database, Case) == _count(database, Review) == 1
    other = _review(operator, one, key="k1", verdict="defer")
    assert (other.status_code, other.json()["type"]) == (
        409,
        "urn:xunjian:problem:idempotency-key-reused",
    )


def test_only_a_supervisor_reopens(database: Database, findings: Findings, sign_in: SignIn) -> None:
    (one,) = findings(40.0)
    operator, supervisor = sign_in("operator"), sign_in("supervisor")
    _review(operator, one, verdict="reject", reason="bad_picture").raise_for_status()
    assert _review(operator, one, verdict="reopen").status_code == 403
    assert _state(database, one) is FindingState.REJECTED
    assert _review(supervisor, one, verdict="reopen").status_code == 200
    assert _state(database, one) is FindingState.PENDING_REVIEW
    with database.read() as session:
        assert session.get_one(Finding, one).open_key is not None
        assert session.scalars(select(Look.cell)).one() is not None
    assert _review(operator, one, verdict="confirm").status_code == 200


@pytest.mark.parametrize(
    ("reason", "findings_then"), [("not_a_problem", 1), ("already_repaired", 2)]
)
def test_whether_a_rejected_place_is_asked_again_depends_on_the_reason(
    database: Database, findings: Findings, sign_in: SignIn, reason: str, findings_then: int
) -> None:
    (one,) = findings(40.0)
    _review(sign_in("operator"), one, verdict="reject", reason=reason).raise_for_status()
    with database.write() as session:
        drive_by_again(session, 40.0)
        assert len(session.scalars(select(Finding)).all()) == findings_then


def test_a_duplicate_hands_its_looks_over(
    database: Database, findings: Findings, sign_in: SignIn
) -> None:
    first, second = findings(30.0, 42.0)
    answer = _review(sign_in("operator"), second, verdict="duplicate", duplicate_of=first)
    assert answer.status_code == 200, answer.text
    assert answer.json()["finding"]["duplicate_of"] == first
    with database.read() as session:
        for table in (Look, FindingDetection):
            assert set(session.scalars(select(table.finding_id))) == {first}
        assert session.get_one(Finding, second).open_key is None


def test_what_cannot_be_a_duplicate(
    database: Database, findings: Findings, sign_in: SignIn
) -> None:
    first, second, third = findings(25.0, 36.0, 47.0)
    operator = sign_in("operator")

    def duplicate(one: str, of: str) -> tuple[int, str]:
        answer = _review(operator, one, verdict="duplicate", duplicate_of=of)
        return answer.status_code, answer.json()["type"].removeprefix("urn:xunjian:problem:")

    assert duplicate(first, first) == (422, "duplicate-of-itself")
    assert duplicate(first, "nothing") == (404, "duplicate-of-not-found")
    _review(operator, second, verdict="reject", reason="other").raise_for_status()
    assert duplicate(first, second) == (409, "duplicate-of-not-open")
    _review(operator, first, verdict="duplicate", duplicate_of=third).raise_for_status()
    # No cycle, and no chain: what is a duplicate can have none.
    assert duplicate(third, first) == (409, "duplicate-of-not-open")
    assert _state(database, third) is FindingState.PENDING_REVIEW


def test_who_may_not_see_the_camera_may_not_judge(
    database: Database, findings: Findings, sign_in: SignIn, make_camera: MakeCamera
) -> None:
    (one,) = findings(40.0)
    assert (
        _review(
            sign_in("operator", camera_ids=[make_camera().id]), one, verdict="confirm"
        ).status_code
        == 404
    )
    for role in ("ml_engineer", "admin"):
        assert _review(sign_in(role), one, verdict="confirm").status_code == 403
    assert _state(database, one) is FindingState.PENDING_REVIEW
