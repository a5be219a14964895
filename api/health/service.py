"""Whether the service is ready, and its counters."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from api import migrations
from api.cases.models import Case
from api.database import Database
from api.dispatch.models import OutboxMessage
from api.errors import Unavailable
from api.evidence.objects import ObjectStore
from api.findings.models import Finding
from api.frames.inspector import Inspector
from api.frames.models import Detection, Frame
from api.jobs.watch import workers_alive
from models.errors import XunjianError

_log = structlog.get_logger("xunjian.health")


def check_database(database: Database) -> None:
    """Check that the database answers and has this version's tables.

    Raises:
        DatabaseNotReady: when it lacks them.
        Unavailable: when it does not answer.
    """
    try:
        migrations.check(database)
    except SQLAlchemyError as error:
        _log.warning("database check failed", error=str(error))
        raise Unavailable("the database does not answer", code="database-unavailable") from error


def check(
    *, database: Database, objects: ObjectStore, inspector: Inspector
) -> dict[str, str | None]:
    """Check everything that must work for frames to be taken.

    Returns:
        What is wrong with each part and how to mend it, None where nothing is.
    """
    return {
        "database": _problem_of(partial(check_database, database)),
        "objects": _problem_of(objects.check),
        "inspections": inspector.check(),
    }


def check_workers(database: Database) -> str | None:
    """Say what is wrong when nobody does the long work; frames are taken all the same."""
    try:
        with database.read() as session:
            alive = workers_alive(session)
    except SQLAlchemyError:
        return None  # which is said of the database already
    if alive:
        return None
    return "no worker is alive: clips are taken in, but wait. Run `xunjian work`"


def _problem_of(check: Callable[[], None]) -> str | None:
    try:
        check()
    except XunjianError as error:
        return f"{error}. {error.hint}" if error.hint else str(error)
    return None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much came in, and how many findings, cases and messages stand in each state."""

    frames: int
    detections: int
    findings: dict[str, int]
    cases: dict[str, int]
    messages: dict[str, int]


def count(session: Session, *, visible: Collection[str] | None) -> Counts:
    """Count what came in and what became of it.

    Args:
        session: the open transaction.
        visible: the ids of the cameras that may be seen; None means every camera.
    """

    def seen(camera_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        return true() if visible is None else camera_id.in_(visible)

    def by_state(query: Select[Any, int]) -> dict[str, int]:
        return {state.value: number for state, number in session.execute(query).tuples()}

    frames = select(func.count()).select_from(Frame).where(seen(Frame.camera_id))
    detections = select(func.count()).select_from(Detection)
    if visible is not None:
        detections = detections.join(Frame, Detection.frame_id == Frame.id).where(
            seen(Frame.camera_id)
        )
    findings = select(Finding.state, func.count()).group_by(Finding.state)
    cases = (
        select(Case.state, func.count())
        .join(Finding, Case.finding_id == Finding.id)
        .group_by(Case.state)
    )
    messages = (
        select(OutboxMessage.state, func.count())
        .join(Case, OutboxMessage.case_id == Case.id)
        .join(Finding, Case.finding_id == Finding.id)
        .group_by(OutboxMessage.state)
    )
    of_finding = seen(Finding.camera_id)
    return Counts(
        frames=session.scalar(frames) or 0,
        detections=session.scalar(detections) or 0,
        findings=by_state(findings.where(of_finding)),
        cases=by_state(cases.where(of_finding)),
        messages=by_state(messages.where(of_finding)),
    )
