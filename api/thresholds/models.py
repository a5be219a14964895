"""Action thresholds (防治指标), version by version."""

from datetime import date, datetime

from sqlalchemy import Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UTCDateTime, id_column, now


class ThresholdSet(Base):
    """One version of a crop's action thresholds, as it was imported. Never edited."""

    __tablename__ = "threshold_sets"
    __table_args__ = (Index(None, "crop", "valid_from"),)

    id: Mapped[str] = id_column()
    version: Mapped[str] = mapped_column(String(60), unique=True)
    crop: Mapped[str] = mapped_column(String(30))
    valid_from: Mapped[date] = mapped_column(Date)
    document: Mapped[str] = mapped_column(Text)  # YAML
    sha256: Mapped[str] = mapped_column(String(64))  # of the document
    imported_by: Mapped[str] = mapped_column(String(80))
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
