"""Coverage: that a frame could see a place, and how well."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime


class Coverage(Base):
    """What one frame could see of the ground, recorded also where nothing was found.

    `footprint` is a polygon of (latitude, longitude) pairs, WGS-84 degrees. `cell` is the H3 cell
    (resolution 10) of its centre, the key by which a place finds the frames that saw it.
    `accuracy_m` is the radius (68 %) of the far edge's place. `usable`: the picture was sharp and
    lit well enough, and its place known, so that a detection's absence means something; not so
    while the camera was in trouble (`api.camera_health`).
    """

    __tablename__ = "coverage"
    __table_args__ = (
        Index(None, "cell", "captured_at"),
        Index(None, "camera_id", "captured_at"),
    )

    frame_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("frames.id"), primary_key=True
    )
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    inspection: Mapped[str] = mapped_column(String(30), primary_key=True)
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    latitude: Mapped[float | None]  # of the footprint's centre, as `longitude` and `cell`
    longitude: Mapped[float | None]
    cell: Mapped[str | None] = mapped_column(String(16))
    footprint: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))
    accuracy_m: Mapped[float | None]
    sharpness: Mapped[float]
    brightness: Mapped[float]
    usable: Mapped[bool]
