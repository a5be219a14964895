"""Sights in the database, for the minutes that a passage takes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, or_, select, text
from sqlalchemy.orm import Session

from api.frames.models import Detection, Frame
from api.passages.models import VehicleSighting
from api.passages.sights import SeenVehicle, Sight
from api.registers.plates import PlateKeys
from api.registers.service import Match
from inference.detections import PlateReading

READING = "vehicle sighting"
"""What a sealed reading is sealed for."""

_AROUND = timedelta(seconds=30)
_NOWHERE = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Around:
    """What a camera saw around a moment.

    Attributes:
        rows: by the key of their sight.
        sights: in no order.
    """

    rows: dict[str, VehicleSighting]
    sights: list[Sight]


def lock_camera(session: Session, camera_id: str) -> None:
    """Wait until nobody else gathers for a camera; until the commit. SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(camera_id.encode()).digest()[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def write(
    session: Session,
    frame: Frame,
    vehicles: Sequence[SeenVehicle],
    detections: Sequence[Detection],
    plates: PlateKeys,
) -> None:
    """Write the sights of a frame; of readings only what is suspect, sealed."""

    def detection(index: int | None) -> str | None:
        return None if index is None else detections[index].id

    for one in vehicles:
        sight, read = one.sight, one.sight.reading
        x1, y1, x2, y2 = sight.box
        session.add(
            VehicleSighting(
                id=sight.key,
                camera_id=frame.camera_id,
                frame_id=frame.id,
                captured_at=sight.at,
                received_at=frame.received_at,
                vehicle=sight.vehicle,
                score=sight.score,
                x1=x1,
                y1=y1,
                x2=x2,
                y2=y2,
                cut=sight.cut,
                plate=sight.plate,
                plate_score=sight.plate_score,
                plate_color=sight.plate_color,
                smoke_score=sight.smoke_score,
                flags=dict(sight.flags) or None,
                vehicle_detection_id=detection(one.vehicle_index),
                plate_detection_id=detection(one.plate_index),
                smoke_detection_id=detection(one.smoke_index),
                suspect=sight.suspect,
                sealed_reading=plates.seal(READING, [read.text, read.text_score, read.color])
                if read
                else None,
                matches=[
                    [match.register_id, match.version, match.entry_id, match.similar]
                    for match in sight.matches
                ]
                or None,
                exempt=sorted(sight.exempt) or None,
            )
        )
    session.flush()


def around(session: Session, frame: Frame, plates: PlateKeys) -> Around:
    """Return what the camera saw within half a minute, and the rest of those passages."""
    near = and_(
        VehicleSighting.camera_id == frame.camera_id,
        VehicleSighting.captured_at.between(
            frame.captured_at - _AROUND, frame.captured_at + _AROUND
        ),
    )
    if not session.scalar(
        select(select(VehicleSighting.id).where(near, VehicleSighting.suspect).exists())
    ):
        return Around({}, [])
    passages = select(VehicleSighting.passage_id).where(
        near, VehicleSighting.passage_id.is_not(None)
    )
    found = session.scalars(
        select(VehicleSighting).where(
            or_(
                near,
                and_(
                    VehicleSighting.passage_id.in_(passages),
                    VehicleSighting.camera_id == frame.camera_id,
                ),
            )
        )
    ).all()
    return Around({row.id: row for row in found}, [_sight(row, plates) for row in found])


def _sight(row: VehicleSighting, plates: PlateKeys) -> Sight:
    reading = None
    if row.sealed_reading is not None:
        plate, score, color = plates.open(READING, row.sealed_reading)
        reading = PlateReading(plate, score, color, _NOWHERE)
    return Sight(
        key=row.id,
        at=row.captured_at,
        vehicle=row.vehicle,
        score=row.score,
        box=(row.x1, row.y1, row.x2, row.y2),
        cut=row.cut,
        plate=row.plate,
        plate_score=row.plate_score,
        plate_color=row.plate_color,
        smoke_score=row.smoke_score,
        flags=row.flags or {},
        reading=reading,
        matches=tuple(
            Match(register_id, version, entry_id, similar, None, None)
            for register_id, version, entry_id, similar in row.matches or ()
        ),
        exempt=frozenset(row.exempt or ()),
        suspect=row.suspect,
    )
