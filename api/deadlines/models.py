"""Clocks of cases: how long a department has had a case, and how long it may."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.database import ID_LENGTH, Base, UTCDateTime, id_column


class CaseClock(Base):
    """One run of a case's clock, from a start to the next stop.

    A round is one giving of the case to a department. It is one run, or several where the case was
    suspended in between. `current_case_id` is the case's id on its newest run and None on those
    before; the database keeps it unique. What a term counts, time of work or all time, is what
    `total_s`, `before_s` and `used_s` count.
    """

    __tablename__ = "case_clocks"

    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    current_case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), unique=True)
    round: Mapped[int]  # counts from 1
    rework: Mapped[bool]  # whether the case was given back because a repair had failed
    destination_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("destinations.id"), index=True
    )
    table_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("routing_tables.id"))
    term: Mapped[str] = mapped_column(String(40))
    total_s: Mapped[float | None]  # of the whole term; None until the round has started
    before_s: Mapped[float] = mapped_column(default=0.0)  # used in the runs of the round before
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    stopped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stopped_by: Mapped[str | None] = mapped_column(String(30))  # a CaseEvent
    used_s: Mapped[float | None]  # of the term, by the end of this run
    steps_done: Mapped[int] = mapped_column(default=0)  # of the escalation, in the round
    next_step_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    escalated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # to the people here
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # its claim was found untrue
