"""Frames and what a model said of them. Detections are superseded, never edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class InspectingModel(Base):
    """A model file that has found something here, by its digest."""

    __tablename__ = "inspecting_models"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of the ONNX file
    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(30))
    variant: Mapped[str] = mapped_column(String(10))
    first_used_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Frame(Base):
    """One picture that was taken in.

    Three times are kept apart: `captured_at` by the gateway's clock, `received_at` by ours, and
    `clock_offset_ms` (gateway's clock minus ours, as the gateway measured it). Positions are
    WGS-84 degrees. `flags` are what other devices at the camera say, by their names. `reply` is
    the first answer, given again to a repeated idempotency key.

    `warnings` is what was told beside it. `misplaced`: its position cannot be right, or is too
    vague to say where anything lies, so that nothing goes by it. `repeats_id` is the camera's first
    frame with the very same picture: one that has it was not looked at, and counts nowhere as a
    look.
    """

    __tablename__ = "frames"
    __table_args__ = (
        UniqueConstraint("gateway_id", "idempotency_key"),
        Index(None, "camera_id", "captured_at"),
        Index(
            "uq_frames_camera_id_sha256",
            "camera_id",
            "sha256",
            unique=True,
            sqlite_where=text("repeats_id IS NULL"),
            postgresql_where=text("repeats_id IS NULL"),
        ),
    )

    id: Mapped[str] = id_column()
    gateway_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("gateways.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    idempotency_key: Mapped[str] = mapped_column(String(200))
    request_digest: Mapped[str] = mapped_column(String(64))  # sha256 of picture and metadata
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    content_type: Mapped[str] = mapped_column(String(30))
    width: Mapped[int]
    height: Mapped[int]
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    clock_offset_ms: Mapped[float | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    gps_accuracy_m: Mapped[float | None]
    heading_deg: Mapped[float | None]
    speed_mps: Mapped[float | None]
    flags: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    object_key: Mapped[str | None] = mapped_column(String(200))  # where the picture is kept
    warnings: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    misplaced: Mapped[bool] = mapped_column(default=False, server_default=false())
    repeats_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("frames.id"))
    reply: Mapped[dict[str, Any]] = mapped_column(JSON)


class Detection(Base):
    """What a model said of one frame. Box: x1, y1, x2, y2 in pixels of the frame."""

    __tablename__ = "detections"

    id: Mapped[str] = id_column()
    frame_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("frames.id"), index=True)
    model_digest: Mapped[str] = mapped_column(String(64), ForeignKey("inspecting_models.digest"))
    inspection: Mapped[str] = mapped_column(String(30))
    class_name: Mapped[str] = mapped_column(String(60))
    class_group: Mapped[str] = mapped_column(String(60))
    score: Mapped[float]
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    latitude: Mapped[float | None]  # where it lies on the ground, WGS-84
    longitude: Mapped[float | None]
    accuracy_m: Mapped[float | None]  # 1-sigma radius
    size_m: Mapped[float | None]  # apparent width on the ground
