"""Unit cards: how a department kept its terms in a month. Of departments, never of people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.states import CaseEvent
from api.counts.periods import day_start
from api.deadlines.lights import ahead, late
from api.deadlines.models import CaseClock
from api.dispatch.models import Destination
from api.findings.models import Finding


class Color(StrEnum):
    """What a card says of a department's month."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


LEAST_ON_TIME = {Color.GREEN: 0.95, Color.YELLOW: 0.80}
"""Share of the terms that must be kept for a card of this colour."""

MOST_FAILED = {Color.GREEN: 0.05, Color.YELLOW: 0.20}
"""Share of the claims that may be found untrue for a card of this colour."""


@dataclass(frozen=True, slots=True)
class UnitCard:
    """A department's month.

    A round, that is a case given to the department once, counts in the month of its deadline. One
    that is suspended has none, and one that was cancelled is nobody's.

    Attributes:
        destination_id: the department.
        name: of the department.
        in_time: rounds that it claimed done in time.
        ahead: of them, those with at least half of the term left.
        late: rounds that were not claimed done in time, done by now or not.
        returned: rounds that it sent back in time.
        running: rounds that it has still time for.
        claimed: rounds that it claimed done, in time or late.
        failed: of them, those whose claim was found untrue by looking again.
        escalated: rounds that the people here had to look at.
    """

    destination_id: str
    name: str
    in_time: int
    ahead: int
    late: int
    returned: int
    running: int
    claimed: int
    failed: int
    escalated: int

    @property
    def on_time_share(self) -> float | None:
        """The share of terms kept, 0 … 1; None while nothing is decided."""
        decided = self.in_time + self.late
        return self.in_time / decided if decided else None

    @property
    def failed_share(self) -> float | None:
        """The share of claims that were found untrue, 0 … 1; None without claims."""
        return self.failed / self.claimed if self.claimed else None

    @property
    def card(self) -> Color | None:
        """The best colour whose both conditions hold; None while nothing is decided."""
        on_time = self.on_time_share
        if on_time is None:
            return None
        failed = self.failed_share or 0.0
        for color, least in LEAST_ON_TIME.items():
            if on_time >= least and failed <= MOST_FAILED[color]:
                return color
        return Color.RED


def month_bounds(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of a month, and the first after it, UTC."""
    years, number = divmod(month.month, 12)
    following = date(month.year + years, number + 1, 1)
    return day_start(month.replace(day=1), zone), day_start(following, zone)


def unit_cards(
    session: Session,
    *,
    month: date,
    zone: ZoneInfo,
    at: datetime,
    visible: Collection[str] | None,
) -> list[UnitCard]:
    """Return the card of every department that had a deadline in a month, by name.

    Args:
        session: the open transaction.
        month: any day of it.
        zone: where months begin.
        at: the present time.
        visible: ids of the cameras whose cases count; None for all.
    """
    begin, end = month_bounds(month, zone)
    is_late = late(at)
    in_time = CaseClock.due_at >= func.coalesce(CaseClock.stopped_at, at)
    claimed = CaseClock.stopped_by == CaseEvent.CLAIM_DONE
    query = (
        select(
            Destination.id.label("destination_id"),
            Destination.name,
            _count(and_(claimed, in_time)).label("in_time"),
            _count(and_(claimed, in_time, ahead())).label("ahead"),
            _count(is_late).label("late"),
            _count(and_(CaseClock.stopped_by == CaseEvent.RETURN, in_time)).label("returned"),
            _count(and_(CaseClock.stopped_at.is_(None), in_time)).label("running"),
            _count(claimed).label("claimed"),
            _count(and_(claimed, CaseClock.failed_at.is_not(None))).label("failed"),
            _count(CaseClock.escalated_at.is_not(None)).label("escalated"),
        )
        .join(CaseClock, CaseClock.destination_id == Destination.id)
        .where(
            CaseClock.due_at >= begin,
            CaseClock.due_at < end,
            or_(
                CaseClock.stopped_by.is_(None),
                CaseClock.stopped_by.in_((CaseEvent.CLAIM_DONE, CaseEvent.RETURN)),
            ),
        )
        .group_by(Destination.id, Destination.name)
        .order_by(Destination.name)
    )
    if visible is not None:
        query = (
            query.join(Case, Case.id == CaseClock.case_id)
            .join(Finding, Finding.id == Case.finding_id)
            .where(Finding.camera_id.in_(visible))
        )
    return [UnitCard(**dict(row)) for row in session.execute(query).mappings()]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
