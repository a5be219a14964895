"""Receivers that misbehave in every way, and kill -9 of the sender at every step: all counted.

Nothing is lost: every case reaches its department. Nothing is applied twice: the department has
each work once, and each case's timeline, audit record and message say so once.
"""

import multiprocessing
import signal
from collections import Counter

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases.states import CaseEvent, CaseState
from api.counts.periods import Period, PeriodKind
from api.database import now
from api.dispatch import destinations
from api.dispatch.models import DestinationKind, OutboxState, Outcome
from api.reconciliation.service import reconcile
from api.settings import Settings
from tests.integration.api.dispatch import victim
from tests.integration.api.dispatch.town import SEAL, Department, Town

_TROUBLES = (
    "hang",
    "take_and_hang",
    "refuse",
    "fail",
    "take_and_fail",
    "moved",
    "busy",
    "take_and_babble",
    "gone",
)
_UNSENT = ("before lease", "after lease", "before send")
_SENT = ("during send", "after send", "inside record", "after record")
_TIMEOUT_S = 0.5
_ATTEMPTS = 5
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([victim.__name__])


def _die_at(town: Town, step: str) -> None:
    """Let a sender come to a step in a process of its own, and die there."""
    url = town.database.url.render_as_string(hide_password=False)
    process = _processes.Process(target=victim.run, args=(url, step, None, _TIMEOUT_S))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def _calm_down(town: Town, destination_id: str) -> None:
    """Send until everything has arrived; enable the department again where it said 410."""
    sender = town.sender(timeout_s=_TIMEOUT_S)
    for _ in range(_ATTEMPTS):
        town.clock.advance(600)
        while sender.run_once():
            pass
        with town.database.write() as session:
            destinations.update(
                session,
                seal=SEAL,
                destination_id=destination_id,
                values={"enabled": True},
                actor="user:admin",
            )


@pytest.mark.parametrize(
    ("database_url", "kind", "after_doubt", "step"),
    [
        *(("sqlite", DestinationKind.WEBHOOK, None, step) for step in (*_UNSENT, *_SENT)),
        *(
            (database, DestinationKind.OPEN311, "search", step)
            for database, step in (("postgresql", "during send"), ("sqlite", "inside record"))
        ),
        ("sqlite", DestinationKind.OPEN311, "resend", "after send"),
        *(
            ("postgresql", DestinationKind.WEBHOOK, None, step)
            for step in ("after lease", "inside record")
        ),
    ],
    indirect=["database_url"],
)
def test_nothing_is_lost_and_nothing_done_twice(
    town: Town, department: Department, kind: DestinationKind, after_doubt: str | None, step: str
) -> None:
    settings = {"after_doubt": after_doubt} if after_doubt else {}
    destination = town.destination(department.url, kind=kind, settings=settings)
    case_ids = [town.case() for _ in _TROUBLES]
    department.behave(*_TROUBLES)
    for _ in _TROUBLES if step in _SENT else _TROUBLES[:2]:
        _die_at(town, step)  # what the dead have leased stays so: the next takes the next case

    _calm_down(town, destination.id)

    works = department.received()
    assert sorted(work["case_id"] for work in works) == sorted(case_ids)
    assert len({work["key"] for work in works}) == len(works)
    for case_id in case_ids:
        _arrived_once(town, case_id)
    with town.database.read() as session:
        today = Period.of(PeriodKind.DAY, now(), Settings().zone)
        assert reconcile(session, day=today, at=town.clock()).discrepancies == []


def _arrived_once(town: Town, case_id: str) -> None:
    """Hold that a case's state, timeline, audit record, message and log agree on one arrival."""
    assert town.get(case_id).state == CaseState.DISPATCHED
    events = Counter(entry.event for entry in town.timeline(case_id) if entry.applied)
    assert events[CaseEvent.DELIVERED] == 1
    assert events[CaseEvent.SEND] == 1 + events[CaseEvent.UNDELIVERABLE]
    with town.database.read() as session:
        actions = session.scalars(
            select(AuditRecord.action).where(AuditRecord.object_id == case_id)
        ).all()
    assert Counter(actions) == Counter({f"case.{event}": n for event, n in events.items()})
    (message,) = town.messages(case_id)
    assert message.state == OutboxState.DELIVERED
    outcomes = Counter(delivery.outcome for delivery in town.deliveries(case_id))
    assert outcomes[Outcome.DELIVERED] == 1
    assert outcomes[Outcome.SENDING] == 0
