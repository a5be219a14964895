"""Findings: real-world problems, each gathered from many detections."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now
from api.findings.states import FindingState


class Finding(Base):
    """One real-world problem.

    `open_key` names what may exist only once while the finding is open (not rejected, not a
    duplicate, not expired, not withdrawn); it is None afterwards, and the database keeps it
    unique. Findings of other kinds than `place` keep it in `key` as long as they are not
    withdrawn. `destination_id` is the department where the inspection says which, None where
    the class says it. With `needs_review` no policy stands in for a person. `corrected_class` is
    the class that a reviewer gave it: no better look changes that; its group stays the model's.
    Position: WGS-84 degrees; `accuracy_m` is the radius that holds the truth with 68 %.
    """

    __tablename__ = "findings"
    __table_args__ = (
        Index(
            "ix_findings_queue",
            "state",
            text("severity DESC"),
            text("confidence DESC"),
            "first_seen_at",
            "id",
        ),
        Index("ix_findings_newest", "state", "first_seen_at", "id"),
        Index(None, "state", "camera_id"),
        Index(None, "first_seen_at", "id"),
        Index(None, "camera_id", "first_seen_at"),
        Index(None, "latitude", "longitude"),
    )

    id: Mapped[str] = id_column()
    inspection: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(10))  # place | moment | subject | area | device
    class_name: Mapped[str] = mapped_column(String(60))
    class_group: Mapped[str] = mapped_column(String(60))
    corrected_class: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[FindingState] = mapped_column(default=FindingState.CANDIDATE)
    open_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    key: Mapped[str | None] = mapped_column(String(160), index=True)
    destination_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("destinations.id")
    )
    needs_review: Mapped[bool] = mapped_column(default=False, server_default=false())
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    cell: Mapped[str | None] = mapped_column(String(16), index=True)  # H3 resolution 11
    heading_deg: Mapped[float | None]
    size_m: Mapped[float | None]
    severity: Mapped[int] = mapped_column(default=1)  # 1 slight … 4 dangerous
    confidence: Mapped[float] = mapped_column(default=0.0)  # 0 … 1, grows with independent looks
    looks: Mapped[int] = mapped_column(default=0)  # passes of cameras that saw it
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    best_detection_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id")
    )
    duplicate_of: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("findings.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


class Look(Base):
    """What one pass of one camera saw of one finding: an independent look at it.

    The position is where that pass puts it: all looks of one `pass_key` share the GPS error of that
    pass (`gps_sd_m`, each axis). `var_*` is the
    covariance of everything else, in square metres to the east and north. `cell` (H3 resolution
    11) is set while the look is on the map that new looks are compared with; a look that newer
    ones have replaced, or whose finding is over, has none. A `pinned` look was part of what a
    person judged and is never given to another finding.
    """

    __tablename__ = "looks"
    __table_args__ = (Index(None, "inspection", "cell"),)

    id: Mapped[str] = id_column()
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    inspection: Mapped[str] = mapped_column(String(30))
    class_group: Mapped[str] = mapped_column(String(60))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    pass_key: Mapped[str] = mapped_column(String(80))
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    latitude: Mapped[float]
    longitude: Mapped[float]
    gps_sd_m: Mapped[float]
    var_east: Mapped[float]
    var_east_north: Mapped[float]
    var_north: Mapped[float]
    heading_deg: Mapped[float | None]
    size_m: Mapped[float]
    score: Mapped[float]  # of its best detection
    best_detection_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("detections.id"))
    frames: Mapped[int]  # frames that saw it
    cell: Mapped[str | None] = mapped_column(String(16))
    pinned: Mapped[bool] = mapped_column(default=False)


class FindingDetection(Base):
    """That a detection belongs to a finding; of a place, to one finding at most.

    `offset_*` is where it lies from the camera, metres to the east and north; `var_*` as in
    `Look`. Findings of a place alone have looks: of every other kind these columns are null.
    """

    __tablename__ = "finding_detections"

    detection_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id"), primary_key=True
    )
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), primary_key=True, index=True
    )
    look_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("looks.id"), index=True, nullable=True
    )
    offset_east_m: Mapped[float] = mapped_column(nullable=True)
    offset_north_m: Mapped[float] = mapped_column(nullable=True)
    var_east: Mapped[float] = mapped_column(nullable=True)
    var_east_north: Mapped[float] = mapped_column(nullable=True)
    var_north: Mapped[float] = mapped_column(nullable=True)
    linked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
