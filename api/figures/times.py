"""How long findings wait for a person, and cases for their end."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

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
        found = session.execute(percentiles(query, "inspection", "class_name")).mappings()
        rows += [
            TimesRow(
                step=step,
                inspection=row["inspection"],
                class_name=row["class_name"],
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
    earlier = aliased(Review)
    first = (
        select(Review.finding_id, Review.created_at.label("at"))
        .where(*scope.within(Review.created_at), stands())
        .where(
            ~exists().where(
                earlier.finding_id == Review.finding_id, earlier.id < Review.id, stands(earlier)
            )
        )
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
    return scope.narrow(
        select(
            Finding.inspection,
            Finding.class_name,
            (seconds(first.c.at) - seconds(func.coalesce(shown, Finding.created_at))).label(
                "value"
            ),
        ).join(first, first.c.finding_id == Finding.id)
    )


def _to_close(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Give how long cases took, from when they were opened to when they were closed last."""
    later = aliased(CaseEntry)
    was_closed = (CaseEntry.to_state == CaseState.CLOSED.value, CaseEntry.applied)
    return scope.narrow(
        select(
            Finding.inspection,
            Finding.class_name,
            (seconds(CaseEntry.received_at) - seconds(Case.created_at)).label("value"),
        )
        .select_from(Case)
        .join(CaseEntry, CaseEntry.case_id == Case.id)
        .join(Finding, Finding.id == Case.finding_id)
        # What was closed in a time has not been changed before it.
        .where(Case.state == CaseState.CLOSED, Case.updated_at >= scope.begin)
        .where(*was_closed, *scope.within(CaseEntry.received_at))
        .where(
            ~exists().where(
                later.case_id == CaseEntry.case_id,
                later.id > CaseEntry.id,
                later.to_state == CaseState.CLOSED.value,
            )
        )
    )
