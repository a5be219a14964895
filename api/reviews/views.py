"""Reviews put together for those who read them."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.reviews.models import Review, ReviewBox, ReviewUndo
from api.reviews.schemas import DrawnBox, ReviewView


def views(session: Session, reviews: Sequence[Review]) -> list[ReviewView]:
    """Return reviews as the wire carries them, in the same order."""
    ids = [review.id for review in reviews]
    undone = {
        row.review_id: row.undone_at
        for row in session.scalars(select(ReviewUndo).where(ReviewUndo.review_id.in_(ids)))
    }
    boxes: dict[str, list[DrawnBox]] = defaultdict(list)
    drawn = select(ReviewBox).where(ReviewBox.review_id.in_(ids)).order_by(ReviewBox.id)
    for box in session.scalars(drawn):
        boxes[box.review_id].append(DrawnBox.model_validate(box))
    return [
        ReviewView(
            id=review.id,
            finding_id=review.finding_id,
            user_id=review.user_id,
            verdict=review.verdict,
            reason=review.reason,
            duplicate_of=review.duplicate_of,
            comment=review.comment,
            class_name=review.class_name,
            boxes=boxes[review.id],
            created_at=review.created_at,
            undone_at=undone.get(review.id),
        )
        for review in reviews
    ]


def of_finding(session: Session, finding_id: str) -> list[ReviewView]:
    """Return the reviews of a finding, oldest first."""
    said = select(Review).where(Review.finding_id == finding_id).order_by(Review.id)
    return views(session, session.scalars(said).all())
