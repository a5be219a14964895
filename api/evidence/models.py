"""Evidence: the pictures kept of a finding."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class EvidenceKind(StrEnum):
    """What a kept picture is."""

    PLAIN = "plain"
    ANNOTATED = "annotated"


class Evidence(Base):
    """One kept picture. `object_key` is its content hash; the store verifies it on reading."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("finding_id", "frame_id", "kind"),)

    id: Mapped[str] = id_column()
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    frame_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("frames.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    kind: Mapped[EvidenceKind] = mapped_column(String(20))
    object_key: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(30))
    bytes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
