"""Confirmed findings of the last weeks, read for what comes back."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases.models import Case, CaseEntry
from api.cases.states import OPEN_STATES, CaseEvent, CaseState
from api.counts.periods import Period, PeriodKind
from api.findings.models import Finding
from api.findings.service import Filters
from api.findings.states import FindingState
from api.matters.gathering import Occurrence

_CONFIRMED = (FindingState.CONFIRMED, FindingState.CASED)


def occurrences(
    session: Session,
    *,
    weeks: int,
    at: datetime,
    zone: ZoneInfo,
    inspection: str | None,
    class_name: str | None,
    visible: Collection[str] | None,
) -> list[Occurrence]:
    """Return the confirmed findings with a place that were first seen in the last weeks.

    A finding whose case was cancelled is none: nobody had to do anything.

    Args:
        session: the open transaction.
        weeks: how many weeks, the present one included; they begin on Monday.
        at: the present time.
        zone: whose weeks.
        inspection: of this inspection, or None for all.
        class_name: of this class, or None for all.
        visible: ids of the cameras that the caller may see, or None for all.
    """
    present = Period.of(PeriodKind.WEEK, at, zone)
    since = Period.of_day(PeriodKind.WEEK, present.first - timedelta(weeks=weeks - 1), zone).start
    reopened = (
        select(CaseEntry.case_id, func.count().label("times"))
        .where(CaseEntry.event == CaseEvent.FAIL, CaseEntry.applied.is_(True))
        .group_by(CaseEntry.case_id)
        .subquery()
    )
    newest_case = (
        select(func.max(Case.id))
        .where(Case.finding_id == Finding.id)
        .correlate(Finding)
        .scalar_subquery()
    )
    query = (
        Filters(states=_CONFIRMED, inspection=inspection, class_name=class_name, visible=visible)
        .apply(
            select(
                Finding.id,
                Finding.inspection,
                Finding.class_name,
                Finding.latitude,
                Finding.longitude,
                Finding.first_seen_at,
                Case.state,
                func.coalesce(reopened.c.times, 0),
            )
        )
        .outerjoin(Case, Case.id == newest_case)
        .outerjoin(reopened, reopened.c.case_id == Case.id)
        .where(Finding.latitude.is_not(None), Finding.first_seen_at >= since)
    )
    return [
        Occurrence(
            finding_id=finding_id,
            inspection=found_by,
            class_name=name,
            latitude=latitude,
            longitude=longitude,
            week=Period.of(PeriodKind.WEEK, first_seen_at, zone),
            first_seen_at=first_seen_at,
            open=state is None or state in OPEN_STATES,
            reopened=times,
        )
        for finding_id, found_by, name, latitude, longitude, first_seen_at, state, times in (
            session.execute(query)
        )
        if state is not CaseState.CANCELLED
    ]
