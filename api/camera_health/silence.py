"""When a camera is silent: judged by its own usual rhythm, not by one rule for all.

A camera is silent once it has been quiet for its floor (a quarter of an hour where nothing is set)
and would usually have sent ten pictures in that time; and once it has been quiet for its ceiling (a
day; three days on a bus), whatever is usual. What is usual of an hour is the smaller of what came
in the same hour of the last week and of the week before. Of a camera that is known for less than
two weeks it is the least that came at that hour on the days known, at least two; before that there
is only the ceiling.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.camera_health.models import CameraHour
from api.cameras.models import Camera, CameraKind
from api.clips.models import Clip
from api.frames.models import Frame

FLOOR = timedelta(minutes=15)
CEILING = timedelta(days=1)
CEILING_ON_A_BUS = timedelta(days=3)
MISSED = 10
_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
_LEAST_DAYS, _MOST_DAYS = 2, 7
LOOKED_BACK = 2 * _WEEK + _DAY


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How many pictures of a camera came in each hour.

    Attributes:
        hours: pictures by the start of the hour; an hour without any is absent.
    """

    hours: Mapping[datetime, int]

    def usual(self, hour: datetime) -> int | None:
        """Return how many pictures usually come in an hour, None where too little is known."""
        first = min(self.hours, default=None)
        if first is None:
            return None
        if first <= hour - 2 * _WEEK:
            earlier = [hour - _WEEK, hour - 2 * _WEEK]
        else:
            days = min((hour - first) // _DAY, _MOST_DAYS)
            if days < _LEAST_DAYS:
                return None
            earlier = [hour - day * _DAY for day in range(1, days + 1)]
        return min(self.hours.get(one, 0) for one in earlier)

    def missed(self, since: datetime, until: datetime) -> float:
        """Return how many pictures would usually have come in a time."""
        total, hour = 0.0, hour_of(since)
        while hour < until:
            inside = min(until, hour + _HOUR) - max(since, hour)
            total += (self.usual(hour) or 0) * (inside / _HOUR)
            hour += _HOUR
        return total


def is_silent(
    rhythm: Rhythm, *, heard_at: datetime, at: datetime, floor: timedelta, ceiling: timedelta
) -> bool:
    """Say whether a camera has been quiet for too long.

    Args:
        rhythm: what usually comes.
        heard_at: when something last came.
        at: the present time.
        floor: so long it may always be quiet.
        ceiling: so long it may be quiet at most.
    """
    quiet = at - heard_at
    return quiet >= ceiling or (quiet >= floor and rhythm.missed(heard_at, at) >= MISSED)


def limits(camera: Camera) -> tuple[timedelta, timedelta]:
    """Return floor and ceiling of a camera: what is set, or what suits its kind."""
    floor, ceiling = camera.quiet_floor_minutes, camera.quiet_ceiling_minutes
    usual = CEILING_ON_A_BUS if camera.kind is CameraKind.BUS else CEILING
    return (
        FLOOR if floor is None else timedelta(minutes=floor),
        usual if ceiling is None else timedelta(minutes=ceiling),
    )


def rhythm_of(session: Session, camera_id: str, at: datetime) -> Rhythm:
    """Return what came of a camera in the last two weeks."""
    rows = session.execute(
        select(CameraHour.hour, CameraHour.pictures).where(
            CameraHour.camera_id == camera_id, CameraHour.hour >= at - LOOKED_BACK - _HOUR
        )
    )
    return Rhythm(dict(rows.tuples().all()))


def count_hours(session: Session, at: datetime) -> None:
    """Bring up to date what came in each hour since the last count, and forget what is too old.

    Args:
        session: the open transaction.
        at: the present time.

    Raises:
        IntegrityError: another process counts the same; the next round does it again.
    """
    oldest = hour_of(at) - LOOKED_BACK
    counted = session.scalar(select(func.max(CameraHour.hour)))
    hour = max(oldest, counted) if counted else oldest
    while hour <= at:
        for camera_id, pictures in _came(session, hour).items():
            session.merge(CameraHour(camera_id=camera_id, hour=hour, pictures=pictures))
        hour += _HOUR
    for row in session.scalars(select(CameraHour).where(CameraHour.hour < oldest)):
        session.delete(row)


def _came(session: Session, hour: datetime) -> dict[str, int]:
    """Return how many pictures of each camera were written in an hour; ids sort by time."""
    came: dict[str, int] = {}
    first, last = _first_id(hour), _first_id(hour + _HOUR)
    for table in (Frame, Clip):
        rows = session.execute(
            select(table.camera_id, func.count())
            .where(table.id >= first, table.id < last)
            .group_by(table.camera_id)
        )
        for camera_id, pictures in rows:
            came[camera_id] = came.get(camera_id, 0) + pictures
    return came


def _first_id(moment: datetime) -> str:
    """Return what no UUIDv7 made before a moment is greater than."""
    milliseconds = f"{int(moment.timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}"


def hour_of(moment: datetime) -> datetime:
    """Return the start of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)
