"""How often people confirm what the models found."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.figures.schemas import PrecisionRow
from api.figures.scope import Scope
from api.findings.models import Finding
from api.findings.states import FindingState
from api.reviews.models import Review, Verdict, stands
from api.statistics import wilson_interval

_NEVER_SHOWN = (FindingState.CANDIDATE, FindingState.WITHDRAWN)


class By(StrEnum):
    """What precision is told for."""

    CLASS = "class"
    CAMERA = "camera"


def precision(session: Session, scope: Scope, *, by: By) -> list[PrecisionRow]:
    """Return the precision of what was first seen in a time, most findings first.

    Each finding counts once, by the last word on it that was not undone. One that was confirmed as
    another class counts against the class that it was taken for, and every reason of a rejection
    counts against it. What nobody has judged is counted beside, and so are duplicates: neither is
    part of the share.

    Args:
        session: the open transaction.
        scope: which findings.
        by: a row for each class, or for each camera and class.
    """
    last = (
        scope.narrow(
            select(func.max(Review.id).label("id"), Review.finding_id)
            .join(Finding, Finding.id == Review.finding_id)
            .where(*scope.within(Finding.first_seen_at), stands())
        )
        .group_by(Review.finding_id)
        .subquery()
    )
    class_name = func.coalesce(Review.class_was, Finding.class_name)
    keys: list[Any] = [Finding.inspection, class_name.label("class_name")]
    if by is By.CAMERA:
        keys += [Camera.id.label("camera_id"), Camera.name.label("camera")]
    corrected = Review.class_was.is_not(None)
    confirmed = and_(Review.verdict == Verdict.CONFIRM, ~corrected)
    rejected = or_(
        Review.verdict == Verdict.REJECT, and_(Review.verdict == Verdict.CONFIRM, corrected)
    )
    duplicate = Finding.state == FindingState.DUPLICATE
    query = (
        select(
            *keys,
            _count(confirmed).label("confirmed"),
            _count(rejected).label("rejected"),
            _count(duplicate).label("duplicates"),
            func.count().label("findings"),
        )
        .select_from(Finding)
        .join(Camera, Camera.id == Finding.camera_id)
        .outerjoin(last, last.c.finding_id == Finding.id)
        .outerjoin(Review, Review.id == last.c.id)
        .where(*scope.within(Finding.first_seen_at), Finding.state.not_in(_NEVER_SHOWN))
        .group_by(Finding.inspection, class_name, *([Camera.id, Camera.name] * (by is By.CAMERA)))
    )
    rows = [_row(dict(row)) for row in session.execute(scope.narrow(query)).mappings()]
    return sorted(
        rows, key=lambda row: (-row.findings, row.inspection, row.class_name, row.camera or "")
    )


def _row(counted: dict[str, Any]) -> PrecisionRow:
    judged = counted["confirmed"] + counted["rejected"]
    low, high = wilson_interval(counted["confirmed"], judged) if judged else (None, None)
    return PrecisionRow(
        **counted,
        judged=judged,
        not_judged=counted["findings"] - judged - counted["duplicates"],
        precision=counted["confirmed"] / judged if judged else None,
        low=low,
        high=high,
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
