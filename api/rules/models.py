"""Rule sets: every version that was ever in force, as it was written."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base
from api.versions import Version


class RuleSet(Version, Base):
    """One version of the rules.

    The names in its text were resolved when it was loaded: `departments`, `registers` and
    `cameras` map them to ids. `time_zone` is where nothing else is said.
    """

    __tablename__ = "rule_sets"

    time_zone: Mapped[str] = mapped_column(String(60))
    departments: Mapped[dict[str, str]] = mapped_column(JSON)
    registers: Mapped[dict[str, str]] = mapped_column(JSON)
    cameras: Mapped[dict[str, str]] = mapped_column(JSON)
