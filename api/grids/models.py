"""Grids: the areas that a county is divided into, one inside another."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, UTCDateTime, id_column, now


class Grid(Base):
    """An area as it was imported; one that another import replaced has ended and stays.

    `shape` is a polygon or multipolygon as well-known binary (ISO 19125), longitude before
    latitude, degrees, WGS-84; `west` to `north` are its bounds.
    """

    __tablename__ = "grids"
    __table_args__ = (
        Index(None, "ended_at", "south", "north"),
        Index(
            "uq_grids_code_in_force",
            "code",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(120))
    shape: Mapped[bytes] = mapped_column(LargeBinary)
    area_m2: Mapped[float]
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
    imported_by: Mapped[str] = mapped_column(String(80))
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
