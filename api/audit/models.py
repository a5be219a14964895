"""The audit record: who changed what, when. Rows are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class AuditRecord(Base):
    """One change, written in the same transaction as the change itself."""

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "object_type", "object_id"),
        Index(None, "actor", "id"),
        Index(None, "action", "id"),
    )

    id: Mapped[str] = id_column()
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    actor: Mapped[str] = mapped_column(String(80))  # "user:ID", "token:ID", "policy:ID", "system"
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(Text)
