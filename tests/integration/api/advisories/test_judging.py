"""Findings of pests through the real gatherer: thresholds, late frames, stages, verification."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.accounts.models import User
from api.advisories.models import PestAdvisory
from api.audit.models import AuditRecord
from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.counts.models import FieldCount
from api.database import Database, new_id, now
from api.evidence.models import Evidence
from api.findings.models import Finding, FindingDetection
from api.findings.states import FindingState
from api.frames.models import Frame
from api.permissions import Role
from api.plots import service as plots
from api.plots.models import ViewKind
from api.plots.stages import Stage
from api.principal import Principal
from api.reviews import service as reviews
from api.reviews.models import RejectReason, Verdict
from api.reviews.service import Word
from api.thresholds import service as thresholds
from api.thresholds.document import parse
from inference.greenness import Greenness
from tests.integration.api.plots.field import BLURRED, MONDAY, SHANGHAI, Field, at, in_memory

PENDING, WITHDRAWN = FindingState.PENDING_REVIEW, FindingState.WITHDRAWN
_quick = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give an open transaction that writes."""
    with database.write() as session:
        yield session


@pytest.fixture
def memory() -> Iterator[Session]:
    """Give an open transaction of a database in memory."""
    with in_memory().write() as session:
        yield session


def _person(session: Session) -> Principal:
    user = User(
        id=new_id(),
        username=f"s-{new_id()}",
        display_name="the supervisor",
        password_hash="x",
        role=Role.SUPERVISOR,
    )
    session.add(user)
    session.flush()
    return Principal("user", user.id, user.username, Role.SUPERVISOR)


def _review(session: Session, finding: Finding, verdict: Verdict) -> Case | None:
    reason = RejectReason.OTHER if verdict is Verdict.REJECT else None
    return reviews.review(
        session,
        finding_id=finding.id,
        principal=_person(session),
        word=Word(verdict, reason=reason),
    ).case


def test_a_week_at_the_threshold_is_one_finding(session: Session) -> None:
    field = Field(session)
    assert field.post(at(0), 11) == field.post(at(1), 9) == []
    (gathered,) = field.post(at(2), 10)
    (finding,), (advisory,) = field.findings(), field.advisories()
    assert (gathered.finding_id, gathered.new, gathered.state) == (finding.id, True, PENDING)
    assert len(gathered.detection_ids) == 10
    assert (finding.kind, finding.class_name, finding.severity) == ("area", "leaf_folder", 1)
    assert finding.open_key == f"crop_pest/leaf_folder/{field.plot.id}/2026-W28"
    assert finding.looks == 2
    assert finding.confidence == pytest.approx(2 / 3)
    assert (finding.latitude, finding.longitude) == (30.27, 120.15)
    assert (finding.first_seen_at, finding.last_seen_at) == (at(0), at(2))
    assert (advisory.value, advisory.threshold, advisory.frames) == (10, 10, 3)
    assert (advisory.published, advisory.published_unit) == (50, "per_100_hills")
    assert advisory.version == "rice-example-2026.1"
    assert "延平" in advisory.source
    assert (advisory.bbch, advisory.period, advisory.unit) == (40, "2026-W28", "per_m2")
    assert (advisory.trend, advisory.trend_low) == (-0.5, None)
    # What is shown is the frame that is nearest to the median, with its boxes.
    shown = session.scalars(select(Evidence)).one()
    assert session.get_one(Frame, shown.frame_id).captured_at == at(2)
    assert session.scalar(select(func.count()).select_from(FindingDetection)) == 10
    (again,) = field.post(at(3), 12)
    assert (again.finding_id, again.new) == (finding.id, False)
    actions = session.scalars(
        select(AuditRecord.action).where(AuditRecord.object_id == finding.id)
    ).all()
    assert sorted(actions) == ["finding.enough_seen", "finding.open"]


@pytest.mark.parametrize(("count", "findings"), [(9, 0), (10, 1), (11, 1)])
def test_both_sides_of_the_threshold(memory: Session, count: int, findings: int) -> None:
    field = Field(memory)
    for day in range(3):
        field.post(at(day), count)
    assert len(field.findings()) == findings


@pytest.mark.parametrize(
    ("count", "severity"), [(10, 1), (14, 1), (15, 2), (19, 2), (20, 3), (39, 3), (40, 4)]
)
def test_severity_grows_with_the_ratio(memory: Session, count: int, severity: int) -> None:
    field = Field(memory)
    for day in range(3):
        field.post(at(day), count)
    assert [finding.severity for finding in field.findings()] == [severity]


def test_too_few_frames_and_poor_ones_judge_nothing(memory: Session) -> None:
    field = Field(memory)
    for minute in range(5):
        field.post(at(0, 10, minute), 30, quality=BLURRED)
    field.post(at(1), 30)
    field.post(at(2), 30)
    assert field.findings() == []
    assert memory.scalar(select(func.count()).select_from(FieldCount)) == 7
    field.post(at(6, 23, 59), 30)
    assert [advisory.frames for advisory in field.advisories()] == [3]


def test_a_frame_without_a_pest_is_a_zero_and_is_recorded(memory: Session) -> None:
    field = Field(memory)
    field.post(at(0), 0, green=Greenness(0.31, 0.82))
    row = memory.scalars(select(FieldCount)).one()
    assert row.usable
    assert set(row.counts.values()) == {0}
    assert (row.excess_green, row.canopy_cover) == (0.31, 0.82)


def test_the_week_ends_at_local_midnight(memory: Session) -> None:
    field = Field(memory)
    for moment in (at(6, 23, 58), at(6, 23, 59), at(7, 0, 0), at(7, 0, 1)):
        field.post(moment, 30)
    assert field.findings() == []  # two in each week
    field.post(at(7, 0, 0) - timedelta(microseconds=1), 30)
    field.post(at(7, 0, 2), 30)
    assert [advisory.period for advisory in field.advisories()] == ["2026-W28", "2026-W29"]


def test_late_frames_withdraw_what_nobody_has_judged_and_bring_it_back(session: Session) -> None:
    field = Field(session)
    for day in range(3):
        field.post(at(day), 20)
    (finding,) = field.findings()
    for hour in (1, 2, 3, 4):
        field.post(at(1, hour), 0)
    assert (finding.state, finding.open_key) == (WITHDRAWN, None)
    assert [advisory.value for advisory in field.advisories()] == [0]
    for hour in (5, 6):
        gathered = field.post(at(1, hour), 12)
    assert [(each.finding_id, each.new, each.state) for each in gathered] == [
        (finding.id, False, PENDING)
    ]
    assert finding.open_key is not None
    assert [finding.id for finding in field.findings()] == [finding.id]
    actions = session.scalars(
        select(AuditRecord.action)
        .where(AuditRecord.object_id == finding.id)
        .order_by(AuditRecord.id)
    ).all()
    assert actions == [
        "finding.open",
        "finding.enough_seen",
        "finding.withdraw",
        "finding.enough_seen",
    ]


@pytest.mark.parametrize("verdict", [Verdict.CONFIRM, Verdict.REJECT, Verdict.DEFER])
def test_what_was_judged_keeps_its_record(session: Session, verdict: Verdict) -> None:
    field = Field(session)
    for day in range(3):
        field.post(at(day), 20)
    (finding,) = field.findings()
    _review(session, finding, verdict)
    state = finding.state
    for hour in range(12):
        field.post(at(1, hour), 0)
    for hour in range(20):
        field.post(at(2, hour, 30), 99)
    assert [one.id for one in field.findings()] == [finding.id]
    assert (finding.state, finding.severity, finding.looks) == (state, 3, 3)
    assert [(advisory.value, advisory.frames) for advisory in field.advisories()] == [(20, 3)]


def test_a_rejection_can_be_reopened(session: Session) -> None:
    field = Field(session)
    for day in range(3):
        field.post(at(day), 20)
    (finding,) = field.findings()
    key = finding.open_key
    _review(session, finding, Verdict.REJECT)
    assert finding.open_key is None
    _review(session, finding, Verdict.REOPEN)
    assert (finding.state, finding.open_key) == (PENDING, key)


_Frames = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 23), st.integers(0, 25)),
    min_size=3,
    max_size=14,
    unique_by=lambda frame: frame[:2],
)


def _facts(frames: list[tuple[int, int, int]], kind: ViewKind) -> list[dict[str, object]]:
    with in_memory().write() as session:
        field = Field(session, kind=kind)
        thresholds.import_set(
            session,
            parsed=parse(
                "version: t\ncrop: rice\nvalid_from: 2026-01-01\nmin_frames: 2\nthresholds:\n"
                "- {pest: leaf_folder, stages: [booting], value: 9, unit: per_m2, source: t}\n"
                "- {pest: insect, stages: [booting], value: 2, unit: per_trap_night, source: t}"
            ),
            actor="system",
        )
        if kind is ViewKind.TRAP:
            field.change_trap(at(9, 7))
        for day, hour, count in frames:
            field.post(at(day, hour), count)
        return [facts for facts in field.facts() if facts["state"] is not WITHDRAWN]


@_quick
@given(frames=_Frames, seed=st.integers(0, 99), kind=st.sampled_from(ViewKind))
def test_findings_do_not_depend_on_the_order_of_arrival(
    frames: list[tuple[int, int, int]], seed: int, kind: ViewKind
) -> None:
    shuffled = list(frames)
    random.Random(seed).shuffle(shuffled)
    assert _facts(shuffled, kind) == _facts(sorted(frames), kind)


def test_a_new_stage_brings_its_own_threshold(memory: Session) -> None:
    field = Field(memory)
    field.grow(3, Stage.GRAIN_FILLING.first_bbch)  # no threshold of leaf folders any more
    for day in range(3):
        field.post(at(day), 20)
    assert [advisory.bbch for advisory in field.advisories()] == [40]
    field.post(at(4), 20)  # the stage of the last day with a frame counts
    assert [finding.state for finding in field.findings()] == [WITHDRAWN]
    plots.delete_stage(
        memory,
        plot=field.plot,
        since=MONDAY + timedelta(days=3),
        actor="user:x",
        zone=SHANGHAI,
    )
    assert [finding.state for finding in field.findings()] == [PENDING]


def test_without_a_stage_or_hills_there_is_no_threshold(memory: Session) -> None:
    field = Field(memory, stage=None)
    for day in range(3):
        field.post(at(day), 20)
    assert field.findings() == []
    field.grow(-30, 45)
    assert [finding.state for finding in field.findings()] == [PENDING]
    plots.update_plot(
        memory, plot=field.plot, values={"hills_per_m2": None}, actor="user:x", zone=SHANGHAI
    )
    assert [finding.state for finding in field.findings()] == [WITHDRAWN]
    plots.update_plot(
        memory, plot=field.plot, values={"hills_per_m2": 50.0}, actor="user:x", zone=SHANGHAI
    )
    assert [finding.state for finding in field.findings()] == [WITHDRAWN]  # 25 per m² now
    plots.update_plot(
        memory, plot=field.plot, values={"hills_per_m2": 40.0}, actor="user:x", zone=SHANGHAI
    )
    assert [finding.state for finding in field.findings()] == [PENDING]


def test_correcting_what_a_camera_shows_corrects_its_counts(memory: Session) -> None:
    field = Field(memory)
    other = field.new_camera("another camera")
    for day in range(3):
        field.post(at(day), 8, camera=other)
    assert field.findings() == []  # nothing is known of what it shows
    view = field.look(other, ViewKind.CLOSE, 0.5)
    assert [advisory.value for advisory in field.advisories()] == [16]
    plots.update_view(
        memory,
        plot=field.plot,
        view_id=view,
        values={"ground_m2": 1.0},
        actor="user:x",
        zone=SHANGHAI,
    )
    assert [finding.state for finding in field.findings()] == [WITHDRAWN]


def test_a_trap_advises_per_night(memory: Session) -> None:
    field = Field(memory, kind=ViewKind.TRAP)
    thresholds.import_set(
        memory,
        parsed=parse(
            "version: t\ncrop: rice\nvalid_from: 2026-07-01\nperiod: day\nmin_frames: 1\n"
            "thresholds:\n"
            "- {pest: insect, stages: [booting], value: 20, unit: per_trap_night, source: t}"
        ),
        actor="system",
    )
    for day, hung in enumerate([5, 10, 29, 49]):
        field.post(at(day), hung)
    assert [(row.period, row.value) for row in field.advisories()] == [("2026-07-09", 20)]
    service = field.change_trap(at(2, 12))  # then all 49 are of one night
    assert [(row.period, row.value) for row in field.advisories()] == [("2026-07-09", 49)]
    plots.delete_trap_service(
        memory, plot=field.plot, service_id=service, actor="user:x", zone=SHANGHAI
    )
    assert [(row.period, row.value) for row in field.advisories()] == [("2026-07-09", 20)]


def test_a_plot_that_is_disabled_is_not_judged(memory: Session) -> None:
    field = Field(memory)
    plots.update_plot(
        memory, plot=field.plot, values={"disabled": True}, actor="user:x", zone=SHANGHAI
    )
    for day in range(3):
        field.post(at(day), 20)
    assert field.findings() == []
    plots.update_plot(
        memory, plot=field.plot, values={"disabled": False}, actor="user:x", zone=SHANGHAI
    )
    assert len(field.findings()) == 1


def _state(case: Case) -> CaseState:
    return case.state


def _cased(field: Field) -> tuple[Finding, Case]:
    for day in range(3):
        field.post(at(day), 20)
    finding = field.findings()[0]
    case = _review(field.session, finding, Verdict.CONFIRM)
    assert case is not None
    return finding, case


def test_counts_from_before_the_plot_was_on_record_say_all_at_once(memory: Session) -> None:
    field = Field(memory)
    other = field.new_camera("another camera")
    for day in (0, 1, 2, 7, 8, 9, 14, 15, 16, 21):
        field.post(at(day), 20 if day < 14 else 0, camera=other)
    field.look(other, ViewKind.CLOSE, 1.0)
    assert [(row.period, row.next_period, row.next_below) for row in field.advisories()] == [
        ("2026-W28", "2026-W29", False),
        ("2026-W29", "2026-W30", True),
    ]


def _entries(session: Session, case: Case) -> list[tuple[str, bool, str]]:
    rows = session.scalars(
        select(CaseEntry)
        .where(CaseEntry.case_id == case.id, CaseEntry.event.in_(["pass", "fail"]))
        .order_by(CaseEntry.id)
    )
    return [(row.event, row.applied, (row.body or {})["period"]) for row in rows]


def test_the_next_period_is_told_to_the_finding_and_its_case(session: Session) -> None:
    field = Field(session)
    finding, case = _cased(field)
    for day in (7, 8, 9):
        field.post(at(day), 11)
    field.post(at(14), 0)  # the week after has begun: the one before is over
    advisory = session.get_one(PestAdvisory, finding.id)
    assert (advisory.next_value, advisory.next_below) == (11, False)
    assert [entry[:2] for entry in _entries(session, case)] == [("fail", False)]
    for day in (15, 16, 21):
        field.post(at(day), 0)
    assert (advisory.next_value, advisory.next_below) == (11, False)
    told = _entries(session, case)
    assert [entry[:2] for entry in told] == [("fail", False), ("pass", False)]
    assert told[0][2] < told[1][2]
    # A late frame that changes the verdict is told, one that does not is not.
    for hour in range(4):
        field.post(at(9, hour), 1)
    assert (advisory.next_value, advisory.next_below) == (1, True)
    assert [entry[:2] for entry in _entries(session, case)][2:] == [("pass", False)]
    assert _state(case) is CaseState.OPENED


@pytest.mark.parametrize(("count", "state"), [(0, CaseState.CLOSED), (12, CaseState.REOPENED)])
def test_a_claim_is_verified_by_the_period_after_it(
    session: Session, count: int, state: CaseState
) -> None:
    field = Field(session)
    _, case = _cased(field)
    case.state = CaseState.IN_PROGRESS
    claimed = Report(CaseEvent.CLAIM_DONE, "destination:x", occurred_at=at(6))
    cases.change(session, case=case, report=claimed)
    assert _state(case) is CaseState.VERIFYING
    for day in (7, 8, 9):
        field.post(at(day), count)
    assert _state(case) is CaseState.VERIFYING  # the week is not over for all we know
    field.post(at(14), 0)
    assert _state(case) is state
    assert [entry[1] for entry in _entries(session, case)] == [True]


def test_a_period_that_began_before_the_claim_verifies_nothing(session: Session) -> None:
    field = Field(session)
    _, case = _cased(field)
    case.state = CaseState.IN_PROGRESS
    claimed = Report(CaseEvent.CLAIM_DONE, "destination:x", occurred_at=at(8))
    cases.change(session, case=case, report=claimed)
    for day in (7, 8, 9, 14, 15):
        field.post(at(day), 0)
    assert _state(case) is CaseState.VERIFYING
    for day in (16, 21):
        field.post(at(day), 0)
    assert _state(case) is CaseState.CLOSED


def test_a_running_period_verifies_nothing(session: Session) -> None:
    field = Field(session)
    today = (now().astimezone(SHANGHAI).date() - MONDAY).days
    start = today - today % 7
    for day in range(3):
        field.post(at(start - 7 + day), 20)
    (finding,) = field.findings()
    for minute in range(4):
        field.post(at(start, 0, minute), 0)
    assert session.get_one(PestAdvisory, finding.id).next_below is None


def test_two_plots_keep_apart(memory: Session) -> None:
    fields = [Field(memory, name="east"), Field(memory, name="west")]
    for day, field in itertools.product(range(3), fields):
        field.post(at(day), 20)
    assert len({finding.open_key for finding in fields[0].findings()}) == 2
