"""Findings: real-world problems, each gathered from many detections."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now
from api.findings.states import FindingState


class Finding(Base):
    """One real-world problem.

    `open_key` names what may exist only once while the finding is open (not rejected, not a
    duplicate, not closed); it is None afterwards, and the database keeps it unique.
    Position: WGS-84 degrees; `accuracy_m` is the 1-sigma radius.
    """

    __tablename__ = "findings"
    __table_args__ = (
        Index(None, "state", "severity", "first_seen_at"),
        Index(None, "class_group", "cell"),
    )

    id: Mapped[str] = id_column()
    inspection: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(10))  # place | moment | subject | area
    class_name: Mapped[str] = mapped_column(String(60))
    class_group: Mapped[str] = mapped_column(String(60))
    state: Mapped[FindingState] = mapped_column(String(30), default=FindingState.CANDIDATE)
    open_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    cell: Mapped[str | None] = mapped_column(String(16))  # H3 resolution 12
    heading_deg: Mapped[float | None]
    size_m: Mapped[float | None]
    severity: Mapped[int] = mapped_column(default=1)  # 1 slight … 4 dangerous
    confidence: Mapped[float] = mapped_column(default=0.0)  # 0 … 1, grows with independent looks
    looks: Mapped[int] = mapped_column(default=0)  # independent looks that saw it
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    best_detection_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id")
    )
    duplicate_of: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("findings.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


class FindingDetection(Base):
    """That a detection belongs to a finding. A detection belongs to one finding at most."""

    __tablename__ = "finding_detections"

    detection_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id"), primary_key=True
    )
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    look_key: Mapped[str] = mapped_column(String(80))  # camera and pass: one independent look
    linked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
