"""From what falls in clips to findings: one for each fall."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from api.database import Database
from api.evidence.errors import ObjectMissing
from api.evidence.models import Evidence, EvidenceClip
from api.falls import views
from api.falls.models import Fall
from api.findings.models import Finding
from api.findings.states import FindingState
from api.frames.models import InspectingModel
from api.permissions import Role
from api.principal import Principal
from api.reviews.models import RejectReason, Verdict
from api.reviews.service import Word, review
from tests.conftest import MakeUser
from tests.integration.api.falls.street import GRID, MODEL, NOON, Street, Thing

Judge = Callable[[str, Word], None]
S = timedelta(seconds=1)


@pytest.fixture
def judge(database: Database, make_user: MakeUser) -> Judge:
    user = make_user(Role.SUPERVISOR)
    principal = Principal("user", user.id, user.username, user.role, None)

    def say(finding_id: str, word: Word) -> None:
        with database.write() as session:
            review(session, finding_id=finding_id, principal=principal, word=word)

    return say


def findings(database: Database) -> list[Finding]:
    with database.read() as session:
        return list(session.scalars(select(Finding).order_by(Finding.first_seen_at, Finding.id)))


def test_a_fall_is_a_finding_that_names_its_floor(street: Street, database: Database) -> None:
    (opened,) = street.post(Thing()).findings
    (finding,) = findings(database)
    assert finding.id == opened.id
    assert (finding.kind, finding.inspection) == ("moment", "falling_object")
    assert finding.state is FindingState.PENDING_REVIEW
    assert finding.key == finding.open_key == f"falling_object/{street.camera.id}/20261122T0400Z/0"
    assert (finding.latitude, finding.longitude) == (30.259, 120.164)
    assert abs(finding.first_seen_at - NOON) < 0.1 * S
    assert finding.severity == 3  # 25 m above the ground
    with database.read() as session:
        details = views.details(session, finding)
        assert session.get_one(InspectingModel, MODEL.digest).name == "falling_object"
    assert details is not None
    assert details.origin.floor is not None
    assert details.origin.floor.low <= 10 <= details.origin.floor.high
    assert details.origin.column is not None
    assert details.origin.column.likely == 2
    assert (details.status, details.things, len(details.falls)) == ("confirmed", 1, 1)
    assert details.falls[0].track[0][0] == 0.0


def test_without_a_facade_the_place_in_the_picture_is_told(
    street: Street, database: Database
) -> None:
    street.post(Thing(status="suspected", score=0.6), grid=None)
    (finding,) = findings(database)
    with database.read() as session:
        details = views.details(session, finding)
    assert details is not None
    assert details.status == "suspected"
    assert details.origin.floor is details.origin.column is None
    assert (details.origin.x, finding.confidence) == (400.0, 0.6)


@pytest.mark.parametrize(
    ("begins", "width"),
    [
        (NOON - 1 * S, 1280),  # the same clip again
        (NOON - 4 * S, 1280),  # one that overlaps
        (NOON + 0.5 * S, 1280),  # one that begins in mid-fall
        (NOON - 7 * S, 640),  # one that ends in mid-fall, of the camera's second stream
    ],
)
def test_one_fall_in_two_clips_is_one_finding(
    street: Street, database: Database, begins: object, width: int
) -> None:
    street.post(Thing(), begins=NOON - 1 * S)
    street.post(Thing(), begins=begins, width=width)  # type: ignore[arg-type]
    (finding,) = findings(database)
    assert finding.looks == 1
    with database.read() as session:
        falls = views.falls_of(session, finding)
        assert [fall.same_as is None for fall in falls].count(True) == 1
        assert len(falls) == 2
        assert session.scalar(select(func.count(Evidence.id))) == 1


def test_a_clip_that_is_recorded_twice_changes_nothing(street: Street, database: Database) -> None:
    clip_id = street.clip(NOON - 1 * S)
    first = street.record(clip_id, Thing())
    again = street.record(clip_id, Thing())
    assert [one.id for one in first.findings] == [one.id for one in again.findings]
    with database.read() as session:
        assert session.scalar(select(func.count(Fall.id))) == 1


def test_what_is_thrown_after_it_from_the_same_window_belongs_to_it(
    street: Street, database: Database
) -> None:
    street.post(Thing(), Thing(at=NOON + 2 * S, x=412.0), Thing(at=NOON + 4 * S))
    street.post(Thing(at=NOON + 11 * S), begins=NOON + 10 * S)
    (finding,) = findings(database)
    assert finding.looks == 4
    assert finding.last_seen_at > NOON + 11 * S


@pytest.mark.parametrize(
    "other",
    [
        Thing(x=900.0),  # at the same time from another column
        Thing(at=NOON + 5 * S, top=420.0),  # later from another floor of the column
        Thing(at=NOON + 30 * S),  # from the same window, much later
    ],
)
def test_other_falls_are_other_findings(street: Street, database: Database, other: Thing) -> None:
    street.post(Thing())
    street.post(other)
    assert len({finding.key for finding in findings(database)}) == 2


def test_another_camera_has_its_own(street: Street, database: Database) -> None:
    street.post(Thing())
    other = street.clip(NOON - 1 * S, street.add_camera())
    street.record(other, Thing())
    assert len({finding.camera_id for finding in findings(database)}) == 2


def test_the_surest_fall_is_shown_and_what_is_not_shown_goes(
    street: Street, database: Database
) -> None:
    street.post(Thing(status="suspected", score=0.55), begins=NOON + 0.5 * S)
    before = kept(database)
    street.post(Thing())
    after = kept(database)
    assert len(before) == len(after) == 4
    assert not before & after
    for key in after:
        street.store.get(key)
    for key in before:
        with pytest.raises(ObjectMissing):
            street.store.get(key)
    street.post(Thing(status="suspected", score=0.5), begins=NOON - 3 * S)
    assert kept(database) == after
    files = [path for path in street.store._root.rglob("*") if path.is_file()]
    assert len(files) == 4


def kept(database: Database) -> set[str]:
    with database.read() as session:
        (picture,) = session.scalars(select(Evidence))
        clip = session.get_one(EvidenceClip, picture.id)
        return {picture.object_key, clip.plain_key, clip.annotated_key, clip.original_key}


def test_what_somebody_judged_stays_as_it_was(
    street: Street, database: Database, judge: Judge
) -> None:
    (finding,) = street.post(Thing(status="suspected", score=0.55), begins=NOON + 0.5 * S).findings
    shown = kept(database)
    judge(finding.id, Word(Verdict.REJECT, RejectReason.NOT_A_PROBLEM))
    street.post(Thing())  # the same fall, seen better: nobody is asked again
    (rejected,) = findings(database)
    assert (rejected.state, rejected.confidence) == (FindingState.REJECTED, 0.55)
    assert kept(database) == shown
    street.post(Thing(at=NOON + 5 * S))  # another one, which somebody has to look at
    assert [one.state for one in findings(database)] == [
        FindingState.REJECTED,
        FindingState.PENDING_REVIEW,
    ]
    judge(rejected.id, Word(Verdict.REOPEN))
    assert all(one.open_key for one in findings(database))


def test_a_duplicate_hands_its_falls_over(street: Street, database: Database, judge: Judge) -> None:
    (first,) = street.post(Thing()).findings
    (second,) = street.post(Thing(x=900.0)).findings
    judge(second.id, Word(Verdict.DUPLICATE, duplicate_of=first.id))
    one, other = sorted(findings(database), key=lambda each: each.id != first.id)
    assert (one.looks, other.state) == (2, FindingState.DUPLICATE)
    street.post(Thing(x=900.0), begins=NOON - 3 * S)
    with database.read() as session:
        assert len(views.falls_of(session, one)) == 3
        assert views.details(session, other) is None


def test_two_workers_open_one_finding(street: Street, database: Database) -> None:
    clips = [street.clip(NOON - n * S) for n in range(1, 5)]

    def record(clip_id: str) -> None:
        for _ in range(len(clips)):
            try:
                street.record(clip_id, Thing())
            except IntegrityError:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, clips))
    (finding,) = findings(database)
    with database.read() as session:
        assert len(views.falls_of(session, finding)) == 4


def test_the_order_of_clips_does_not_matter(street: Street, database: Database) -> None:
    later = replace(Thing(), at=NOON + 4 * S)
    street.post(later, begins=NOON + 3 * S)
    street.post(Thing(), begins=NOON - 1 * S, grid=GRID)
    (finding,) = findings(database)
    assert finding.looks == 2
