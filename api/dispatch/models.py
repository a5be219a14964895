"""Destinations, class policies, the outbox, and the log of what was sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class DestinationKind(StrEnum):
    """How a department is spoken to."""

    OPEN311 = "open311"
    WEBHOOK = "webhook"
    MQTT = "mqtt"
    DROP = "drop"


class Destination(Base):
    """A department's address. An administrator pins it; nothing else is ever called."""

    __tablename__ = "destinations"

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[DestinationKind]
    url: Mapped[str] = mapped_column(String(500))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sealed_secret: Mapped[str | None] = mapped_column(Text)  # api_key or signing secret, encrypted
    classes: Mapped[list[str]] = mapped_column(JSON, default=list)  # class names it receives
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    disabled_reason: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class ClassPolicy(Base):
    """A written permission to dispatch a class without a review, with the precision behind it."""

    __tablename__ = "class_policies"

    id: Mapped[str] = id_column()
    inspection: Mapped[str] = mapped_column(String(30))
    class_name: Mapped[str] = mapped_column(String(60))
    min_confidence: Mapped[float]
    min_looks: Mapped[int]
    required_precision: Mapped[float]
    reason: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OutboxState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    LEASED = "leased"
    DELIVERED = "delivered"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


class Doubt(StrEnum):
    """Whether the department may have taken a message of which it has not said so."""

    NONE = "none"
    UNCERTAIN = "uncertain"  # an attempt ended without an answer that can be trusted
    APPROVED = "approved"  # a person has looked and says: send it again


class MessageType(StrEnum):
    """What a message tells, the last part of the CloudEvent's type."""

    OPENED = "opened"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    COMMENTED = "commented"


class OutboxMessage(Base):
    """A message to a department, written in the transaction that made it necessary.

    A sender leases it (`leased_by`, `lease_until`) and carries the `fence` it got; a sender whose
    lease was taken over has an old fence and can record nothing. `sequence` orders the messages
    of one case: the next is sent only after the one before it is delivered or given up. `attempts`
    counts since the message was last queued. `external_id` and `external_token` are what the
    department called it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("case_id", "sequence"),
        Index(None, "state", "next_attempt_at"),
    )

    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    destination_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("destinations.id"))
    sequence: Mapped[int]
    event_type: Mapped[MessageType]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    leased_by: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fence: Mapped[int] = mapped_column(default=0)
    doubt: Mapped[Doubt] = mapped_column(default=Doubt.NONE)
    external_id: Mapped[str | None] = mapped_column(String(200), index=True)
    external_token: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Outcome(StrEnum):
    """How an attempt ended."""

    SENDING = "sending"  # written before the first byte goes out
    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"
    UNKNOWN = "unknown"  # the sender died, or lost its lease, before it could say


class Delivery(Base):
    """One attempt to send one message, secrets masked. It is written before anything is sent."""

    __tablename__ = "deliveries"

    id: Mapped[str] = id_column()
    message_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("outbox.id"), index=True)
    attempt: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    duration_ms: Mapped[float | None]
    status_code: Mapped[int | None]
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.SENDING)
    request_excerpt: Mapped[str | None] = mapped_column(Text)
    response_excerpt: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
