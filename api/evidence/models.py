"""Evidence: the pictures and videos kept of a finding."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now

LOOK = "look"


class Evidence(Base):
    """One kept picture of one finding.

    The picture of a frame is kept as it was received, and boxes are drawn when it is asked for,
    from the detections, which never change. A picture that is no frame's (`frame_id` is null) was
    made to be shown as it is, and says itself when it was captured and how large it is; `shows` is
    its part in a comparison: before, after, overlay, or cleared; or `look`, what a pass saw of the
    place while a claim was verified.
    `object_key` is the hash of its content; the store verifies it on reading. It is empty once the
    picture was removed (`removed_at`) because it was kept long enough.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("finding_id", "frame_id"),)

    id: Mapped[str] = id_column()
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    frame_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("frames.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    captured_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    shows: Mapped[str | None] = mapped_column(String(10))
    width: Mapped[int | None]
    height: Mapped[int | None]
    object_key: Mapped[str] = mapped_column(String(200), index=True)
    content_type: Mapped[str] = mapped_column(String(30))
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class EvidenceClip(Base):
    """The video beside a kept picture: plain and annotated for everyone, the original for few."""

    __tablename__ = "evidence_clips"

    evidence_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("evidence.id"), primary_key=True
    )
    plain_key: Mapped[str] = mapped_column(String(200))
    annotated_key: Mapped[str] = mapped_column(String(200))
    original_key: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(30))
