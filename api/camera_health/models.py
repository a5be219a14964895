"""Camera health: times in which a camera could not do its work."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now
from inference.sites.health import HealthKind

Trouble = HealthKind | Literal["silent"]
"""What a picture shows to be wrong, or that none comes."""


class CameraTrouble(Base):
    """A time in which frames in a row could not be used, or none came, for one reason.

    It is one row however long it lasts. Frames are captured at `first_at` and `last_at`; of a
    silent camera these are when it was last heard of, and last found to be silent.
    """

    __tablename__ = "camera_troubles"
    __table_args__ = (UniqueConstraint("camera_id", "first_at", "trouble"),)

    id: Mapped[str] = id_column()
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    trouble: Mapped[Trouble] = mapped_column(String(20))
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    frames: Mapped[int]
    shift_px: Mapped[float | None]  # by how much a moved camera moved
    lasting: Mapped[bool] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
