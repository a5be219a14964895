"""Zones: parts of a fixed camera's picture in which a change weighs less, or more."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class ZoneKind(StrEnum):
    """What holds there: a permit allows building, changes mean nothing, or they weigh more."""

    WORKS = "works"
    EXCLUDED = "excluded"
    WATCHED = "watched"


class Zone(Base):
    """A part of a camera's picture; in works and excluded parts changes are recorded, not alarmed.

    `polygon` is a list of (x, y) corners, each a share of the picture's width and height, 0 to 1.
    It holds from `since` on, and until `until` or, without one, for good.
    """

    __tablename__ = "zones"

    id: Mapped[str] = id_column()
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"), index=True)
    kind: Mapped[ZoneKind]
    polygon: Mapped[list[list[float]]] = mapped_column(JSON)
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    permit: Mapped[str | None] = mapped_column(String(100))  # its number, of works
    reason: Mapped[str] = mapped_column(String(500))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
