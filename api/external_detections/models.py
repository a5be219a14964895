"""What devices say of their pictures."""

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, id_column

PLATE_PURPOSE = "external plate"
"""What a device's plate is sealed for."""


class ExternalDetectionRow(Base):
    """What a device said of one thing in one frame. Box: x1, y1, x2, y2 in pixels of the frame.

    `position` counts what it said of the frame from 0. `has_plate` says that it read a plate;
    what the plate says is in `sealed_plate` (encrypted) only while its vehicle is suspect, and
    for longer only if its passage breaks a rule: `sighting_id` and `passage_id` name them.
    """

    __tablename__ = "external_detections"

    id: Mapped[str] = id_column()
    frame_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("frames.id"), index=True)
    position: Mapped[int]
    class_name: Mapped[str] = mapped_column(String(60))
    score: Mapped[float | None]
    x1: Mapped[float | None]
    y1: Mapped[float | None]
    x2: Mapped[float | None]
    y2: Mapped[float | None]
    attributes: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    has_plate: Mapped[bool]
    sealed_plate: Mapped[str | None] = mapped_column(Text)
    sighting_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)
    passage_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)
