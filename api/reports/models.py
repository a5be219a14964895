"""Daily reports: made once, kept as they were signed."""

from datetime import date, datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UTCDateTime, now


class DailyReport(Base):
    """A day's report. It is never changed: what comes in late stands in the next day's."""

    __tablename__ = "daily_reports"

    day: Mapped[date] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)  # JSON, canonical (RFC 8785): what is signed
    signature: Mapped[str] = mapped_column(String(88))  # Ed25519, base64
    key_id: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
