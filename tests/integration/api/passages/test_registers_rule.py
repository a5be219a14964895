"""The rule that asks a register: exact, similar, sure, cleared by the vote."""

from datetime import date

import pytest

from api.findings.states import FindingState
from api.registers.rows import Entry
from tests.integration.api.passages.gate import Gate, Vehicle, passing

LISTED = "京A12345"
WHEN = {"type": "register", "register": "名单"}


@pytest.fixture
def listed(gate: Gate) -> Gate:
    """Give a gate whose register has one plate."""
    gate.register("名单", LISTED)
    gate.load(gate.rule(when=WHEN))
    return gate


def test_an_exact_plate_is_a_finding_at_its_first_frame(listed: Gate) -> None:
    first, *_ = listed.see(passing(LISTED))
    assert [(one["class"], one["state"], one["new"]) for one in first["findings"]] == [
        ("listed", "pending_review", True)
    ]
    (finding,) = listed.findings()
    assert (finding.kind, finding.class_name, finding.severity, finding.looks) == (
        "subject",
        "listed",
        3,
        1,
    )
    assert not finding.needs_review
    (violation,) = listed.violations()
    assert (violation.frames, violation.similar, violation.vehicle) == (3, False, "car")
    assert listed.plate_of(violation) == LISTED


def test_another_plate_is_nothing(listed: Gate) -> None:
    replies = listed.see(passing("京B99999"))
    assert all(reply["findings"] == [] for reply in replies)
    assert listed.findings(withdrawn=True) == []


@pytest.mark.parametrize(("score", "found"), [(0.49, 0), (0.5, 1)])
def test_unsure_readings_say_nothing(listed: Gate, score: float, found: int) -> None:
    listed.see(passing(LISTED, scores=[score]))
    assert len(listed.findings()) == found


@pytest.mark.parametrize("plate", ["京A12346", "京A1234", "京A123456"])
def test_a_similar_plate_that_is_not_sure_needs_review(listed: Gate, plate: str) -> None:
    listed.see(passing(plate, scores=[0.7]))
    (finding,) = listed.findings()
    assert finding.needs_review
    (violation,) = listed.violations()
    assert violation.similar
    assert listed.plate_of(violation) == plate


@pytest.mark.parametrize(("score", "found"), [(0.89, 1), (0.9, 0)])
def test_a_similar_plate_that_is_sure_is_another_vehicle(
    listed: Gate, score: float, found: int
) -> None:
    listed.see(passing("京A12346", scores=[score]))
    assert len(listed.findings()) == found


def test_similar_plates_can_be_ignored(gate: Gate) -> None:
    gate.register("名单", LISTED)
    gate.load(gate.rule(when={**WHEN, "similar": "ignore"}))
    gate.see(passing("京A12346", scores=[0.6]))
    assert gate.findings(withdrawn=True) == []


def test_two_edits_are_another_plate(listed: Gate) -> None:
    listed.see(passing("京A12367", scores=[0.6]))
    assert listed.findings(withdrawn=True) == []


def test_the_vote_clears_a_vehicle_that_was_misread_once(listed: Gate) -> None:
    frames = passing("京A12346", frames=5)
    frames[1] = (0.5, [Vehicle(plate=LISTED, plate_score=0.6, box=frames[1][1][0].box)])
    listed.see(frames[:2])
    # The one sure reading before it speaks for the vehicle already.
    assert listed.findings(withdrawn=True) == []
    listed.see(frames[2:])
    assert listed.findings(withdrawn=True) == []


def test_a_finding_is_withdrawn_when_later_frames_clear_the_vehicle(listed: Gate) -> None:
    frames = passing("京A12346", frames=3)
    frames[0] = (0.0, [Vehicle(plate=LISTED, plate_score=0.6, box=frames[0][1][0].box)])
    listed.see(frames[:1])
    assert [one.state for one in listed.findings()] == [FindingState.PENDING_REVIEW]
    listed.see(frames[1:])
    (withdrawn,) = listed.findings(withdrawn=True)
    assert withdrawn.state is FindingState.WITHDRAWN
    assert withdrawn.open_key is None
    assert withdrawn.key is None
    assert listed.violations() == []


def test_readings_of_several_frames_vote(listed: Gate) -> None:
    frames = passing(LISTED, frames=4, scores=[0.8])
    frames[0] = (0.0, [Vehicle(plate="京A12846", plate_score=0.3, box=frames[0][1][0].box)])
    frames[1] = (0.5, [Vehicle(plate="京A12346", plate_score=0.6, box=frames[1][1][0].box)])
    listed.see(frames)
    (violation,) = listed.violations()
    assert listed.plate_of(violation) == LISTED
    assert not violation.similar


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (date(2026, 11, 16), date(2026, 11, 16), 1),
        (date(2026, 11, 17), None, 0),
        (None, date(2026, 11, 15), 0),
    ],
)
def test_days_of_an_entry_are_those_of_the_place(
    gate: Gate, first: date | None, last: date | None, found: int
) -> None:
    gate.register("名单", Entry(LISTED, first, last))
    gate.load(gate.rule(when=WHEN))
    gate.see(passing(LISTED))
    assert len(gate.findings()) == found


def test_a_plate_counts_once_a_day_and_site(gate: Gate) -> None:
    gate.register("名单", LISTED)
    gate.camera("gate 2")
    gate.camera("far away")
    sites = {"east": {"cameras": ["gate", "gate 2"]}}
    gate.load(gate.rule(when=WHEN), sites=sites)
    gate.see(passing(LISTED))
    gate.see(passing(LISTED, at=600))
    gate.see(passing(LISTED, at=700), camera="gate 2")
    (finding,) = gate.findings()
    assert finding.looks == 3
    gate.see(passing(LISTED, at=800), camera="far away")
    gate.see(passing(LISTED, at=14 * 3600 - 1, frames=1))  # one second before midnight
    assert len(gate.findings()) == 2
    gate.see(passing(LISTED, at=14 * 3600 + 60, frames=1))
    assert len(gate.findings()) == 3


def test_the_rule_names_the_department(listed: Gate) -> None:
    listed.see(passing(LISTED))
    (finding,) = listed.findings()
    assert finding.destination_id == listed.department_id
