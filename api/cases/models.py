"""Cases: findings as work for a department, and everything that was said of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.cases.states import CaseState
from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class Case(Base):
    """One finding as work.

    `open_finding_id` is the finding's id while the case is open and None afterwards; the database
    keeps it unique, so a finding has one open case at most.

    What the routing table said when it was last routed: `class_code` (11 digits) and
    `class_sequence`, together the 16 digits of GB/T 30428.2; `grid_code` of the smallest area that
    holds its place. `held_until`: nothing is sent to a department before, so that whoever
    confirmed the finding can still undo it.
    """

    __tablename__ = "cases"

    id: Mapped[str] = id_column()
    number: Mapped[str] = mapped_column(String(30), unique=True)  # XJ-20261121-000123
    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), index=True
    )
    open_finding_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), unique=True)
    state: Mapped[CaseState] = mapped_column(default=CaseState.OPENED, index=True)
    destination_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("destinations.id")
    )
    external_id: Mapped[str | None] = mapped_column(String(200))  # the department's own number
    routing_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("routing_tables.id")
    )
    class_code: Mapped[str | None] = mapped_column(String(11), index=True)
    class_sequence: Mapped[int | None]
    grid_code: Mapped[str | None] = mapped_column(String(40), index=True)
    opened_by: Mapped[str] = mapped_column(String(80))  # "user:ID" or "policy:ID"
    held_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


class CaseNumber(Base):
    """The last case number given on a day (UTC): one counter row, locked by whoever takes one."""

    __tablename__ = "case_numbers"

    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Prescription(Base):
    """What an expert prescribes in answer to a case: a remedy, how much of it, when."""

    __tablename__ = "prescriptions"
    __table_args__ = (UniqueConstraint("source", "message_id"),)

    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    measure: Mapped[str] = mapped_column(String(200))  # the pesticide, or what else is to be done
    dose: Mapped[str | None] = mapped_column(String(200))
    apply_on: Mapped[date | None]
    text: Mapped[str | None] = mapped_column(String(4000))
    source: Mapped[str] = mapped_column(String(80))  # "user:ID", "destination:ID"
    message_id: Mapped[str | None] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class CaseComment(Base):
    """What somebody here says of a case; it moves nothing, and is never edited.

    `outbox_id` is the message that tells the department, None for a comment among ourselves.
    """

    __tablename__ = "case_comments"
    __table_args__ = (UniqueConstraint("author", "idempotency_key"),)

    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    text: Mapped[str] = mapped_column(String(2000))
    author: Mapped[str] = mapped_column(String(80))  # "user:ID", "token:ID"
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    outbox_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("outbox.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class CaseEntry(Base):
    """One line of a case's timeline.

    Callbacks are stored always, by the sender's message id once only, and `applied` says whether
    the state moved: late and out-of-order ones are kept and change nothing. `destination_id` is the
    department that had the case, or was to have it, when this was said.
    """

    __tablename__ = "case_entries"
    __table_args__ = (UniqueConstraint("source", "message_id"),)

    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    event: Mapped[str] = mapped_column(String(30))
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str | None] = mapped_column(String(20))
    applied: Mapped[bool]
    source: Mapped[str] = mapped_column(String(80))  # "user:ID", "destination:ID", "system"
    message_id: Mapped[str | None] = mapped_column(String(200))
    destination_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("destinations.id")
    )
    comment: Mapped[str | None] = mapped_column(String(2000))
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
