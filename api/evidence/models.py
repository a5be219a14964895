"""Evidence: the pictures kept of a finding."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class Evidence(Base):
    """One kept picture of one finding, as it was received.

    `object_key` is the hash of its content; the store verifies it on reading. Boxes are drawn
    when the picture is asked for, from the detections, which never change.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("finding_id", "frame_id"),)

    id: Mapped[str] = id_column()
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    frame_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("frames.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    object_key: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(30))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
