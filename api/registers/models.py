"""Registers: lists of plates that somebody answers for, kept so that no plate can be read off."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class RegisterKind(StrEnum):
    """What a register lists."""

    EMISSIONS = "emissions"
    INSPECTION_OVERDUE = "inspection_overdue"
    HAZMAT_ROUTE = "hazmat_route"
    CUSTOM = "custom"


class ChangeMode(StrEnum):
    """What a change does with the entries that there are."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


class Register(Base):
    """A list of plates; `version` counts its changes."""

    __tablename__ = "registers"

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[RegisterKind]
    version: Mapped[int] = mapped_column(default=0)
    entries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class RegisterVersion(Base):
    """One change of a register: what was done and by whom. What it removed is not kept."""

    __tablename__ = "register_versions"
    __table_args__ = (UniqueConstraint("register_id", "number"),)

    id: Mapped[str] = id_column()
    register_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("registers.id"))
    number: Mapped[int]
    mode: Mapped[ChangeMode]
    added: Mapped[int]
    changed: Mapped[int]
    removed: Mapped[int]
    entries: Mapped[int]  # after the change
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class RegisterEntry(Base):
    """One plate of a register.

    `plate_hash` is keyed, `sealed` holds plate and note encrypted (`api.registers.plates`). The
    dates are days of the place where the plate is seen, both included; None has no end.
    """

    __tablename__ = "register_entries"
    __table_args__ = (UniqueConstraint("register_id", "plate_hash"),)

    id: Mapped[str] = id_column()
    register_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("registers.id"))
    plate_hash: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class RegisterKey(Base):
    """One keyed hash by which an entry is found: of its plate, or of one an edit away from it."""

    __tablename__ = "register_keys"

    entry_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("register_entries.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True)
