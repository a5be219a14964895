"""What a person may not see before they have said their second word: the first, and the score."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.findings.schemas import FindingDetail, FindingSummary, Picture
from api.findings.states import FindingState, possible_events
from api.principal import Principal
from api.reviews.models import Review
from api.second_reviews.models import SecondReview

F = TypeVar("F", bound=FindingSummary)
_SHOWN_AS = FindingState.PENDING_REVIEW


def blinded(session: Session, findings: Sequence[F], principal: Principal) -> list[F]:
    """Return findings as a person may see them, in the same order.

    Those on which they are asked for a second word look as if nobody had judged them, without a
    score and without a model.
    """
    first_classes: dict[str, str | None] = {
        row.finding_id: row.class_was
        for row in session.execute(
            select(SecondReview.finding_id, Review.class_was)
            .join(Review, Review.id == SecondReview.review_id)
            .where(SecondReview.held_by == principal.id, SecondReview.said_at.is_(None))
        )
    }
    if not first_classes:
        return list(findings)
    return [
        _blind(finding, first_classes[finding.id]) if finding.id in first_classes else finding
        for finding in findings
    ]


def _blind(finding: F, class_was: str | None) -> F:
    changes: dict[str, Any] = {
        "state": _SHOWN_AS,
        "confidence": None,
        "case_id": None,
        "duplicate_of": None,
        "class_name": class_was or finding.class_name,
        "picture": finding.picture and _without_scores(finding.picture),
    }
    if isinstance(finding, FindingDetail):
        changes |= {
            "reviews": [],
            "events": possible_events(_SHOWN_AS),
            "detections": [
                one.model_copy(update={"score": None, "model": None}) for one in finding.detections
            ],
            "external": [one.model_copy(update={"score": None}) for one in finding.external],
            "passes": [one.model_copy(update={"score": None}) for one in finding.passes],
        }
    return finding.model_copy(update=changes)


def _without_scores(picture: Picture) -> Picture:
    boxes = [box.model_copy(update={"score": None}) for box in picture.boxes]
    return picture.model_copy(update={"boxes": boxes})
