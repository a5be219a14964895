"""Sites: what fixed cameras watch over days for structures where there was none."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class FrameUse(StrEnum):
    """What became of a frame; the pictures of those that wait or are kept are still there."""

    WAITING = "waiting"  # nobody has looked at it
    KEPT = "kept"  # good, and waits for others of its light
    LEARNED = "learned"  # baselines were made of it, or of its neighbours
    COMPOSED = "composed"  # a composite was made of it, or of its neighbours
    REFUSED = "refused"  # `trouble` says why
    EXPIRED = "expired"  # too few others came


class Site(Base):
    """What is remembered of a camera's site from composite to composite.

    `state` and `health` are what `inference.sites` carries along (`SiteState`, `HealthLog`), as
    JSON. `round` counts how often the baselines were begun anew: what belongs to an earlier round
    is over. `few_by` is who lets baselines be made of fewer frames than usual, until they are.
    `problem` says why no baseline could be made of the frames that there are.
    """

    __tablename__ = "sites"

    camera_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("cameras.id"), primary_key=True
    )
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    health: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    few_by: Mapped[str | None] = mapped_column(String(80))
    problem: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


class SiteFrame(Base):
    """A frame that is put together with others of its light.

    `trouble` of a refused one: the camera was moved, blocked, blurred or dark, the frame shows
    another place, cannot be read, or is of a light that no baseline shows (`no_baseline`).
    """

    __tablename__ = "site_frames"
    __table_args__ = (
        Index(None, "camera_id", "use", "captured_at"),
        Index(None, "camera_id", "captured_at"),
        Index(None, "camera_id", "erased"),
    )

    frame_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("frames.id"), primary_key=True
    )
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    use: Mapped[FrameUse] = mapped_column(default=FrameUse.WAITING)
    light: Mapped[str | None] = mapped_column(String(10))  # day, night; once it was looked at
    trouble: Mapped[str | None] = mapped_column(String(20))
    erased: Mapped[bool] = mapped_column(default=False)  # its picture was let go of


class Composite(Base):
    """One picture of many frames of one light, in which what comes and goes has vanished.

    `end_at` is the end of the half day that it is of. `frames` are those that it is the median of:
    id, SHA-256 and time of each. It was compared by the model of `model_digest`.
    """

    __tablename__ = "composites"
    __table_args__ = (
        UniqueConstraint("camera_id", "round", "light", "end_at"),
        Index(None, "camera_id", "end_at"),
    )

    id: Mapped[str] = id_column()
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    round: Mapped[int]
    baseline_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("baselines.id"))
    light: Mapped[str] = mapped_column(String(10))
    end_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    frames: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    object_key: Mapped[str] = mapped_column(String(200))
    width: Mapped[int]
    height: Mapped[int]
    model_digest: Mapped[str] = mapped_column(String(64), ForeignKey("inspecting_models.digest"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class SiteRegion(Base):
    """A part of a camera's picture that differs from the approved baseline, followed over days.

    `number` is its name in the site's state. The box is x1, y1, x2, y2 in pixels of the baselines.
    A region in works or an excluded zone is `suppressed_by` it instead of having a finding. It has
    ended when it was gone (`gone_at`), or when the baselines were begun anew. `shown_stage` is the
    stage that the pictures kept of it show.
    """

    __tablename__ = "site_regions"
    __table_args__ = (UniqueConstraint("camera_id", "round", "number"),)

    id: Mapped[str] = id_column()
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    round: Mapped[int]
    number: Mapped[int]
    change: Mapped[str] = mapped_column(String(10))  # appeared, removed
    stage: Mapped[str] = mapped_column(String(30))
    shown_stage: Mapped[str | None] = mapped_column(String(30))
    structure: Mapped[str | None] = mapped_column(String(40))  # what it looks like
    severity: Mapped[int]
    score: Mapped[float]
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    area_share: Mapped[float]  # of the picture, 0 to 1
    composites: Mapped[int]  # that showed it
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    suppressed_by: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("zones.id"))
    baseline_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("baselines.id"))
    finding_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), unique=True
    )
