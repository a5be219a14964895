"""Vehicles seen within the last minutes, and the violations that came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now

INSPECTION = "checkpoint_vehicle"
PLATE = "violation"
"""What the sealed plate of a violation is sealed for."""


class VehicleSighting(Base):
    """One vehicle in one frame, kept for some minutes so that frames can be put together.

    `plate_score` is None where no plate was read and 0 where one could not be. What was read is
    kept only where the frame by itself makes the vehicle suspect, in `sealed_reading`
    (encrypted), with the register entries that it is like in `matches`; both are erased when the
    passage is settled. `exempt` names the rules from which the frame excuses it. `passage_id` is
    set once a passage has something suspect in it. Box: x1, y1, x2, y2 in pixels of the frame.
    """

    __tablename__ = "vehicle_sightings"
    __table_args__ = (Index(None, "camera_id", "captured_at"),)

    id: Mapped[str] = id_column()
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    frame_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("frames.id"), index=True)
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    vehicle: Mapped[str | None] = mapped_column(String(20))
    score: Mapped[float]
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    cut: Mapped[bool]  # by the edge of the picture
    plate: Mapped[bool]
    plate_score: Mapped[float | None]
    plate_color: Mapped[str | None] = mapped_column(String(10))
    smoke_score: Mapped[float | None]
    flags: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    vehicle_detection_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id")
    )
    plate_detection_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id")
    )
    smoke_detection_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id")
    )
    suspect: Mapped[bool]
    settled: Mapped[bool] = mapped_column(default=False)
    sealed_reading: Mapped[str | None] = mapped_column(Text)
    matches: Mapped[list[list[Any]] | None] = mapped_column(JSON(none_as_null=True))
    exempt: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    passage_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)


class Violation(Base):
    """That a passage breaks a rule; a finding has one for each passage in its window.

    `plate_hash` and `sealed_plate` are of the voted reading, None where no plate was read.
    `similar` means that the plate is one edit away from the register's. `cleared_at` is when
    later frames no longer supported it although somebody had judged it by then. After
    `settled_at` no frame changes it.
    """

    __tablename__ = "violations"
    __table_args__ = (UniqueConstraint("passage_id", "rule"),)

    id: Mapped[str] = id_column()
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    passage_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    rule: Mapped[str] = mapped_column(String(24))
    rule_set_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("rule_sets.id"))
    site: Mapped[str] = mapped_column(String(36))
    register_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    register_version: Mapped[int | None]
    entry_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    plate_hash: Mapped[str | None] = mapped_column(String(32))
    sealed_plate: Mapped[str | None] = mapped_column(Text)
    plate_color: Mapped[str | None] = mapped_column(String(10))
    vehicle: Mapped[str | None] = mapped_column(String(20))
    similar: Mapped[bool]
    confidence: Mapped[float]
    frames: Mapped[int]  # that break the rule
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    best_detection_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("detections.id")
    )
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    cleared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
