"""What a fixed camera sees of a building."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, now

Points = list[list[float]]


class Facade(Base):
    """The building in a camera's picture, measured once.

    `region` (corners of a polygon) and `corners` (of the facade: top left, top right, bottom right,
    bottom left) are x, y in pixels of a picture of `width` by `height`. Either may be missing.
    """

    __tablename__ = "facades"

    camera_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("cameras.id"), primary_key=True
    )
    width: Mapped[int]
    height: Mapped[int]
    region: Mapped[Points | None] = mapped_column(JSON(none_as_null=True))
    corners: Mapped[Points | None] = mapped_column(JSON(none_as_null=True))
    floors: Mapped[int | None]
    columns: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)
