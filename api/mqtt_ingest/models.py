"""Who reads the broker's topics: one of this installation's processes at a time."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime


class DoorLease(Base):
    """That a process serves a door alone until `expires_at`, unless it renews it."""

    __tablename__ = "door_leases"

    door: Mapped[str] = mapped_column(String(30), primary_key=True)
    holder: Mapped[str] = mapped_column(String(ID_LENGTH))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
