"""Baselines: what a fixed camera saw when nothing illegal stood there, by a person's word."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.baselines.states import BaselineState
from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class Baseline(Base):
    """The picture that a camera's later ones are compared with, of one light.

    A baseline is never edited: another one takes its place. `open_key` names camera and light
    while it is proposed or approved, and is None afterwards; the database keeps it unique.
    `frames` are the frames that the picture is the median of: id, SHA-256 and time of each.
    `warnings` say what is less than it should be, for example too few frames.
    """

    __tablename__ = "baselines"
    __table_args__ = (Index(None, "camera_id", "light"),)

    id: Mapped[str] = id_column()
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    light: Mapped[str] = mapped_column(String(10))  # day, night
    state: Mapped[BaselineState] = mapped_column(default=BaselineState.PROPOSED)
    open_key: Mapped[str | None] = mapped_column(String(60), unique=True)
    object_key: Mapped[str] = mapped_column(String(200))
    width: Mapped[int]
    height: Mapped[int]
    frames: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    warnings: Mapped[list[str]] = mapped_column(JSON)
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
