"""Reviews: an operator's word on a finding. A later word supersedes, nothing is edited."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    exists,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class Verdict(StrEnum):
    """What a reviewer says."""

    CONFIRM = "confirm"
    REJECT = "reject"
    DUPLICATE = "duplicate"
    DEFER = "defer"
    REOPEN = "reopen"


class RejectReason(StrEnum):
    """Why a finding is no problem; the order is that of the keys 1 to 6 on the page."""

    NOT_A_PROBLEM = "not_a_problem"
    WRONG_CLASS = "wrong_class"
    BAD_PICTURE = "bad_picture"
    ALREADY_REPAIRED = "already_repaired"
    NOT_OURS = "not_ours"
    OTHER = "other"


class Review(Base):
    """One word on one finding. A person repeats a request with the same key once only.

    `class_name` is the right class where the reviewer named one, `class_was` the finding's before,
    where it was another. Until `undo_until` the reviewer can undo it; `before` is then what has to
    be put back.
    """

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("finding_id", "idempotency_key"),)

    id: Mapped[str] = id_column()
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("users.id"))
    verdict: Mapped[Verdict]
    reason: Mapped[RejectReason | None]
    duplicate_of: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("findings.id"))
    comment: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    class_name: Mapped[str | None] = mapped_column(String(60))
    class_was: Mapped[str | None] = mapped_column(String(60))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    undo_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class ReviewUndo(Base):
    """That a reviewer has undone a review: it counts no longer, and stays."""

    __tablename__ = "review_undos"

    review_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("reviews.id"), primary_key=True
    )
    undone_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class ReviewBox(Base):
    """A box that a reviewer drew: x1, y1, x2, y2 as shares (0 to 1) of the picture's sides.

    Those of one picture are all that the reviewer sees of the finding there. What the model said
    stays as it is.
    """

    __tablename__ = "review_boxes"

    id: Mapped[str] = id_column()
    review_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("reviews.id"), index=True)
    evidence_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("evidence.id"))
    class_name: Mapped[str] = mapped_column(String(60))
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]


def stands(review: type[Review] = Review) -> ColumnElement[bool]:
    """Return the condition that a review was not undone; `review` may be an alias."""
    return ~exists().where(ReviewUndo.review_id == review.id)
