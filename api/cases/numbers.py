"""Case numbers: `XJ-20261121-000123`, counted per day (UTC), never given twice."""

from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.cases.models import CaseNumber
from api.database import now


def next_number(session: Session) -> str:
    """Return the next case number of today.

    One statement counts up and locks the day's row until the transaction ends, so that two
    transactions never get the same number and one that rolls back leaves no gap.
    """
    day = now().date()
    return f"XJ-{day:%Y%m%d}-{_count(session, day, 1):06d}"


def hold_numbers(session: Session) -> None:
    """Lock today's numbers until the transaction ends, as whoever opens a case does.

    So everybody who counts cases waits in one line, and two never wait for each other.
    """
    _count(session, now().date(), 0)


def _count(session: Session, day: date, step: int) -> int:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(CaseNumber)
        .values(day=day, last=step)
        .on_conflict_do_update(index_elements=["day"], set_={"last": CaseNumber.last + step})
        .returning(CaseNumber.last)
    )
    return session.scalars(statement).one()
