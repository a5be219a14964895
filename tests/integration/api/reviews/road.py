"""A road with potholes, gathered straight into the database."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.database import Database
from benchmarks.gathering import Fleet, drives, pothole

Findings = Callable[..., list[str]]


def gather(database: Database, *along: float) -> list[str]:
    """Gather potholes, metres along a road; return the ids of their findings, in that order."""
    potholes = [pothole(f"p{n}", each) for n, each in enumerate(along)]
    looks = drives(potholes, noise_m=0.5, seed=4, passes=1, length_m=60.0, miss_rate=0.0)[1]
    with database.write() as session:
        fleet = Fleet(session)
        for look in looks:
            fleet.post(look)
        return [finding.id for finding in fleet.findings()]


def drive_by_again(session: Session, along_m: float) -> None:
    """Let the same bus see a pothole once more, on a later pass."""
    fleet = Fleet(session)
    fleet._cameras["bus-1"] = session.scalars(select(Camera)).one()
    looks = drives([pothole("p", along_m)], noise_m=0.5, seed=4, passes=4, length_m=60.0)[1]
    for look in looks:
        if look.bus == "bus-1" and look.pass_index == 1:
            fleet.post(look)
