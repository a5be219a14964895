"""Rule sets: every version that was ever in force, as it was written."""

from datetime import datetime

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UTCDateTime, id_column, now


class RuleSet(Base):
    """One version of the rules. The one in force is the one that has not ended.

    The names in its text were resolved when it was loaded: `departments`, `registers` and
    `cameras` map them to ids. `time_zone` is where nothing else is said.
    """

    __tablename__ = "rule_sets"

    id: Mapped[str] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)  # YAML
    time_zone: Mapped[str] = mapped_column(String(60))
    departments: Mapped[dict[str, str]] = mapped_column(JSON)
    registers: Mapped[dict[str, str]] = mapped_column(JSON)
    cameras: Mapped[dict[str, str]] = mapped_column(JSON)
    loaded_by: Mapped[str] = mapped_column(String(80))
    loaded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
