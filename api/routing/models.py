"""Routing tables: every version that was ever in force, as it was written."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base
from api.versions import Version


class RoutingTable(Version, Base):
    """One version of the routing table.

    The names in its text were resolved when it was loaded: `departments` maps them to ids of
    destinations.
    """

    __tablename__ = "routing_tables"

    departments: Mapped[dict[str, str]] = mapped_column(JSON)


class ClassSequence(Base):
    """The last sequence number given in a year (UTC) to cases of a class code."""

    __tablename__ = "class_sequences"

    class_code: Mapped[str] = mapped_column(String(11), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
