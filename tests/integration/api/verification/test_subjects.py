"""A vehicle's claim: its register and another violation decide; a moment's needs a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.database import Database
from api.findings.models import Finding
from api.findings.states import FindingEvent
from api.findings.upkeep import change_state
from api.passages.models import Violation
from api.registers import service as registers
from api.registers.models import ChangeMode, Register
from api.registers.rows import Entry
from api.verification import service
from api.verification.models import Method, VerificationState
from api.verification.watching import watch
from tests.integration.api.passages.gate import START, Gate, passing

LISTED = "京A12345"
CLAIMED = START + timedelta(hours=2)
LATER = START + timedelta(hours=5)


@pytest.fixture
def gate(database: Database) -> Gate:
    gate = Gate(database)
    gate.camera()
    gate.department()
    return gate


@pytest.fixture
def register(gate: Gate) -> Register:
    made = gate.register("名单", LISTED)
    gate.load(gate.rule(when={"type": "register", "register": "名单"}, window="passage"))
    return made


def _claimed(gate: Gate) -> str:
    gate.see(passing(LISTED))
    (finding,) = gate.findings()
    with gate.database.write() as session:
        held = session.get_one(Finding, finding.id)
        change_state(session, held, FindingEvent.CONFIRM, actor="user:x")
        case = cases.open_case(session, finding=held, opened_by="user:x")
        case.state = CaseState.IN_PROGRESS
        report = Report(CaseEvent.CLAIM_DONE, "destination:x", occurred_at=CLAIMED)
        cases.change(session, case=case, report=report)
        assert service.newest(session, case.id).method is Method.REGISTER
        return case.id


def _state(gate: Gate, case_id: str) -> CaseState:
    with gate.database.read() as session:
        return session.get_one(Case, case_id).state


def test_a_register_that_no_longer_lists_it_closes_its_case(gate: Gate, register: Register) -> None:
    case_id = _claimed(gate)
    watch(gate.database, at=LATER)
    assert _state(gate, case_id) is CaseState.VERIFYING
    with gate.database.write() as session:
        registers.change(
            session,
            register_id=register.id,
            mode=ChangeMode.REMOVE,
            prepared=registers.prepare([Entry(LISTED)], gate.plates),
            plates=gate.plates,
            actor="system",
        )
    watch(gate.database, at=LATER)
    assert _state(gate, case_id) is CaseState.CLOSED


def test_another_violation_after_the_claim_reopens_it(gate: Gate, register: Register) -> None:
    case_id = _claimed(gate)
    gate.see(passing(LISTED, at=3 * 3600.0))
    with gate.database.write() as session:
        assert len(session.scalars(select(Violation)).all()) == 2
        session.execute(update(Violation).values(settled_at=LATER))
    watch(gate.database, at=LATER)
    assert _state(gate, case_id) is not CaseState.VERIFYING
    with gate.database.read() as session:
        assert service.newest(session, case_id).state is VerificationState.FAILED


def test_without_either_a_person_is_asked(gate: Gate, register: Register) -> None:
    case_id = _claimed(gate)
    with gate.database.read() as session:
        due = service.newest(session, case_id).due_at
    watch(gate.database, at=due)
    with gate.database.read() as session:
        assert service.newest(session, case_id).state is VerificationState.NEEDS_PERSON
    assert _state(gate, case_id) is CaseState.VERIFYING
