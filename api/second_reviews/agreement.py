"""How often two people who do not know of each other say the same of a finding."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.findings.models import Finding
from api.reviews.models import Review, Verdict
from api.second_reviews.models import SecondReview
from api.second_reviews.schemas import (
    AgreementView,
    ClassAgreement,
    Disagreement,
    SaidOnce,
)
from api.statistics import wilson_interval

Pairs = Mapping[tuple[Verdict, Verdict], int]

_MOST_DISAGREEMENTS = 200
_JUDGED = (Verdict.CONFIRM, Verdict.REJECT)


def cohens_kappa(pairs: Pairs) -> float | None:
    """Return how much more often two people agree than by chance, −1 to 1.

    (pₒ − pₑ) / (1 − pₑ), with pₒ the share of pairs that agree and pₑ the share that would by
    chance, given how often each says what. None where there is no pair, or chance alone agrees.

    Source: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20 (1960) 37–46.

    Args:
        pairs: how often the first person said one word and the second another.
    """
    total = sum(pairs.values())
    if total == 0:
        return None
    first, second = Counter[Verdict](), Counter[Verdict]()
    for (one, other), count in pairs.items():
        first[one] += count
        second[other] += count
    by_chance = sum(first[word] * second[word] for word in _JUDGED) / total**2
    if by_chance == 1:
        return None
    agreed = sum(pairs.get((word, word), 0) for word in _JUDGED) / total
    return (agreed - by_chance) / (1 - by_chance)


def agreement(
    session: Session, *, since: datetime, until: datetime, visible: Collection[str] | None
) -> AgreementView:
    """Count what second people said in a period.

    Args:
        session: the open transaction.
        since: from then on.
        until: before then.
        visible: the ids of the cameras that may be seen; None means every camera.
    """
    within = [SecondReview.said_at >= since, SecondReview.said_at < until]
    seen = [] if visible is None else [Finding.camera_id.in_(visible)]
    class_name = func.coalesce(Review.class_was, Finding.class_name).label("class_name")
    said = (
        select(
            Finding.inspection,
            class_name,
            Review.verdict.label("first"),
            SecondReview.verdict.label("second"),
        )
        .select_from(SecondReview)
        .join(Review, Review.id == SecondReview.review_id)
        .join(Finding, Finding.id == SecondReview.finding_id)
        .where(*seen)
    )
    counted = said.where(*within, SecondReview.verdict.in_(_JUDGED)).subquery()
    by_class: dict[tuple[str, str], Counter[tuple[Verdict, Verdict]]] = {}
    for inspection, name, first, second, count in session.execute(
        select(counted, func.count()).group_by(*counted.c)
    ):
        by_class.setdefault((inspection, name), Counter())[first, second] = count
    differing = (
        said.add_columns(
            SecondReview.finding_id,
            Review.reason.label("first_reason"),
            SecondReview.reason.label("second_reason"),
            SecondReview.said_at,
        )
        .where(*within, SecondReview.verdict.in_(_JUDGED), SecondReview.verdict != Review.verdict)
        .order_by(SecondReview.said_at.desc(), SecondReview.id)
        .limit(_MOST_DISAGREEMENTS)
    )
    return AgreementView(
        **_figures(sum(by_class.values(), Counter())),
        since=since,
        until=until,
        waiting=_count(session, *seen, SecondReview.said_at.is_(None)),
        deferred=_count(session, *seen, *within, SecondReview.verdict == Verdict.DEFER),
        classes=[
            ClassAgreement(**_figures(pairs), inspection=inspection, class_name=name)
            for (inspection, name), pairs in sorted(by_class.items())
        ],
        disagreements=[
            Disagreement(
                finding_id=row.finding_id,
                inspection=row.inspection,
                class_name=row.class_name,
                first=SaidOnce(verdict=row.first, reason=row.first_reason),
                second=SaidOnce(verdict=row.second, reason=row.second_reason),
                said_at=row.said_at,
            )
            for row in session.execute(differing)
        ],
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(SecondReview)
    query = query.join(Finding, Finding.id == SecondReview.finding_id).where(*conditions)
    return session.scalar(query) or 0


def _figures(pairs: Pairs) -> dict[str, Any]:
    """Return the members of `Agreement`."""
    total = sum(pairs.values())
    agreed = sum(pairs.get((word, word), 0) for word in _JUDGED)
    low, high = wilson_interval(agreed, total) if total else (None, None)
    return {
        "pairs": total,
        "agreed": agreed,
        "share": agreed / total if total else None,
        "low": low,
        "high": high,
        "kappa": cohens_kappa(pairs),
    }
