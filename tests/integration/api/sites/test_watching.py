"""From frames over days to one finding with before and after, through the worker's own steps."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api.baselines.models import Baseline
from api.baselines.states import BaselineState
from api.camera_health.models import CameraTrouble
from api.database import Database
from api.errors import Conflict
from api.evidence.models import Evidence
from api.findings.states import FindingState
from api.frames.models import Frame
from api.sites import renewal
from api.sites.models import Composite, Site, SiteRegion
from tests.conftest import sqlite_only
from tests.integration.api.sites.yard import SHED, Yard, at, scene


@pytest.fixture
def yard(database: Database, tmp_path: Path) -> Yard:
    return Yard(database, tmp_path / "objects").open()


def test_eight_frames_of_two_days_make_a_baseline_that_a_person_approves(yard: Yard) -> None:
    yard.post_day(0, frames=8)
    yard.work()
    assert yard.rows(Baseline) == []  # all of one day
    yard.post_day(1, frames=1)
    yard.work()
    (baseline,) = yard.rows(Baseline)
    assert (baseline.state, baseline.light, baseline.warnings) == (
        BaselineState.PROPOSED,
        "day",
        [],
    )
    assert len(baseline.frames) == 9
    assert yard.uses() == {"learned": 9}
    with yard.database.read() as session:
        assert set(session.scalars(select(Frame.object_key))) == {None}
    kept = [path for path in (yard.folder).rglob("*") if path.is_file()]
    assert len(kept) == 1  # the baseline alone


@sqlite_only
def test_fewer_frames_make_a_baseline_with_a_warning_when_a_person_says_so(yard: Yard) -> None:
    with pytest.raises(Conflict), yard.database.write() as session:
        renewal.accept_fewer(session, camera_id=yard.camera_id, actor="user:x", reason="few")
    yard.post_day(0, frames=3)
    yard.work()
    assert yard.rows(Baseline) == []
    with yard.database.write() as session:
        renewal.accept_fewer(session, camera_id=yard.camera_id, actor="user:x", reason="few")
    yard.work()
    (baseline,) = yard.rows(Baseline)
    assert len(baseline.warnings) == 2


def test_a_shed_that_stays_is_one_finding_with_before_and_after(yard: Yard) -> None:
    yard.watch_from_now_on()
    yard.post_day(2)
    for day in range(3, 8):
        yard.post_day(day, shed=True)
        yard.work()
    (finding,) = yard.findings()
    assert finding.state is FindingState.PENDING_REVIEW
    assert (finding.kind, finding.class_name, finding.latitude) == ("place", "new_structure", 30.27)
    assert finding.first_seen_at == at(3, 7)
    (region,) = yard.rows(SiteRegion)
    assert region.finding_id == finding.id
    assert region.stage == "new_structure"
    assert (region.x1, region.y1, region.x2, region.y2) == pytest.approx(SHED, abs=24)
    shown = {one.shows: one for one in yard.rows(Evidence)}
    assert set(shown) == {"before", "after", "overlay"}
    assert shown["before"].captured_at == at(1, 8, 30)
    assert len({one.object_key for one in shown.values()}) == 3
    # the frames of the last, unfinished day alone still have their pictures
    with yard.database.read() as session:
        waiting = session.scalars(select(Frame).where(Frame.object_key.is_not(None))).all()
    assert {at(7, 0) <= one.captured_at < at(8, 0) for one in waiting} == {True}
    assert yard.uses() == {"learned": 8, "composed": 30, "waiting": 6}


@sqlite_only
def test_frames_that_come_late_and_twice_over_change_nothing_that_was_said(yard: Yard) -> None:
    yard.watch_from_now_on()
    for day in (2, 3, 4, 5):
        yard.post_day(day, shed=True)
        yard.work()
    (finding,) = yard.findings()
    yard.post_day(3)  # the day over again, late, without the shed
    yard.work()
    assert [one.id for one in yard.findings()] == [finding.id]
    assert len(yard.rows(Composite)) == 3


@sqlite_only
def test_nothing_is_said_of_a_yard_in_which_nothing_is_built(yard: Yard) -> None:
    yard.watch_from_now_on()
    for day in range(2, 6):
        yard.post_day(day)
    yard.work()
    assert (yard.findings(), yard.rows(SiteRegion)) == ([], [])
    assert len(yard.rows(Composite)) == 3


@sqlite_only
def test_a_camera_that_shows_another_place_is_trouble_and_not_silence(yard: Yard) -> None:
    yard.watch_from_now_on()
    yard.post_day(2, place=2)
    yard.post_day(3, place=2)
    yard.work()
    (trouble,) = yard.rows(CameraTrouble)
    assert (trouble.trouble, trouble.frames, trouble.lasting) == ("other_view", 6, True)
    assert yard.rows(Composite) == []
    yard.post_day(4)
    yard.post_day(5)
    yard.work()
    assert [one.lasting for one in yard.rows(CameraTrouble)] == [False]


@sqlite_only
def test_what_is_not_approved_is_not_compared_and_does_not_wait_for_ever(yard: Yard) -> None:
    yard.learn()
    for day in (2, 3, 4):
        yard.post_day(day, shed=True)
    yard.work()
    assert yard.rows(Composite) == []
    assert yard.uses() == {"learned": 8, "waiting": 18}
    with yard.database.write() as session:
        for frame in session.scalars(select(Frame)):
            frame.received_at -= timedelta(days=8)
    yard.post(at(5, 7), scene(500))
    yard.work()
    assert yard.uses() == {"learned": 8, "expired": 18, "waiting": 1}


def test_baselines_learned_anew_leave_history_and_end_what_was_followed(yard: Yard) -> None:
    yard.watch_from_now_on()
    for day in range(2, 6):
        yard.post_day(day, shed=True)
    yard.work()
    assert len(yard.findings()) == 1
    with yard.database.write() as session:
        renewal.learn_anew(session, camera_id=yard.camera_id, actor="user:x", reason="it may stay")
    for day in range(6, 12):
        yard.post_day(day, shed=True)
        yard.work()
        if day == 8:
            yard.approve()
    states = sorted(one.state.value for one in yard.rows(Baseline))
    assert states == ["approved", "superseded"]
    assert len(yard.findings()) == 1  # the shed belongs to the new baseline
    (region,) = yard.rows(SiteRegion)
    assert region.ended_at is not None
    (site,) = yard.rows(Site)
    assert site.round == 2
