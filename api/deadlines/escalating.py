"""Reminders and escalation: steps that are taken while a term runs out, and after it.

Each step is one transaction that holds the case: of several services that look at the same moment
one takes it, and the others find it taken.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.service import SYSTEM
from api.database import Database, now
from api.deadlines.escalation import Notice, Step
from api.deadlines.models import CaseClock
from api.deadlines.monitoring import DeadlineMetrics
from api.deadlines.service import current, next_step_at
from api.deadlines.tables import Rules, rules_of
from api.dispatch import outbox
from api.dispatch.connectors import carried
from api.dispatch.models import Destination, MessageType
from api.dispatch.payload import facts
from api.findings.models import Finding
from api.periodic import every

_EVERY_S = 15.0
_AT_ONCE = 100
_MESSAGES = {Notice.REMIND: MessageType.REMINDED, Notice.ESCALATE: MessageType.ESCALATED}
_log = structlog.get_logger()


class Escalator:
    """Takes the steps that are due. Any number may work on one database.

    Args:
        database: where the cases are.
        metrics: where the steps are counted.
        clock: gives the present time.
    """

    def __init__(
        self,
        database: Database,
        metrics: DeadlineMetrics,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._clock = clock

    def run_once(self) -> int:
        """Take the steps that are due, of 100 cases at most; return of how many there were any."""
        at = self._clock()
        with self._database.read() as session:
            waiting = session.scalars(
                select(CaseClock.case_id)
                .where(CaseClock.next_step_at <= at, CaseClock.current_case_id.is_not(None))
                .order_by(CaseClock.next_step_at)
                .limit(_AT_ONCE)
            ).all()
        return sum(self._take(case_id, at) for case_id in waiting)

    def _take(self, case_id: str, at: datetime) -> bool:
        try:
            with self._database.write() as session:
                taken = take_steps(session, cases.locked(session, case_id), at=at)
        except Exception:  # one case holds up no other
            _log.exception("steps of the escalation cannot be taken", case=case_id)
            return False
        for step in taken:
            _log.info("escalation", case=case_id, step=step.do.value, at=step.at, to=step.to)
            self._metrics.count(step.do)
        return bool(taken)


def take_steps(session: Session, case: Case, *, at: datetime) -> list[Step]:
    """Take the steps of a case's escalation that are due; return those that were taken.

    Of reminders that were missed, as when no service ran, only the last is sent, and none where
    something stronger is due.

    Args:
        session: the open transaction.
        case: the case, locked.
        at: the present time.
    """
    clock = current(session, case.id)
    if clock is None or clock.next_step_at is None:
        return []
    rules = rules_of(session, clock.table_id)
    reached: list[tuple[int, Step]] = []
    while clock.next_step_at is not None and clock.next_step_at <= at:
        reached.append((clock.steps_done, rules.steps[clock.steps_done]))
        clock.steps_done += 1
        clock.next_step_at = next_step_at(clock, rules)
    taken = [each for each in reached if each[1].do is not Notice.REMIND or each is reached[-1]]
    for number, step in taken:
        words = _do(session, case, clock, step, rules, at)
        session.add(
            CaseEntry(
                case_id=case.id,
                destination_id=case.destination_id,
                event=step.do.value,
                from_state=case.state,
                to_state=case.state,
                applied=False,
                source=SYSTEM,
                message_id=f"{case.id} round {clock.round} step {number}",
                comment=f"{step.at:.0%} of the term ({clock.term}) have passed; {words}",
                occurred_at=at,
            )
        )
        audit.record(
            session,
            actor=SYSTEM,
            action=f"clock.{step.do}",
            object_type="clock",
            object_id=clock.id,
            after={"case_id": case.id, "step": step.model_dump(mode="json"), "done": words},
        )
    session.flush()
    return [step for _, step in taken]


def _do(
    session: Session, case: Case, clock: CaseClock, step: Step, rules: Rules, at: datetime
) -> str:
    """Tell whom a step names, and the people here where that is nobody who can be told."""
    words, told = "", False
    if step.do is Notice.REMIND or step.to is not None:
        receiver = clock.destination_id if step.to is None else rules.departments[step.to]
        destination = session.get_one(Destination, receiver)
        problem = _tell(session, case, clock, destination, step)
        told = problem is None
        words = problem or f"{destination.name} is told"
    if step.do is Notice.ESCALATE and not told:
        clock.escalated_at = clock.escalated_at or at
        words = "; ".join(filter(None, (words, "the people here must look")))
    return words


def _tell(
    session: Session, case: Case, clock: CaseClock, destination: Destination, step: Step
) -> str | None:
    """Queue the message of a step; return why it cannot be told, or None."""
    event_type = _MESSAGES[step.do]
    if destination.disabled_at is not None:
        return f"{destination.name} is disabled and cannot be told"
    if event_type not in carried(destination):
        return f"{destination.name} cannot be told by {destination.kind}: tell it by other means"
    finding = session.get_one(Finding, case.finding_id)
    assert clock.started_at is not None and clock.due_at is not None  # noqa: S101, PT018 - it runs
    payload = facts(session, case=case, finding=finding)
    payload["deadline"] = {
        "term": clock.term,
        "started_at": clock.started_at.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "passed": step.at,
    }
    outbox.queue(
        session, case=case, destination=destination, event_type=event_type, payload=payload
    )
    return None


@contextmanager
def escalating(database: Database, metrics: DeadlineMetrics) -> Iterator[None]:
    """Take the steps that are due beside the service, until the block ends."""
    with every(_EVERY_S, Escalator(database, metrics).run_once, name="escalator"):
        yield
