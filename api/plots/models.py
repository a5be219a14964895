"""Plots of a crop, the cameras that look at them, and how far the crop is."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class ViewKind(StrEnum):
    """What a camera of a plot shows: the crop from near by, or traps."""

    CLOSE = "close"
    TRAP = "trap"


class Plot(Base):
    """A field, or a part of one, that is advised on as a whole.

    Position and corners: WGS-84 degrees; `polygon` is a list of (latitude, longitude) pairs.
    `hills_per_m2` is how densely rice is planted: action thresholds are mostly per 100 hills.
    """

    __tablename__ = "plots"

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(120), unique=True)
    crop: Mapped[str] = mapped_column(String(30))
    area_ha: Mapped[float]
    latitude: Mapped[float]
    longitude: Mapped[float]
    polygon: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))
    hills_per_m2: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PlotCamera(Base):
    """That a camera looks at a plot, from `since` until before `until`.

    `ground_m2` is the ground that a close picture shows, `traps` how many traps one picture shows.
    """

    __tablename__ = "plot_cameras"
    __table_args__ = (Index(None, "camera_id", "since"),)

    id: Mapped[str] = id_column()
    plot_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("plots.id"), index=True)
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    kind: Mapped[ViewKind]
    ground_m2: Mapped[float | None]
    traps: Mapped[int | None]
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class GrowthStage(Base):
    """How far the crop of a plot is from a day on (in the local time zone), by the BBCH scale."""

    __tablename__ = "growth_stages"

    plot_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("plots.id"), primary_key=True
    )
    since: Mapped[date] = mapped_column(primary_key=True)
    bbch: Mapped[int]
    note: Mapped[str | None] = mapped_column(String(500))


class TrapService(Base):
    """That the traps which a camera shows were changed or emptied."""

    __tablename__ = "trap_services"
    __table_args__ = (Index(None, "plot_id", "changed_at"),)

    id: Mapped[str] = id_column()
    plot_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("plots.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    note: Mapped[str | None] = mapped_column(String(500))
