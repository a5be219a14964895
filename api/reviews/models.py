"""Reviews: an operator's word on a finding. A later word supersedes, nothing is edited."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
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
    """One word on one finding. A person repeats a request with the same key once only."""

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
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
