"""Cases, listed: what they can be narrowed to, and in what order."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.states import CaseState
from api.database import UTCDateTime
from api.deadlines.lights import Light, due, escalated, light
from api.deadlines.models import CaseClock
from api.findings.models import Finding
from api.verification.models import Verification, VerificationState

S = TypeVar("S", bound=Select[*tuple[Any, ...]])

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Order(StrEnum):
    """Which case comes first; those without a deadline come after those that have one."""

    NEWEST = "newest"
    OLDEST = "oldest"
    UPDATED = "updated"
    UPDATED_FIRST = "updated_first"
    DUE = "due"
    DUE_LAST = "due_last"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of cases is narrowed to; None and nothing mean everything.

    Attributes:
        states: that stand in one of these.
        lights: with one of these.
        destination_id: of this department.
        inspection: whose finding is of this inspection.
        class_name: whose finding is of this class.
        grid_code: in this area.
        text: with this in their number, or in the department's own.
        escalated: only late cases that the people here must look at, or only others.
        needs_person: only cases whose verification waits for a person, or only others.
        visible: ids of the cameras that may be seen.
    """

    states: Collection[CaseState] = ()
    lights: Collection[Light] = ()
    destination_id: str | None = None
    inspection: str | None = None
    class_name: str | None = None
    grid_code: str | None = None
    text: str | None = None
    escalated: bool | None = None
    needs_person: bool | None = None
    visible: Collection[str] | None = None

    def apply(self, query: S, *, at: datetime) -> S:
        """Return a query of cases, joined with their findings and newest clocks, narrowed down."""
        query = query.join(Finding, Finding.id == Case.finding_id)
        query = query.outerjoin(CaseClock, CaseClock.current_case_id == Case.id)
        return query.where(*self._conditions(at))

    def _conditions(self, at: datetime) -> Iterator[ColumnElement[bool]]:
        if self.states:
            yield Case.state.in_(self.states)
        if self.lights:
            yield light(at).in_([each.value for each in self.lights])
        if self.destination_id is not None:
            yield Case.destination_id == self.destination_id
        if self.inspection is not None:
            yield Finding.inspection == self.inspection
        if self.class_name is not None:
            yield Finding.class_name == self.class_name
        if self.grid_code is not None:
            yield Case.grid_code == self.grid_code
        if self.text is not None:
            yield or_(
                Case.number.icontains(self.text, autoescape=True),
                Case.external_id.icontains(self.text, autoescape=True),
            )
        if self.escalated is not None:
            yield escalated() if self.escalated else ~escalated()
        if self.needs_person is not None:
            asked = select(Verification.open_case_id).where(
                Verification.state == VerificationState.NEEDS_PERSON,
                Verification.open_case_id.is_not(None),
            )
            yield Case.id.in_(asked) if self.needs_person else Case.id.not_in(asked)
        if self.visible is not None:
            yield Finding.camera_id.in_(self.visible)


def cases(
    session: Session,
    filters: Filters,
    *,
    at: datetime,
    limit: int,
    order: Order = Order.NEWEST,
    after: Sequence[Any] | None = None,
) -> tuple[Sequence[Case], list[Any] | None]:
    """Return one page of cases.

    Args:
        session: the open transaction.
        filters: which.
        at: the present time.
        limit: the items of a page.
        order: which comes first.
        after: the sort key that the page begins after, of types `KEY_TYPES[order]`.

    Returns:
        The cases, and the sort key of the last one where more come after it, else None.
    """
    key, falls = _key(order)
    ordered = [key.desc(), Case.id.desc()] if falls else [key, Case.id]
    query = filters.apply(select(Case, key), at=at).order_by(*ordered).limit(limit + 1)
    if after is not None:
        value, last = after
        beyond = key < value if falls else key > value
        tied = Case.id < last if falls else Case.id > last
        query = query.where(or_(beyond, (key == value) & tied))
    rows = session.execute(query).tuples().all()
    shown = rows[:limit]
    more = len(rows) > limit
    return [case for case, _ in shown], [shown[-1][1], shown[-1][0].id] if more else None


KEY_TYPES: dict[Order, tuple[type, type]] = {
    Order.NEWEST: (str, str),
    Order.OLDEST: (str, str),
    Order.UPDATED: (datetime, str),
    Order.UPDATED_FIRST: (datetime, str),
    Order.DUE: (datetime, str),
    Order.DUE_LAST: (datetime, str),
}


def _key(order: Order) -> tuple[Any, bool]:
    """Return what cases are sorted by, and whether it falls."""
    match order:
        case Order.NEWEST | Order.OLDEST:
            return Case.id, order is Order.NEWEST
        case Order.UPDATED | Order.UPDATED_FIRST:
            return Case.updated_at, order is Order.UPDATED
        case Order.DUE:
            return func.coalesce(due(), literal(_NEVER, UTCDateTime)), False
        case Order.DUE_LAST:
            return func.coalesce(due(), literal(_LONG_AGO, UTCDateTime)), True
