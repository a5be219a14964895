"""A confirmation that is undone was never sent, whoever dies when."""

import multiprocessing
import signal
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.accounts.models import User
from api.cases.states import CaseState
from api.database import Database, new_id
from api.dispatch import destinations
from api.dispatch.models import OutboxState
from api.dispatch.sender import Sender
from api.errors import Conflict
from api.findings.models import Finding
from api.findings.states import FindingState
from api.permissions import Role
from api.principal import Principal
from api.reviews import service as reviews
from api.reviews import undoing
from api.reviews.models import ReviewUndo, Verdict
from api.reviews.service import Reviewed, Terms, Word
from tests.integration.api.dispatch import victim
from tests.integration.api.dispatch.town import Department, Town, at_once

UNDO_FOR = timedelta(seconds=30)
_AFTERWARDS_S = 31.0
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([victim.__name__])


@pytest.fixture
def operator(database: Database) -> Principal:
    user = User(id=new_id(), username="o", display_name="o", password_hash="x", role=Role.OPERATOR)
    with database.write() as session:
        session.add(user)
    return Principal("user", user.id, user.username, Role.OPERATOR)


def _confirm(town: Town, operator: Principal, undo_for: timedelta = UNDO_FOR) -> Reviewed:
    finding_id = town.finding(state=FindingState.PENDING_REVIEW)
    with town.database.write() as session:
        return reviews.review(
            session,
            finding_id=finding_id,
            principal=operator,
            word=Word(Verdict.CONFIRM),
            terms=Terms(undo_for=undo_for),
        )


def _undo(town: Town, done: Reviewed, operator: Principal) -> None:
    with town.database.write() as session:
        undoing.undo(session, review_id=done.review.id, principal=operator)


def _state(town: Town, done: Reviewed) -> FindingState:
    with town.database.read() as session:
        return session.get_one(Finding, done.finding.id).state


def test_nothing_is_sent_before_the_window_ends(
    town: Town, department: Department, operator: Principal
) -> None:
    town.destination(department.url)
    done = _confirm(town, operator)
    assert town.send_all() == 0
    town.clock.advance(_AFTERWARDS_S)
    assert town.send_all() == 1
    assert [work["case_id"] for work in department.received()] == [done.case and done.case.id]


def test_a_department_that_is_disabled_hurries_nothing_that_can_be_undone(
    town: Town, department: Department, operator: Principal
) -> None:
    destination = town.destination(department.url)
    done = _confirm(town, operator)
    with town.database.write() as session:
        destinations.disable(
            session, destination_id=destination.id, reason="it moved", actor="system"
        )
    assert town.send_all() == 0
    _undo(town, done, operator)


def test_what_is_undone_is_never_sent(
    town: Town, department: Department, operator: Principal
) -> None:
    town.destination(department.url)
    done = _confirm(town, operator)
    assert done.case is not None
    _undo(town, done, operator)
    town.clock.advance(_AFTERWARDS_S)
    assert town.send_all() == 0
    assert department.received() == []
    assert town.get(done.case.id).state is CaseState.CANCELLED
    assert [message.state for message in town.messages(done.case.id)] == [OutboxState.WITHDRAWN]
    assert _state(town, done) is FindingState.PENDING_REVIEW


def test_a_case_that_waits_for_a_department_is_taken_back_too(
    town: Town, operator: Principal
) -> None:
    done = _confirm(town, operator)
    assert done.case is not None
    _undo(town, done, operator)
    assert town.get(done.case.id).state is CaseState.CANCELLED


def test_a_department_made_meanwhile_waits_as_well(
    town: Town, department: Department, operator: Principal
) -> None:
    done = _confirm(town, operator)
    town.destination(department.url)
    assert town.send_all() == 0
    _undo(town, done, operator)
    town.clock.advance(_AFTERWARDS_S)
    assert town.send_all() == 0


def test_once_it_was_sent_it_cannot_be_undone(
    town: Town, department: Department, operator: Principal
) -> None:
    """Even where the sender's clock is ahead of ours."""
    town.destination(department.url)
    done = _confirm(town, operator)
    town.clock.advance(_AFTERWARDS_S)
    assert town.send_all() == 1
    with pytest.raises(Conflict) as refused:
        _undo(town, done, operator)
    assert refused.value.code == "case-already-sent"
    assert _state(town, done) is FindingState.CASED


def test_after_the_window_it_is_too_late(town: Town, operator: Principal) -> None:
    done = _confirm(town, operator, timedelta(microseconds=1))
    with pytest.raises(Conflict) as refused:
        _undo(town, done, operator)
    assert refused.value.code == "undo-too-late"
    assert _state(town, done) is FindingState.CASED


def test_sender_and_undo_at_the_same_moment(
    town: Town, department: Department, operator: Principal
) -> None:
    town.destination(department.url)
    cases = [_confirm(town, operator) for _ in range(8)]
    town.clock.advance(_AFTERWARDS_S)

    def undo_all() -> int:
        undone = 0
        for done in reversed(cases):
            try:
                _undo(town, done, operator)
                undone += 1
            except Conflict:
                continue
        return undone

    senders = [town.sender() for _ in range(2)]
    work = iter([undo_all, *(lambda each=each: _send_all(each) for each in senders)])
    results = at_once(lambda: next(work)(), 3)
    assert all(isinstance(result, int) for result in results), results
    town.clock.advance(_AFTERWARDS_S)
    town.send_all()
    states = {done.finding.id: _state(town, done) for done in cases}
    told = {work["case_id"] for work in department.received()}
    for done in cases:
        assert done.case is not None
        sent = done.case.id in told
        assert sent == (states[done.finding.id] is FindingState.CASED)


def _send_all(sender: Sender) -> int:
    return sum(iter(sender.run_once, False))


@pytest.mark.parametrize("when", ["before commit", "after commit"])
def test_killed_while_undoing(
    town: Town, department: Department, operator: Principal, when: str
) -> None:
    """Either all of it was undone, or nothing: then it is sent, once."""
    town.destination(department.url)
    done = _confirm(town, operator)
    url = town.database.url.render_as_string(hide_password=False)
    process = _processes.Process(target=victim.undo, args=(url, done.review.id, operator.id, when))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    undone = when == "after commit"
    with town.database.read() as session:
        assert len(session.scalars(select(ReviewUndo)).all()) == int(undone)
    town.clock.advance(_AFTERWARDS_S)
    town.send_all()
    assert len(department.received()) == int(not undone)
    assert _state(town, done) is (FindingState.PENDING_REVIEW if undone else FindingState.CASED)
