"""Registers as they go over the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.registers.models import ChangeMode, RegisterKind

_NAME = r"^[^\x00]*\S[^\x00]*$"
Purpose = Annotated[
    str,
    Field(
        min_length=5,
        max_length=500,
        pattern=_NAME,
        description="what for; it stands in the audit record with your name",
        examples=["appeal 2026-118: compare with the owner's papers"],
    ),
]


class RegisterView(BaseModel):
    """A register, without what is in it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str = Field(examples=["排放不合格车辆"])
    kind: RegisterKind
    version: int = Field(description="counts its changes; 0 is empty")
    entries: int
    created_at: datetime
    updated_at: datetime


class RegisterCreate(BaseModel):
    """A new register."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=120, pattern=_NAME, examples=["排放不合格车辆"])
    kind: RegisterKind


class VersionView(BaseModel):
    """One change of a register."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: int
    mode: ChangeMode
    added: int
    changed: int
    removed: int
    entries: int = Field(description="after it")
    actor: str
    created_at: datetime


class EntryCreate(BaseModel):
    """One plate. Days are those of the place where the vehicle is seen, both included."""

    model_config = ConfigDict(extra="forbid")

    plate: str = Field(max_length=20, examples=["京A12345"])
    valid_from: date | None = None
    valid_until: date | None = None
    note: str | None = Field(None, max_length=200)


class EntriesCreate(BaseModel):
    """Plates for a register."""

    model_config = ConfigDict(extra="forbid")

    entries: list[EntryCreate] = Field(max_length=10_000)


class Removal(BaseModel):
    """Plates that are to leave a register."""

    model_config = ConfigDict(extra="forbid")

    plates: list[Annotated[str, Field(max_length=20)]] = Field(
        min_length=1, max_length=10_000, examples=[["京A12345"]]
    )


class Export(BaseModel):
    """Why somebody wants to read a register."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose
