"""While a camera could not do its work, nobody looked: what it did not show is no zero.

Frames of such a time are taken out of Coverage, so that they are no clean looks at a repair and no
cells that were looked at, and out of the counts of pests, so that they are no zeros.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from api.camera_health.models import AnyTrouble, CameraTrouble
from api.counts.models import FieldCount
from api.coverage.models import Coverage

BLINDING: frozenset[AnyTrouble] = frozenset(
    {"dark", "blocked", "blurred", "moved", "other_view", "frozen"}
)


def take_out(session: Session, row: CameraTrouble) -> None:
    """Let the frames of a trouble's time mean nothing where they show nothing.

    Args:
        session: the open transaction.
        row: of a camera; one that is silent has no frames.
    """
    if row.camera_id is None or row.trouble not in BLINDING:
        return
    for table in (Coverage, FieldCount):
        session.execute(
            update(table)
            .where(
                table.camera_id == row.camera_id,
                table.captured_at.between(row.first_at, row.last_at),
                table.usable,
            )
            .values(usable=False)
        )
