"""Verifications: one for each claim that a case is done, with every look at the place since."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column, now


class Method(StrEnum):
    """What decides whether a claim is true."""

    LOOKS = "looks"  # passes of moving cameras
    COMPOSITES = "composites"  # half days of a fixed camera
    PERIOD = "period"  # the next period of an area
    REGISTER = "register"  # a vehicle: its register entry, or another violation
    HEALTH = "health"  # a camera or gateway: the watch over them
    PERSON = "person"  # the department's reply, read by a person


class VerificationState(StrEnum):
    """Where a verification stands; a person may decide it at any time."""

    WAITING = "waiting"
    NEEDS_PERSON = "needs_person"  # what decides it did not come in time, or cannot come
    PASSED = "passed"
    FAILED = "failed"
    ENDED = "ended"  # the case was cancelled


OPEN = (VerificationState.WAITING, VerificationState.NEEDS_PERSON)


class LookOutcome(StrEnum):
    """What one pass says of the place."""

    CLEAN = "clean"  # it was covered, and nothing was seen
    HIT = "hit"  # it is still there
    DOUBTFUL = "doubtful"  # something was seen: too little to say so, or not surely there
    OUTSIDE = "outside"  # the place may have been outside what it covered


class Verification(Base):
    """One claim that a case is done, until it is decided.

    `open_case_id` is the case's id until then and None afterwards; the database keeps it unique.
    `needed` clean looks, at least `gap_s` seconds apart, close the case, and one more for every
    doubtful one; None where looks do not decide, or nothing tells how many would. `derivation`
    holds the figures behind it. `cell` is the H3 cell (resolution 10) of the finding's place.
    """

    __tablename__ = "verifications"
    __table_args__ = (Index(None, "state", "cell"),)

    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    open_case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), unique=True)
    finding_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("findings.id"))
    destination_id: Mapped[str | None] = mapped_column(
        String(ID_LENGTH), ForeignKey("destinations.id"), index=True
    )
    inspection: Mapped[str] = mapped_column(String(30))
    method: Mapped[Method]
    state: Mapped[VerificationState] = mapped_column(default=VerificationState.WAITING)
    cell: Mapped[str | None] = mapped_column(String(16))
    claimed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    needed: Mapped[int | None]
    gap_s: Mapped[float]
    clean: Mapped[int] = mapped_column(default=0)  # looks that count
    doubtful: Mapped[int] = mapped_column(default=0, server_default="0")
    derivation: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None] = mapped_column(String(500))  # why a person is needed
    watched_at: Mapped[datetime] = mapped_column(
        UTCDateTime, default=now
    )  # frames till then judged
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    @property
    def asked(self) -> int | None:
        """Clean looks that close the case as things stand."""
        return None if self.needed is None else self.needed + self.doubtful


class VerificationLook(Base):
    """One pass of one camera by the place, after the claim, judged as a whole.

    `frames` covered the place; `sightings` showed it still there, the surest with `score`. Late
    frames of the pass may change what it says.
    """

    __tablename__ = "verification_looks"
    __table_args__ = (Index(None, "verification_id", "first_at"),)

    id: Mapped[str] = id_column()
    verification_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("verifications.id"))
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    outcome: Mapped[LookOutcome]
    counted: Mapped[bool]  # a clean look long enough after the one before it
    frames: Mapped[int]
    sightings: Mapped[int]
    score: Mapped[float | None]
    judged_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Glimpse(Base):
    """A frame that showed a finding's place with a score too low to find anything."""

    __tablename__ = "glimpses"
    __table_args__ = (Index(None, "finding_id", "captured_at"),)

    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), primary_key=True
    )
    frame_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("frames.id"), primary_key=True
    )
    camera_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cameras.id"))
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime)
    score: Mapped[float]


class VerificationRule(Base):
    """What an administrator has set for a class in place of what is derived; None is derived."""

    __tablename__ = "verification_rules"
    __table_args__ = (UniqueConstraint("inspection", "class_name"),)

    id: Mapped[str] = id_column()
    inspection: Mapped[str] = mapped_column(String(30))
    class_name: Mapped[str] = mapped_column(String(60))
    looks: Mapped[int | None]
    gap_minutes: Mapped[float | None]
    wait_hours: Mapped[float | None]
    updated_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)
