"""Second reviews: offered to another person, and their word on it, which moves nothing."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.database import now
from api.errors import Conflict, NotFound
from api.findings.models import Finding
from api.principal import Principal
from api.reviews.models import RejectReason, Review, Verdict
from api.second_reviews.models import SecondReview


def offer(
    session: Session,
    *,
    principal: Principal,
    holding: Sequence[str],
    room: int,
    until: datetime,
) -> list[tuple[SecondReview, Finding]]:
    """Return the second review that a person is asked for, with its finding: one at most.

    Args:
        session: a write transaction; the offer holds once it commits.
        principal: who is asked; never whoever gave the first word.
        holding: ids of the findings that the person holds.
        room: how many more they take.
        until: how long nobody else is asked.
    """
    query = (
        select(SecondReview, Finding)
        .join(Review, Review.id == SecondReview.review_id)
        .join(Finding, Finding.id == SecondReview.finding_id)
        .where(
            SecondReview.said_at.is_(None),
            SecondReview.due_at <= now(),
            Review.user_id != principal.id,
        )
        .order_by(SecondReview.due_at, SecondReview.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=SecondReview)
    )
    if principal.camera_ids is not None:
        query = query.where(Finding.camera_id.in_(principal.camera_ids))
    held = session.execute(query.where(SecondReview.held_by == principal.id)).first()
    if held is None or (held.Finding.id not in holding and room <= 0):
        free = or_(SecondReview.held_by.is_(None), SecondReview.held_until <= now())
        held = session.execute(query.where(free)).first() if room > 0 else None
    if held is None:
        return []
    second, finding = held
    second.held_by, second.held_until = principal.id, until
    session.flush()
    return [(second, finding)]


def give_back(session: Session, principal: Principal) -> None:
    """Let others be asked what a person was asked."""
    session.execute(
        update(SecondReview)
        .where(SecondReview.held_by == principal.id, SecondReview.said_at.is_(None))
        .values(held_by=None, held_until=None)
    )


def say(
    session: Session,
    *,
    second_review_id: str,
    principal: Principal,
    verdict: Verdict,
    reason: RejectReason | None,
) -> SecondReview:
    """Take the second word on a finding; the finding stays as it is.

    Args:
        session: the open transaction.
        second_review_id: which, one that the person was asked for.
        principal: who says it.
        verdict: confirm, reject, or defer for who cannot tell.
        reason: of a rejection.

    Raises:
        NotFound: the person was not asked this.
        Conflict: they have said another word already.
    """
    second = session.get(SecondReview, second_review_id, with_for_update=True)
    if second is None or second.held_by != principal.id:
        raise NotFound(
            "You are not asked for this second review, or no longer.",
            code="second-review-not-found",
        )
    if second.said_at is not None:
        if (second.verdict, second.reason) != (verdict, reason):
            raise Conflict("You have said your word on this already.", code="already-said")
        return second
    second.verdict, second.reason, second.said_at = verdict, reason, now()
    audit.record(
        session,
        actor=principal.actor,
        action="second_review.say",
        object_type="finding",
        object_id=second.finding_id,
        after={"second_review_id": second.id, "verdict": verdict.value},
    )
    return second
