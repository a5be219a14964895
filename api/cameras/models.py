"""Cameras: what saw it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class CameraKind(StrEnum):
    """Where a camera stands or rides."""

    BUS = "bus"
    COMMUNITY = "community"
    CHECKPOINT = "checkpoint"
    FIELD_POLE = "field_pole"


class Camera(Base):
    """A camera of one gateway.

    `calibration` holds height_m, pitch_deg (down positive), hfov_deg and their uncertainties;
    absent values take the defaults of the camera's kind. `latitude` and `longitude` (WGS-84,
    degrees) and `heading_deg` (clockwise from true north) are of fixed cameras only.
    """

    __tablename__ = "cameras"

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[CameraKind]
    gateway_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("gateways.id"), index=True
    )
    inspections: Mapped[list[str]] = mapped_column(JSON)
    calibration: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    heading_deg: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
