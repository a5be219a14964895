"""Codes of classes in the layout of GB/T 30428.2: 6 + 2 + 3 digits, and 5 of a sequence.

Administrative division (GB/T 2260), major class (大类), minor class (小类), sequence: 16 digits in
all. Minor classes from 080 on are a county's own.
"""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.database import now
from api.routing.models import ClassSequence

LAST_SEQUENCE = 99_999


def next_sequence(session: Session, class_code: str) -> int:
    """Return the next sequence number of a class code, 1 … 99,999, counted per year (UTC).

    After the last it begins again: the case's number stays the name of a case.

    Args:
        session: the open transaction; the counter is locked until it ends.
        class_code: 11 digits.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(ClassSequence)
        .values(class_code=class_code, year=now().year, last=1)
        .on_conflict_do_update(
            index_elements=["class_code", "year"],
            set_={"last": ClassSequence.last % LAST_SEQUENCE + 1},
        )
        .returning(ClassSequence.last)
    )
    return session.scalars(statement).one()
