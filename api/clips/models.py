"""Clips: some seconds of video, uploaded in parts, inspected by a worker, then deleted."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now

JOB_KIND = "clip"


class ClipState(StrEnum):
    """Where a clip stands."""

    RECEIVING = "receiving"
    WAITING = "waiting"  # durable and acknowledged; a job is open
    DONE = "done"
    REFUSED = "refused"  # the bytes are no clip that can be inspected
    FAILED = "failed"  # inspecting it failed each time


class Clip(Base):
    """One clip that is or was taken in; its video is deleted once it was inspected.

    Three times are kept apart: `captured_at` of the first frame by the gateway's clock,
    `received_at` (of the last byte) by ours, and `clock_offset_ms` (gateway's clock minus ours).
    `size_bytes` is what has been stored so far. `length_bytes` and `repr_digest` are what the
    gateway says the whole clip has. Each request that appends raises `fence`; only the latest
    may write. `width`, `height`, `fps`, `seconds` and `events` are what was seen in it.
    """

    __tablename__ = "clips"
    __table_args__ = (
        UniqueConstraint("gateway_id", "idempotency_key"),
        Index(None, "camera_id", "captured_at"),
        Index(None, "state", "expires_at"),
    )

    id: Mapped[str] = id_column()
    gateway_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("gateways.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    idempotency_key: Mapped[str] = mapped_column(String(200))
    metadata_digest: Mapped[str] = mapped_column(String(64))  # sha256 of what was said of it
    state: Mapped[ClipState] = mapped_column(default=ClipState.RECEIVING)
    content_type: Mapped[str] = mapped_column(String(60))
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    clock_offset_ms: Mapped[float | None]
    length_bytes: Mapped[int | None]
    repr_digest: Mapped[str | None] = mapped_column(String(64))  # sha256, as announced
    size_bytes: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    fence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    inspected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    width: Mapped[int | None]
    height: Mapped[int | None]
    fps: Mapped[float | None]
    seconds: Mapped[float | None]
    models: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    events: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    finding_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    problem_code: Mapped[str | None] = mapped_column(String(60))
    problem: Mapped[str | None] = mapped_column(Text)


class ClipPart(Base):
    """Some bytes of a clip, an object of the store.

    The row is written before the object, so that nobody removes an object that is just being
    stored and nothing is stored that no row names; `stored` says that the bytes are durable.
    """

    __tablename__ = "clip_parts"
    __table_args__ = (Index(None, "clip_id", "start"),)

    id: Mapped[str] = id_column()
    clip_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clips.id"))
    start: Mapped[int]
    size: Mapped[int]
    object_key: Mapped[str] = mapped_column(String(200), index=True)
    stored: Mapped[bool] = mapped_column(default=False)
