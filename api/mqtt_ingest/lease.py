"""A door that one process serves at a time: a lease in the database, held and given back."""

from datetime import timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError

from api.database import Database, now
from api.mqtt_ingest.models import DoorLease

LASTS = timedelta(seconds=30)


def hold(database: Database, *, door: str, holder: str) -> bool:
    """Take or renew the lease of a door for 30 seconds; say whether one has it now.

    Args:
        database: where it is.
        door: which.
        holder: who asks.
    """
    at = now()
    try:
        with database.write() as session:
            mine = session.execute(
                update(DoorLease)
                .where(
                    DoorLease.door == door,
                    or_(DoorLease.holder == holder, DoorLease.expires_at <= at),
                )
                .values(holder=holder, expires_at=at + LASTS)
                .returning(DoorLease.door)
            ).first()
            if mine is None and session.get(DoorLease, door) is None:
                session.add(DoorLease(door=door, holder=holder, expires_at=at + LASTS))
                return True
            return mine is not None
    except IntegrityError:  # another process was first
        return False


def give_back(database: Database, *, door: str, holder: str) -> None:
    """Let another process have a door at once."""
    with database.write() as session:
        session.execute(delete(DoorLease).where(DoorLease.door == door, DoorLease.holder == holder))
