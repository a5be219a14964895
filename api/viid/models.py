"""Who is registered by GA/T 1400."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime


class ViidSession(Base):
    """That a device is registered, from where, and when it was last heard of.

    A message after the registration names its sender and proves nothing, so it must come from the
    `peer`, the network address that the registration came from. `proof` is the SHA-256 of the
    sealed secret that was proven: with another secret the registration ends.
    """

    __tablename__ = "viid_sessions"

    device_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    peer: Mapped[str] = mapped_column(String(64))
    proof: Mapped[str] = mapped_column(String(64))
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    heard_at: Mapped[datetime] = mapped_column(UTCDateTime)
