"""What gateways say of themselves: the newest report of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, now


class GatewayReport(Base):
    """The newest report of a gateway; the next one takes its place.

    `at` is by the gateway's clock, `received_at` by ours. `dropped`, `refused` and `damaged` count
    what it could not send since it was set up; `lost_since` is when `dropped` or `damaged` began to
    rise, `lost_at` when a report last showed that they had. `cameras` holds what it says of each of
    its cameras, by the camera's id: status, since, last_frame_at, detail.
    """

    __tablename__ = "gateway_reports"

    gateway_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("gateways.id"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    version: Mapped[str] = mapped_column(String(60))
    clock_offset_ms: Mapped[float | None]
    waiting_alerts: Mapped[int] = mapped_column(BigInteger)
    waiting_backfill: Mapped[int] = mapped_column(BigInteger)
    queue_bytes: Mapped[int] = mapped_column(BigInteger)
    oldest_captured_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    dropped: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    damaged: Mapped[int] = mapped_column(BigInteger)
    lost_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lost_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cameras: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSON)
