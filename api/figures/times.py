"""How long findings wait for a person, and cases for their end."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from api.audit.models import AuditRecord
from api.cases.models import Case, CaseEntry
from api.cases.states import CaseState
from api.figures.percentiles import percentiles
from api.figures.schemas import TimesRow
from api.figures.scope import Scope, seconds
from api.findings.models import Finding
from api.findings.states import FindingEvent
from api.reviews.models import Review, stands


class Step(StrEnum):
    """What is waited for."""

    REVIEW = "review"
    CLOSE = "close"


def times(session: Session, scope: Scope) -> list[TimesRow]:
    """Return how long each step took where it was reached in a time; the sum of classes first.

    Args:
        session: the open transaction.
        scope: which; what still waits is not part of it.
    """
    rows: list[TimesRow] = []
    for step, query in ((Step.REVIEW, _to_review(scope)), (Step.CLOSE, _to_close(scope))):
        for names in ((), ("inspection", "class_name")):
            found = session.execute(percentiles(query, *names)).mappings()
            rows += [
                TimesRow(
                    step=step,
                    inspection=row.get("inspection"),
                    class_name=row.get("class_name"),
                    count=row["count"],
                    median_s=row["median"],
                    p90_s=row["p90"],
                )
                for row in found
                if row["count"]
            ]
    return sorted(
        rows, key=lambda row: (row.step, -row.count, row.class_name is not None, row.class_name)
    )


def _to_review(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Give how long findings waited, from when they were shown to people to the first word."""
    first = (
        scope.narrow(
            select(
                Review.finding_id,
                func.min(Review.created_at).label("at"),
            )
            .join(Finding, Finding.id == Review.finding_id)
            .where(stands())
        )
        .group_by(Review.finding_id)
        .having(*scope.within(func.min(Review.created_at)))
        .subquery()
    )
    shown = (
        select(func.min(AuditRecord.at))
        .where(
            AuditRecord.object_type == literal("finding"),
            AuditRecord.object_id == Finding.id,
            AuditRecord.action == f"finding.{FindingEvent.ENOUGH_SEEN.value}",
        )
        .scalar_subquery()
    )
    return select(
        Finding.inspection,
        Finding.class_name,
        (seconds(first.c.at) - seconds(func.coalesce(shown, Finding.created_at))).label("value"),
    ).join(first, first.c.finding_id == Finding.id)


def _to_close(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Give how long cases took, from when they were opened to when they were closed last."""
    closed = (
        select(CaseEntry.case_id, func.max(CaseEntry.received_at).label("at"))
        .where(CaseEntry.to_state == CaseState.CLOSED.value, CaseEntry.applied)
        .group_by(CaseEntry.case_id)
        .having(*scope.within(func.max(CaseEntry.received_at)))
        .subquery()
    )
    return scope.narrow(
        select(
            Finding.inspection,
            Finding.class_name,
            (seconds(closed.c.at) - seconds(Case.created_at)).label("value"),
        )
        .select_from(Case)
        .join(closed, closed.c.case_id == Case.id)
        .join(Finding, Finding.id == Case.finding_id)
        .where(Case.state == CaseState.CLOSED)
    )
