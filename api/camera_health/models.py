"""Camera health: times in which a camera could not do its work, and what that is judged by."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now
from inference.sites.health import HealthKind

Trouble = HealthKind | Literal["frozen", "silent"]
"""What pictures show to be wrong, that they are one and the same, or that none comes."""

GatewayTrouble = Literal["silent", "losing"]
"""That a gateway is not heard of, or loses pictures because it cannot send them."""

AnyTrouble = Trouble | GatewayTrouble


class CameraTrouble(Base):
    """A time in which a camera, or a gateway with all its cameras, could not do its work.

    It is one row however long it lasts, and goes on where the trouble returns within the hour.
    Frames are captured at `first_at` and `last_at`; of silence these are when it was last heard
    of, and last found to be silent. `finding_id` is what the maintenance crew is told of it.
    """

    __tablename__ = "camera_troubles"
    __table_args__ = (
        UniqueConstraint("camera_id", "first_at", "trouble"),
        Index(None, "gateway_id", "trouble"),
    )

    id: Mapped[str] = id_column()
    camera_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    gateway_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("gateways.id"))
    trouble: Mapped[AnyTrouble] = mapped_column(String(20))
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    frames: Mapped[int]
    shift_px: Mapped[float | None]  # by how much a moved camera moved
    detail: Mapped[str | None] = mapped_column(String(200))  # in the gateway's words
    lasting: Mapped[bool] = mapped_column(index=True)
    finding_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class CameraSight(Base):
    """What is kept of one of a camera's pictures, one a minute at most.

    `sharpness`, `brightness` and `plain` are as in `inference.sight`, `plain` in hexadecimal;
    `changed` and `largest` are how it differs from the one before it. Only the newest has a
    thumbnail. The first of every hour is kept for two weeks, the others for a day.
    """

    __tablename__ = "camera_sights"

    camera_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("cameras.id"), primary_key=True
    )
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    first_of_hour: Mapped[bool]
    sharpness: Mapped[float]
    brightness: Mapped[float]
    plain: Mapped[str] = mapped_column(String(24))
    changed: Mapped[float | None]
    largest: Mapped[int | None]
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class CameraHour(Base):
    """How many frames and clips of a camera came in an hour, by the service's clock."""

    __tablename__ = "camera_hours"

    camera_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("cameras.id"), primary_key=True
    )
    hour: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    pictures: Mapped[int]


class GoodPicture(Base):
    """The last redacted picture of a camera that showed what it ought to.

    It is hours older than the newest one, so that no trouble had begun that is not known yet. The
    newest one of a fixed camera is compared with it: `compared_at` is when that was captured, and
    `trouble` what was wrong with it and the `in_a_row` before it.
    """

    __tablename__ = "good_pictures"

    camera_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("cameras.id"), primary_key=True
    )
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    width: Mapped[int]
    height: Mapped[int]
    picture: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    compared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    other_light: Mapped[bool] = mapped_column(default=False)
    trouble: Mapped[HealthKind | None] = mapped_column(String(20))
    shift_px: Mapped[float | None]
    in_a_row: Mapped[int] = mapped_column(default=0)
