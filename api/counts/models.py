"""What was counted in each frame of a field: the facts from which every density is worked out."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime


class FieldCount(Base):
    """What one frame showed of pests, recorded also where it showed none.

    `counts` holds a number for every class that was looked for, 0 among them. `usable`:
    the picture was sharp and lit well enough for a zero to mean something. Which plot, area and
    threshold it counts for is worked out from the records of the plot, so that correcting those
    corrects everything that follows.
    """

    __tablename__ = "field_counts"
    __table_args__ = (Index(None, "camera_id", "captured_at"),)

    frame_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("frames.id"), primary_key=True
    )
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    usable: Mapped[bool]
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    excess_green: Mapped[float | None]
    canopy_cover: Mapped[float | None]
