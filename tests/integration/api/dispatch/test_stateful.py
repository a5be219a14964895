"""Random reviews, callbacks late, doubled and out of order, senders that die: invariants hold.

The numbers are those of the design page: (2) twice changes nothing, (3) one open case per finding,
(4) state, audit and message together, (5) nothing dispatched unconfirmed, (6) never back.
"""

import itertools
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import event, func, select

from api.accounts import service as accounts
from api.audit.models import AuditRecord
from api.cases.models import Case, CaseEntry
from api.cases.service import manual_events
from api.cases.states import CASE_MACHINE, OPEN_STATES, CaseEvent, CaseState
from api.database import Base, Database, new_id, now
from api.dispatch import destinations, outbox
from api.dispatch.callbacks import take_callback
from api.dispatch.connectors.base import Sent
from api.dispatch.connectors.wire import DeliveryFailed, Wire
from api.dispatch.models import Destination, OutboxMessage, OutboxState
from api.dispatch.sender import Sender
from api.dispatch.statuses import Status
from api.errors import ProblemError
from api.findings.models import Finding
from api.findings.states import FindingState
from api.permissions import Role
from api.principal import Principal
from api.reviews.models import RejectReason, Review, Verdict
from api.reviews.service import Word, review
from api.sandbox.app import SandboxOptions, create_sandbox
from api.sandbox.behaviour import Behaviour
from tests.conftest import serving
from tests.integration.api.dispatch.town import SEAL, SECRET, Clock, Department, Town

_PICK = st.integers(0, 10_000)
_SECONDS = st.integers(-60, 0)


@dataclass(frozen=True)
class Attempt:
    """An attempt whose sender fell asleep before it could record what became of it."""

    sender: Sender
    lease: outbox.Lease
    wire: Wire
    result: Sent | DeliveryFailed


@dataclass(frozen=True)
class Callback:
    """A callback as a department sent it."""

    id: str
    case_id: str
    body: bytes


class Dispatch(RuleBasedStateMachine):
    """One town, one department, and everything that can go wrong between them."""

    department: Department
    folder: Path
    _number = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        database = Database(f"sqlite:///{self.folder / f'{next(self._number)}.sqlite3'}")
        event.listen(
            database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF")
        )
        Base.metadata.create_all(database.engine)
        self.department.behave()
        self.town = Town(database, Clock())
        self.destination = self.town.destination(self.department.url)
        self.began = now()
        self.findings: list[str] = []
        self.asleep: list[Attempt] = []
        self.said: list[Callback] = []
        with database.write() as session:
            user = accounts.create_user(
                session,
                username="operator",
                display_name="operator",
                password_hash="x",
                role=Role.SUPERVISOR,
                camera_ids=None,
                actor="system",
            )
        self.principal = Principal("user", user.id, user.username, user.role)
        self.sender = patient_sender(self.town)

    def teardown(self) -> None:
        """Let everything calm down: then nothing is lost and nothing was done twice."""
        self.department.behave()
        for attempt in self.asleep:
            attempt.sender.record(attempt.lease, attempt.wire, attempt.result, duration_s=0.1)
        self.switch(enabled=True)
        for _ in range(12):
            self.town.clock.advance(90_000)
            while self.sender.run_once():
                pass
        works = self.department.received()
        keys = [work["key"] for work in works]
        assert len(keys) == len(set(keys))
        with self.town.database.read() as session:
            messages = session.scalars(select(OutboxMessage)).all()
            states = {case.id: case.state for case in session.scalars(select(Case))}
            # Where somebody else than the sender said that it arrived, that had to be believed.
            believed = session.scalars(
                select(CaseEntry.case_id).where(
                    CaseEntry.event == CaseEvent.DELIVERED, CaseEntry.source != "system"
                )
            ).all()
        for message in messages:
            assert message.state not in (OutboxState.PENDING, OutboxState.LEASED)
            if message.state == OutboxState.DELIVERED and message.case_id not in believed:
                assert message.id in keys, "believed delivered, never received"
        assert CaseState.DISPATCHING not in states.values()
        self.town.database.close()
        super().teardown()

    # What people do.

    @rule()
    def find(self) -> None:
        """A finding waits for review."""
        self.findings.append(self.town.finding(state=FindingState.PENDING_REVIEW))

    @rule(pick=_PICK, verdict=st.sampled_from(["confirm", "confirm", "reject", "defer", "reopen"]))
    def review(self, pick: int, verdict: str) -> None:
        """Somebody reviews a finding, whether or not that is possible."""
        if not self.findings:
            return
        finding_id = self.findings[pick % len(self.findings)]
        reason = RejectReason.OTHER if verdict == "reject" else None
        try:
            with self.town.database.write() as session:
                word = Word(Verdict(verdict), reason=reason)
                review(session, finding_id=finding_id, principal=self.principal, word=word)
        except ProblemError:
            pass

    @rule(pick=_PICK, what=_PICK)
    def enter(self, pick: int, what: int) -> None:
        """Somebody enters by hand what is possible."""
        case = self._case(pick)
        if case is None or not (events := manual_events(case.state)):
            return
        try:
            self.town.enter(case.id, events[what % len(events)])
        except ProblemError as problem:
            assert problem.code == "no-destination"  # noqa: PT017 - anything else is wrong

    @rule(enabled=st.booleans())
    def switch(self, enabled: bool) -> None:
        """An administrator switches the department off or on."""
        with self.town.database.write() as session:
            destinations.update(
                session,
                seal=SEAL,
                destination_id=self.destination.id,
                values={"enabled": enabled},
                actor="user:admin",
            )

    # What the sender and the network do.

    @rule(script=st.lists(st.sampled_from(sorted(set(Behaviour) - {"hang", "take_and_hang"}))))
    def misbehave(self, script: list[str]) -> None:
        """The department will treat the next messages badly."""
        self.department.behave(*script)

    @rule()
    def send(self) -> None:
        """A sender makes one whole attempt."""
        self.sender.run_once()

    @rule(goes_out=st.booleans())
    def die(self, goes_out: bool) -> None:
        """A sender dies after its lease, or after the message went out."""
        sender = patient_sender(self.town)
        lease = sender.lease()
        if lease is not None and goes_out:
            sender.send(lease, sender.wire(lease))

    @rule()
    def fall_asleep(self) -> None:
        """A sender stops just before it records, and may wake up much later."""
        sender = patient_sender(self.town)
        lease = sender.lease()
        if lease is not None:
            wire = sender.wire(lease)
            self.asleep.append(Attempt(sender, lease, wire, sender.send(lease, wire)))

    @rule()
    def wake_up(self) -> None:
        """A sleeping sender records, if its fence still holds."""
        if self.asleep:
            attempt = self.asleep.pop(0)
            with self.town.database.read() as session:
                fence = session.get_one(OutboxMessage, attempt.lease.message.id).fence
            recorded = attempt.sender.record(
                attempt.lease, attempt.wire, attempt.result, duration_s=0.1
            )
            assert not (recorded and fence != attempt.lease.fence)

    @rule(seconds=st.sampled_from([1, 10, 60, 400, 4000]))
    def wait(self, seconds: int) -> None:
        """Time passes for the senders."""
        self.town.clock.advance(seconds)

    # What departments say.

    @rule(pick=_PICK, status=st.sampled_from(sorted(Status)), seconds=_SECONDS)
    def say(self, pick: int, status: str, seconds: int) -> None:
        """The department tells of a case, in whatever order."""
        case = self._case(pick)
        if case is None:
            return
        message_id = new_id()
        occurred_at = self.began + timedelta(seconds=seconds)
        content: dict[str, Any] = {
            "specversion": "1.0",
            "id": message_id,
            "source": "urn:department",
            "type": "dev.xunjian.case.status",
            "data": {
                "case_id": case.id,
                "status": status,
                "occurred_at": occurred_at.isoformat(),
            },
        }
        callback = Callback(message_id, case.id, json.dumps(content).encode())
        source = f"destination:{self.destination.id}"
        told = [
            entry.occurred_at
            for entry in self.town.timeline(case.id)
            if entry.source == source and entry.message_id
        ]
        if self._take(callback) and told and occurred_at < max(told):
            assert self.town.get(case.id).state == case.state, "(6) a late word moved the case"

    @rule(pick=_PICK)
    def say_again(self, pick: int) -> None:
        """A callback comes a second time, much later: it changes nothing."""
        if not self.said:
            return
        callback = self.said[pick % len(self.said)]
        before = self._everything(callback.case_id)
        self._take(callback)
        assert self._everything(callback.case_id) == before, "(2) a doubled callback did something"

    # What must hold, always.

    @invariant()
    def one_open_case_per_finding(self) -> None:
        """(3)."""
        with self.town.database.read() as session:
            counts = session.execute(
                select(Case.finding_id, func.count())
                .where(Case.state.in_(OPEN_STATES))
                .group_by(Case.finding_id)
            ).all()
            for case in session.scalars(select(Case)):
                assert (case.open_finding_id is not None) == (case.state in OPEN_STATES)
        assert all(count == 1 for _, count in counts)

    @invariant()
    def state_timeline_audit_and_message_agree(self) -> None:
        """(4), and (6): the state is what the applied events make of it, by the one table."""
        with self.town.database.read() as session:
            for case in session.scalars(select(Case)).all():
                entries = session.scalars(
                    select(CaseEntry).where(CaseEntry.case_id == case.id).order_by(CaseEntry.id)
                ).all()
                applied = [entry for entry in entries if entry.applied]
                state = CaseState.OPENED
                for entry in applied[1:]:
                    state = CASE_MACHINE.next_state(state, CaseEvent(entry.event))
                    assert state == entry.to_state
                assert state == case.state
                assert all(e.from_state == e.to_state for e in entries if not e.applied)
                audited = session.scalars(
                    select(AuditRecord.action)
                    .where(AuditRecord.object_id == case.id)
                    .order_by(AuditRecord.id)
                ).all()
                assert audited == [f"case.{entry.event}" for entry in applied]
                if case.state == CaseState.DISPATCHING:
                    message = outbox.round_message(session, case.id)
                    assert message is not None
                    assert message.state in (OutboxState.PENDING, OutboxState.LEASED)

    @invariant()
    def nothing_goes_out_unconfirmed(self) -> None:
        """(5)."""
        with self.town.database.read() as session:
            unconfirmed = session.scalars(
                select(Case.id)
                .join(Finding, Finding.id == Case.finding_id)
                .where(
                    ~select(Review.id)
                    .where(Review.finding_id == Finding.id, Review.verdict == Verdict.CONFIRM)
                    .exists()
                )
            ).all()
        assert unconfirmed == []

    def _case(self, pick: int) -> Case | None:
        with self.town.database.read() as session:
            found = session.scalars(select(Case).order_by(Case.id)).all()
        return found[pick % len(found)] if found else None

    def _take(self, callback: Callback) -> bool:
        try:
            with self.town.database.write() as session:
                destination = session.get_one(Destination, self.destination.id)
                take_callback(
                    session, destination=destination, message_id=callback.id, body=callback.body
                )
        except ProblemError as problem:
            assert problem.code == "case-not-found"  # noqa: PT017 - it was never sent
            return False
        if callback not in self.said:
            self.said.append(callback)
        return True

    def _everything(self, case_id: str) -> object:
        messages = [(m.id, m.state, m.fence) for m in self.town.messages(case_id)]
        return self.town.get(case_id).state, len(self.town.timeline(case_id)), messages


def patient_sender(town: Town) -> Sender:
    """Return a sender of the town that waits long enough on a busy machine."""
    return town.sender(timeout_s=30.0)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_the_invariants_hold_whatever_happens(folder: Path) -> None:
    options = SandboxOptions(secret=SECRET)
    with serving(create_sandbox(options)) as url:
        machine = type("InThisTown", (Dispatch,), {"department": Department(url), "folder": folder})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=15,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=True,
            ),
        )
