"""Dispatch without review: only where reviews show the precision for it."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from api.accounts.models import User
from api.cases.states import CaseState
from api.database import now
from api.dispatch import policy
from api.findings.models import Finding
from api.findings.states import FindingState
from api.reviews.models import RejectReason, Review, Verdict
from tests.conftest import MakeUser, SignIn, sqlite_only
from tests.integration.api.dispatch.town import Department, Town

_POLICY = {
    "inspection": "road_damage",
    "class": "pothole",
    "min_confidence": 0.8,
    "min_looks": 2,
    "required_precision": 0.9,
    "reason": "confirmed without exception for a month",
}


def _review(
    town: Town, reviewer: User, *, confirmed: int, rejected: int = 0, digest: str = "d" * 64
) -> None:
    with town.database.write() as session:
        for number in range(confirmed + rejected):
            good = number < confirmed
            state = FindingState.CASED if good else FindingState.REJECTED
            finding = town.add_finding(session, state=state, digest=digest)
            session.add(
                Review(
                    finding_id=finding.id,
                    user_id=reviewer.id,
                    verdict=Verdict.CONFIRM if good else Verdict.REJECT,
                    reason=None if good else RejectReason.NOT_A_PROBLEM,
                )
            )


def _consider(town: Town, **finding: object) -> FindingState:
    finding_id = town.finding(state=FindingState.PENDING_REVIEW, **finding)  # type: ignore[arg-type]
    with town.database.write() as session:
        row = session.get_one(Finding, finding_id)
        case = policy.consider(session, finding=row)
        assert (case is None) == (row.state == FindingState.PENDING_REVIEW)
    with town.database.read() as session:
        return session.get_one(Finding, finding_id).state


@pytest.fixture
def reviewer(make_user: MakeUser) -> User:
    return make_user("operator")


@pytest.fixture
def supervisor(sign_in: SignIn) -> httpx.Client:
    return sign_in("supervisor")


@sqlite_only
def test_without_a_policy_everything_waits_for_a_person(town: Town, reviewer: User) -> None:
    _review(town, reviewer, confirmed=60)
    assert _consider(town, confidence=1.0, looks=50) == FindingState.PENDING_REVIEW


def test_a_policy_whose_figures_hold_sends_and_says_why(
    town: Town, department: Department, reviewer: User, supervisor: httpx.Client
) -> None:
    town.destination(department.url)
    _review(town, reviewer, confirmed=60)
    written = supervisor.post("/v1/policies", json=_POLICY)
    assert written.status_code == 201
    assert (written.json()["class"], written.json()["in_force"]) == ("pothole", True)

    assert _consider(town) == FindingState.CASED
    assert _consider(town, confidence=0.7) == FindingState.PENDING_REVIEW
    assert _consider(town, looks=1) == FindingState.PENDING_REVIEW
    assert _consider(town, class_name="crack") == FindingState.PENDING_REVIEW
    town.send_all()

    (work,) = department.received()
    case = town.get(work["case_id"])
    assert case.state == CaseState.DISPATCHED
    assert case.opened_by == f"policy:{written.json()['id']}"


@sqlite_only
@pytest.mark.parametrize(("confirmed", "rejected"), [(49, 0), (60, 5), (0, 0)])
def test_a_policy_that_the_reviews_do_not_bear_is_refused_with_the_figures(
    town: Town, reviewer: User, supervisor: httpx.Client, confirmed: int, rejected: int
) -> None:
    _review(town, reviewer, confirmed=confirmed, rejected=rejected)

    answer = supervisor.post("/v1/policies", json=_POLICY)

    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "urn:xunjian:problem:precision-not-met"
    assert (problem["confirmed"], problem["rejected"]) == (confirmed, rejected)
    assert supervisor.get("/v1/policies").json()["items"] == []


def test_a_policy_ends_by_itself_when_its_figures_do(
    town: Town, reviewer: User, supervisor: httpx.Client
) -> None:
    _review(town, reviewer, confirmed=60)
    supervisor.post("/v1/policies", json=_POLICY).raise_for_status()
    assert _consider(town) == FindingState.CASED

    _review(town, reviewer, confirmed=0, rejected=10)
    assert _consider(town) == FindingState.PENDING_REVIEW
    (shown,) = supervisor.get("/v1/policies").json()["items"]
    assert (shown["confirmed"], shown["rejected"], shown["in_force"]) == (60, 10, False)


def test_another_models_reviews_and_old_ones_prove_nothing(
    town: Town, reviewer: User, supervisor: httpx.Client
) -> None:
    _review(town, reviewer, confirmed=60)
    supervisor.post("/v1/policies", json=_POLICY).raise_for_status()
    assert _consider(town, digest="e" * 64) == FindingState.PENDING_REVIEW

    with town.database.write() as session:
        session.execute(update(Review).values(created_at=now() - timedelta(days=91)))
    assert _consider(town) == FindingState.PENDING_REVIEW


@sqlite_only
def test_a_revoked_policy_allows_nothing(
    town: Town, reviewer: User, supervisor: httpx.Client
) -> None:
    _review(town, reviewer, confirmed=60)
    written = supervisor.post("/v1/policies", json=_POLICY).json()
    assert supervisor.post("/v1/policies", json=_POLICY).status_code == 409

    assert supervisor.delete(f"/v1/policies/{written['id']}").status_code == 204
    assert _consider(town) == FindingState.PENDING_REVIEW
