"""Which reviews a second person is asked about."""

import hashlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.reviews.models import Review, Verdict
from api.second_reviews.models import SecondReview

_JUDGED = (Verdict.CONFIRM, Verdict.REJECT)


def draw(session: Session, review: Review, *, share: float, due_at: datetime) -> None:
    """Ask a second person about a share of the reviews.

    Args:
        session: the open transaction.
        review: just written.
        share: of the confirmations and rejections, 0 to 1.
        due_at: nobody is asked before.
    """
    if review.verdict in _JUDGED and is_drawn(review.id, share):
        session.add(SecondReview(review_id=review.id, finding_id=review.finding_id, due_at=due_at))
        session.flush()


def is_drawn(review_id: str, share: float) -> bool:
    """Say whether a review is one of its share, 0 to 1: by chance, and always the same for an id.

    The first 8 bytes of the id's SHA-256 are a number that is spread evenly.
    """
    number = int.from_bytes(hashlib.sha256(review_id.encode()).digest()[:8], "big")
    return number < share * 2**64


def forget(session: Session, review_id: str) -> None:
    """Ask nobody about a review that was undone before anybody could be asked."""
    session.execute(delete(SecondReview).where(SecondReview.review_id == review_id))
