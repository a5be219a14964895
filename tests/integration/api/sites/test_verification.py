"""A demolition is believed when composites after the claim show nothing; zones keep the record."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.database import Database
from api.evidence.models import Evidence
from api.findings.models import Finding
from api.findings.states import FindingEvent
from api.findings.upkeep import change_state
from api.sites.models import SiteRegion
from api.zones import service as zones
from api.zones.models import ZoneKind
from api.zones.schemas import ZoneCreate
from tests.conftest import sqlite_only
from tests.integration.api.sites.yard import Yard, at


@pytest.fixture
def yard(database: Database, tmp_path: Path) -> Yard:
    yard = Yard(database, tmp_path / "objects").open()
    yard.watch_from_now_on()
    return yard


def claim(yard: Yard, when: datetime) -> str:
    """Confirm the one finding, and let a department claim that it is done."""
    with yard.database.write() as session:
        finding = session.scalars(select(Finding)).one()
        change_state(session, finding, FindingEvent.CONFIRM, actor="user:x")
        case = cases.open_case(session, finding=finding, opened_by="user:x")
        case.state = CaseState.IN_PROGRESS
        report = Report(CaseEvent.CLAIM_DONE, "destination:x", occurred_at=when)
        cases.change(session, case=case, report=report)
    return case.id


def state(yard: Yard, case_id: str) -> CaseState:
    with yard.database.read() as session:
        return session.get_one(Case, case_id).state


@sqlite_only
def test_three_composites_without_it_close_the_case_and_are_kept(yard: Yard) -> None:
    for day in range(2, 6):
        yard.post_day(day, shed=True)
    yard.work()
    case_id = claim(yard, at(5, 12))
    for day in range(6, 9):
        yard.post_day(day)
    yard.work()
    assert state(yard, case_id) is CaseState.VERIFYING  # two composites are not three
    yard.post_day(9)
    yard.work()
    assert state(yard, case_id) is CaseState.CLOSED
    assert "cleared" in {one.shows for one in yard.rows(Evidence)}
    said = [one.comment for one in yard.rows(CaseEntry) if one.comment]
    assert any("3 of 3" in comment for comment in said)


@sqlite_only
def test_one_composite_that_still_shows_it_sends_the_case_back(yard: Yard) -> None:
    for day in range(2, 6):
        yard.post_day(day, shed=True)
    yard.work()
    case_id = claim(yard, at(4, 12))  # the composite of day 5 lies after the claim
    yard.post_day(6, shed=True)
    yard.work()
    assert state(yard, case_id) is CaseState.REOPENED


@sqlite_only
def test_registered_works_are_recorded_and_not_told(yard: Yard) -> None:
    wanted = ZoneCreate(
        kind=ZoneKind.WORKS,
        polygon=[(0.3, 0.3), (1, 0.3), (1, 1), (0.3, 1)],
        since=at(0, 0),
        until=at(90, 0),
        permit="建字第330106202600123号",
        reason="permitted",
    )
    with yard.database.write() as session:
        zone = zones.create_zone(session, camera_id=yard.camera_id, wanted=wanted, actor="user:x")
    for day in range(2, 7):
        yard.post_day(day, shed=True)
    yard.work()
    assert yard.findings() == []
    (region,) = yard.rows(SiteRegion)
    assert region.suppressed_by == zone.id
    assert region.confirmed_at is not None
