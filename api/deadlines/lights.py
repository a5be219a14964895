"""Five lights: how a case stands to its term. Each has a word and a shape beside its colour."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_

from api.cases.models import Case
from api.cases.states import CaseEvent, CaseState
from api.deadlines.models import CaseClock

AHEAD = 0.5
"""A case that is claimed done when no more of its term has passed is ahead."""


class Light(StrEnum):
    """How a case stands to its term.

    `white`: with no department yet, cancelled, or without a term. `blue`: claimed done ahead of
    its term. `green`: in time. `yellow`: something went wrong that is nobody's lateness: returned,
    undeliverable, suspended, or given back because a repair had failed. `red`: the term was over
    before the department said that it was done.
    """

    WHITE = "white"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Shape(StrEnum):
    """What a light looks like without its colour."""

    RING = "ring"
    STAR = "star"
    DISC = "disc"
    TRIANGLE = "triangle"
    SQUARE = "square"


WORDS = {
    Light.WHITE: ("计划", "planned", Shape.RING),
    Light.BLUE: ("提前", "ahead", Shape.STAR),
    Light.GREEN: ("按时", "on time", Shape.DISC),
    Light.YELLOW: ("异常", "fault", Shape.TRIANGLE),
    Light.RED: ("逾期", "late", Shape.SQUARE),
}

_S = CaseState
_WAITING = (_S.OPENED, _S.CANCELLED)
_WRONG = (_S.RETURNED, _S.UNDELIVERABLE, _S.REOPENED)
_DONE = (_S.CLAIMED_DONE, _S.VERIFYING, _S.CLOSED)


def late(at: datetime) -> ColumnElement[bool]:
    """Return whether a run goes on, or went on, past its end."""
    return func.coalesce(CaseClock.stopped_at, at) > CaseClock.due_at


def ahead() -> ColumnElement[bool]:
    """Return whether a run was stopped when little of its term had passed."""
    return CaseClock.used_s <= AHEAD * CaseClock.total_s


def light(at: datetime) -> ColumnElement[Any]:
    """Return the light of a case, of `Case` outer-joined with its newest `CaseClock`."""
    again = CaseClock.rework.is_(True)
    return case(
        (Case.state.in_(_WRONG), Light.YELLOW.value),
        (and_(Case.state == _S.DISPATCHING, again), Light.YELLOW.value),
        (Case.state.in_((*_WAITING, _S.DISPATCHING)), Light.WHITE.value),
        (late(at), Light.RED.value),
        (Case.state == _S.SUSPENDED, Light.YELLOW.value),
        (CaseClock.due_at.is_(None), Light.WHITE.value),
        (and_(Case.state.in_(_DONE), ahead()), Light.BLUE.value),
        (and_(Case.state.not_in(_DONE), again), Light.YELLOW.value),
        else_=Light.GREEN.value,
    )


def due() -> ColumnElement[datetime | None]:
    """Return when a newest run ends, null where nothing does: without one, or while suspended."""
    stopped_by = CaseClock.stopped_by
    return case((or_(stopped_by.is_(None), stopped_by != CaseEvent.SUSPEND), CaseClock.due_at))


def escalated() -> ColumnElement[bool]:
    """Return whether a newest run waits for the people here: late, and still with a department."""
    return and_(
        CaseClock.current_case_id.is_not(None),
        CaseClock.escalated_at.is_not(None),
        CaseClock.stopped_at.is_(None),
    )
