"""A repaired place closes its case by itself, and a lie reopens it: simulated drives."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from api.cameras.models import Camera
from api.cases import service as cases
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.database import Database
from api.evidence.models import Evidence
from api.findings.models import Finding, FindingDetection
from api.frames.models import Frame
from api.verification import rules, service
from api.verification.models import LookOutcome, Method, Verification, VerificationState
from api.verification.watching import watch
from tests.conftest import sqlite_only
from tests.integration.api.verification.street import DARK, START, Street


@pytest.fixture
def street(database: Database) -> Street:
    return Street(database)


def test_clean_looks_close_the_case_with_a_picture_before_and_after(street: Street) -> None:
    case_id = street.claimed()
    needed = street.verification(case_id).needed
    assert needed is not None
    assert needed >= 2
    for _ in range(needed - 1):
        street.drive(hole=False)
    assert street.state(case_id) is CaseState.VERIFYING

    last = street.drive(hole=False)

    assert street.state(case_id) is CaseState.CLOSED
    assert street.said(case_id) == [("pass", False)] * (needed - 1) + [("pass", True)]
    verification = street.verification(case_id)
    assert verification.state is VerificationState.PASSED
    assert verification.clean == needed
    assert verification.open_case_id is None
    assert verification.decided_by == "system"
    with street.database.read() as session:
        shown = {
            one.shows: session.get_one(Frame, one.frame_id).captured_at
            for one in session.scalars(select(Evidence))
            if one.shows
        }
    assert shown["before"] < verification.claimed_at
    assert last[0].captured_at <= shown["after"] <= last[-1].captured_at


def test_one_hit_reopens_the_case_with_the_new_picture(street: Street) -> None:
    case_id = street.claimed()
    street.drive(hole=False)
    last = street.drive(hole=True)
    assert street.state(case_id) is CaseState.REOPENED
    assert street.said(case_id) == [("pass", False), ("fail", True)]
    assert street.verification(case_id).state is VerificationState.FAILED
    with street.database.read() as session:
        taken = [
            session.get_one(Frame, one.frame_id).captured_at
            for one in session.scalars(select(Evidence))
        ]
    assert any(at >= last[0].captured_at for at in taken)

    street.claim(case_id)  # this time it is true
    for _ in range(street.verification(case_id).needed or 0):
        street.drive(hole=False)
    assert street.state(case_id) is CaseState.CLOSED


@sqlite_only
def test_a_department_that_lied_needs_more_looks(street: Street) -> None:
    case_id = street.claimed()
    before = street.verification(case_id)
    street.drive(hole=True)
    after = street.claim(case_id)
    assert (after.derivation or {})["false_share"] > (before.derivation or {})["false_share"]


@sqlite_only
def test_what_shows_nothing_does_not_count(street: Street) -> None:
    """Dark pictures, a drive that ends before the place, and looks too close to one another."""
    case_id = street.claimed()
    for _ in range(5):
        street.drive(hole=False, quality=DARK)
        street.drive(hole=False, only=slice(0, 5))
    watch(street.database, at=street.now)
    assert street.looks(case_id) == []
    for _ in range(8):
        street.drive(hole=False, minutes=5)
    looks = street.looks(case_id)
    assert len(looks) > 4
    assert [look.counted for look in looks] == [True] + [False] * (len(looks) - 1)
    assert street.state(case_id) is CaseState.VERIFYING


@sqlite_only
def test_drives_before_the_claim_say_nothing_of_it(street: Street) -> None:
    for _ in range(3):
        street.drive(hole=True)
    case_id = street.open_case()
    for _ in range(4):
        street.drive(hole=False)
    street.claim(case_id)
    watch(street.database, at=street.now)
    assert street.looks(case_id) == []
    said = street.verification(case_id).derivation or {}
    assert (said["seen"], said["missed"]) == (2, 4)  # the one that found it does not count


@sqlite_only
def test_a_clock_that_is_ahead_or_behind_does_not_decide_what_counts(street: Street) -> None:
    for _ in range(2):
        street.drive(hole=True)
    case_id = street.open_case()
    verification = street.claim(case_id, at=START + timedelta(days=3650))
    assert verification.claimed_at < START + timedelta(days=3000)


@sqlite_only
def test_something_faint_is_no_clean_look_and_no_hit_until_it_comes_again(street: Street) -> None:
    case_id = street.claimed()
    street.drive(hole=True, seen_in=1, score=0.3)
    (look,) = street.looks(case_id)
    assert look.outcome is LookOutcome.DOUBTFUL
    assert street.state(case_id) is CaseState.VERIFYING
    street.drive(hole=True, seen_in=1, score=0.3)
    street.drive(hole=True, seen_in=1, score=0.3)
    assert street.state(case_id) is CaseState.REOPENED


@sqlite_only
def test_frames_that_come_late_change_what_a_pass_says(street: Street) -> None:
    case_id = street.claimed()
    looks = street.look_along(hole=True)
    seeing = [look for look in looks if look.detections]
    street.post([replace(look, detections=()) for look in looks])
    (look,) = street.looks(case_id)
    assert look.outcome is LookOutcome.CLEAN
    street.post([replace(look, frame_index=100 + look.frame_index) for look in seeing])
    watch(street.database, at=looks[-1].captured_at + timedelta(hours=1))
    assert street.state(case_id) is CaseState.REOPENED
    assert street.said(case_id) == [("pass", False), ("fail", True)]


@sqlite_only
def test_watching_judges_a_pass_that_ended_at_the_place_and_says_it_once(street: Street) -> None:
    case_id = street.claimed()
    looks = street.drive(hole=False, only=slice(0, 12))
    assert street.looks(case_id) == []
    watch(street.database, at=looks[11].captured_at + timedelta(seconds=60))
    assert street.looks(case_id) == [], "it may still be going on"
    for _ in range(2):
        watch(street.database, at=looks[11].captured_at + timedelta(seconds=300))
    (look,) = street.looks(case_id)
    assert look.outcome is LookOutcome.CLEAN
    assert street.said(case_id) == [("pass", False)]


@sqlite_only
def test_where_nobody_passes_a_person_is_asked_and_may_be_forestalled(street: Street) -> None:
    case_id = street.claimed()
    verification = street.verification(case_id)
    watch(street.database, at=verification.due_at - timedelta(minutes=1))
    assert street.verification(case_id).state is VerificationState.WAITING
    watch(street.database, at=verification.due_at)
    asked = street.verification(case_id)
    assert asked.state is VerificationState.NEEDS_PERSON
    assert f"0 of {asked.needed}" in (asked.reason or "")
    assert street.state(case_id) is CaseState.VERIFYING
    street.drive(hole=True)
    assert street.state(case_id) is CaseState.REOPENED


@sqlite_only
def test_an_administrator_sets_what_would_be_derived(street: Street) -> None:
    with street.database.write() as session:
        rules.put(
            session,
            inspection="road_damage",
            class_name="pothole",
            looks=1,
            gap_minutes=0,
            wait_hours=5,
            actor="user:x",
        )
    case_id = street.claimed()
    verification = street.verification(case_id)
    assert verification.method is Method.LOOKS
    assert verification.needed == 1
    assert verification.due_at - verification.claimed_at == timedelta(hours=5)
    street.drive(hole=False)
    assert street.state(case_id) is CaseState.CLOSED


@sqlite_only
def test_a_person_decides_at_any_time(street: Street) -> None:
    case_id = street.claimed()
    with street.database.write() as session:
        case = cases.locked(session, case_id)
        cases.enter(session, case=case, report=Report(CaseEvent.PASS, "user:me", comment="看过了"))
    verification = street.verification(case_id)
    assert verification.state is VerificationState.PASSED
    assert verification.decided_by == "user:me"
    street.drive(hole=True)
    assert street.looks(case_id) == []


@sqlite_only
def test_claims_from_before_there_were_verifications_are_verified_too(street: Street) -> None:
    case_id = street.claimed()
    with street.database.write() as session:
        session.execute(delete(Verification))
    watch(street.database, at=street.now)
    for _ in range(street.verification(case_id).needed or 0):
        street.drive(hole=False)
    assert street.state(case_id) is CaseState.CLOSED


@sqlite_only
def test_what_an_operator_calls_the_same_is_a_hit(street: Street) -> None:
    """The hole was taken for another one after the claim."""
    case_id = street.claimed()
    looks = street.drive(hole=True, only=slice(0, 0))
    street.post(looks[:12])
    with street.database.write() as session:
        (verification,) = session.scalars(select(Verification))
        other = Finding(
            inspection="road_damage",
            kind="place",
            class_name="pothole",
            class_group="pothole",
            camera_id=session.scalars(select(Camera.id)).one(),
            first_seen_at=START,
            last_seen_at=START,
        )
        session.add(other)
        session.flush()
        session.execute(
            update(FindingDetection)
            .where(FindingDetection.linked_at >= verification.created_at)
            .values(finding_id=other.id)
        )
    ended = looks[11].captured_at + timedelta(minutes=10)
    watch(street.database, at=ended)
    assert street.state(case_id) is CaseState.VERIFYING
    with street.database.write() as session:
        session.execute(
            update(FindingDetection)
            .where(FindingDetection.finding_id == other.id)
            .values(finding_id=verification.finding_id)
        )
        service.look_again(session, verification.finding_id)
    watch(street.database, at=ended)
    assert street.state(case_id) is CaseState.REOPENED


@sqlite_only
@pytest.mark.parametrize(("noise_m", "least", "most"), [(1.0, 8, 8), (3.0, 6, 8), (15.0, 0, 0)])
def test_a_pass_is_clean_only_where_the_gps_lets_it_be(
    street: Street, noise_m: float, least: int, most: int
) -> None:
    case_id = street.claimed()
    street.gps_noise_m = noise_m
    for _ in range(8):
        street.drive(hole=False, minutes=10)  # too soon to close the case
    clean = [look for look in street.looks(case_id) if look.outcome is LookOutcome.CLEAN]
    assert least <= len(clean) <= most
