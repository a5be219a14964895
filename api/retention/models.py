"""How long things are kept, where an administrator has said so."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UTCDateTime, now


class RetentionKind(StrEnum):
    """What is kept."""

    UNREVIEWED = "unreviewed"  # findings that nobody has reviewed, since they were last seen
    EVIDENCE = "evidence"  # pictures and videos of findings that are over
    PICTURES = "pictures"  # pictures of frames that are nobody's evidence


class RetentionLimit(Base):
    """For how many days something is kept; null, like no row, is for good."""

    __tablename__ = "retention_limits"

    kind: Mapped[RetentionKind] = mapped_column(primary_key=True)
    days: Mapped[int | None]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)
