"""Cameras: what saw it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now
from inference.sites.health import HealthKind


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
    degrees) and `heading_deg` (clockwise from true north) are of fixed cameras only. `thresholds`
    is, by class, the score (0 to 1) that one of its looks must reach before a person is asked; the
    model's own where a class is absent.
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
    thresholds: Mapped[dict[str, float]] = mapped_column(JSON, default=dict, server_default="{}")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    heading_deg: Mapped[float | None]
    quiet_floor_minutes: Mapped[int | None]  # so long it may always be quiet; None is usual
    quiet_ceiling_minutes: Mapped[int | None]  # so long it may be quiet at most; None is usual
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    def heeds(self, class_name: str, score: float) -> bool:
        """Say whether what this camera saw is sure enough for a person to be asked.

        Args:
            class_name: of what it saw.
            score: 0 to 1; it has reached the model's own threshold.
        """
        return score >= self.thresholds.get(class_name, 0.0)


class CameraPicture(Base):
    """The newest picture of a camera, one for each camera, and the next one takes its place.

    `picture` is a small JPEG that is redacted before it is stored; `width` and `height` are of the
    picture that it was made of, in which boxes, facades and zones are measured.
    """

    __tablename__ = "camera_pictures"

    camera_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("cameras.id"), primary_key=True
    )
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    width: Mapped[int]
    height: Mapped[int]
    picture: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class GoldenPicture(Base):
    """What a fixed camera ought to show, by a person's word; later pictures are held against it.

    `compared_at` is when the newest picture that was compared was captured, and `trouble` what was
    wrong with it: None where it showed the same, or could not be compared because of other light.
    """

    __tablename__ = "golden_pictures"

    camera_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("cameras.id"), primary_key=True
    )
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    picture: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    marked_by: Mapped[str] = mapped_column(String(80))
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    compared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    other_light: Mapped[bool] = mapped_column(default=False)
    trouble: Mapped[HealthKind | None] = mapped_column(String(20))
    shift_px: Mapped[float | None]
