"""Falls: what was seen to fall in clips, each the matter of one finding."""

from datetime import datetime
from typing import Literal

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now

INSPECTION = "falling_object"
CLASS_NAME = "falling_object"


class Fall(Base):
    """One fall in one clip.

    `same_as` names the row that showed it first, where an overlapping clip, or the same one posted
    again, shows it once more. `track` is its number in the clip. `path` (seconds after
    `started_at`, x, y) and the origin are in pixels of the clip; `uncertainty_px` is the radius
    that holds the origin in about 95 of 100 cases. Floors count from 1 at the ground, columns from
    1 at the left; they are null where the camera's facade is not known.
    """

    __tablename__ = "falls"
    __table_args__ = (UniqueConstraint("clip_id", "track"), Index(None, "camera_id", "started_at"))

    id: Mapped[str] = id_column()
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    clip_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clips.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    model_digest: Mapped[str] = mapped_column(String(64), ForeignKey("inspecting_models.digest"))
    same_as: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("falls.id"))
    track: Mapped[int]
    status: Mapped[Literal["confirmed", "suspected"]] = mapped_column(String(10))
    score: Mapped[float]
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)
    width: Mapped[int]
    height: Mapped[int]
    path: Mapped[list[list[float]]] = mapped_column(JSON)
    origin_x: Mapped[float]
    origin_y: Mapped[float]
    uncertainty_px: Mapped[float]
    floor_low: Mapped[int | None]
    floor: Mapped[int | None]
    floor_high: Mapped[int | None]
    column_low: Mapped[int | None]
    column: Mapped[int | None]
    column_high: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
