"""Case numbers: `XJ-20261121-000123`, counted per day (UTC), never given twice."""

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
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(CaseNumber)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": CaseNumber.last + 1})
        .returning(CaseNumber.last)
    )
    return f"XJ-{day:%Y%m%d}-{session.scalars(statement).one():06d}"
