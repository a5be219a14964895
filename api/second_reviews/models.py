"""Second reviews: another person's word on a reviewed finding, said without knowing the first."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column
from api.reviews.models import RejectReason, Verdict


class SecondReview(Base):
    """A review that was drawn, and what a second person says of its finding.

    Nobody is asked before `due_at`, when the first person can undo no longer. Whoever is asked
    holds it until `held_until` (`held_by`); `said_at` is null until they have said their word.
    """

    __tablename__ = "second_reviews"
    __table_args__ = (Index(None, "said_at", "due_at"),)

    id: Mapped[str] = id_column()
    review_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("reviews.id"), unique=True)
    finding_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("findings.id"))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    held_by: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("users.id"), index=True
    )
    held_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    verdict: Mapped[Verdict | None]
    reason: Mapped[RejectReason | None]
    said_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
