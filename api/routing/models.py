"""Routing tables: every version that was ever in force, as it was written."""

from datetime import datetime

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UTCDateTime, id_column, now


class RoutingTable(Base):
    """One version of the routing table. The one in force is the one that has not ended.

    The names in its text were resolved when it was loaded: `departments` maps them to ids of
    destinations.
    """

    __tablename__ = "routing_tables"

    id: Mapped[str] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)  # YAML
    departments: Mapped[dict[str, str]] = mapped_column(JSON)
    loaded_by: Mapped[str] = mapped_column(String(80))
    loaded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)


class ClassSequence(Base):
    """The last sequence number given in a year (UTC) to cases of a class code."""

    __tablename__ = "class_sequences"

    class_code: Mapped[str] = mapped_column(String(11), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
