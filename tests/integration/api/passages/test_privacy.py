"""What is left of vehicles that break no rule: nothing that names them."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.database import now
from api.evidence.models import Evidence
from api.evidence.objects import ObjectStore, open_object_store
from api.external_detections.detection import ExternalDetection
from api.findings.states import FindingState
from api.frames.models import Frame
from api.passages.models import VehicleSighting
from api.passages.settling import settle
from tests.conftest import sqlite_only
from tests.integration.api.passages.gate import Gate, Vehicle, passing

LISTED = "京A12345"
RULES = (
    {"code": "listed", "when": {"type": "register", "register": "名单"}},
    {"code": "smoke", "when": {"type": "black_smoke", "frames": 3}},
)


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    """Give an empty object store."""
    return open_object_store(str(tmp_path / "objects"))


@pytest.fixture
def listed(gate: Gate) -> Gate:
    """Give a gate with a register and two rules."""
    gate.register("名单", LISTED)
    gate.load(*(gate.rule(**rule) for rule in RULES))
    return gate


def sightings(gate: Gate) -> list[VehicleSighting]:
    """Return every sighting."""
    with gate.database.read() as session:
        return list(session.scalars(select(VehicleSighting)).all())


def put_pictures(gate: Gate, objects: ObjectStore) -> list[str]:
    """Store the pictures that frames name; return their keys."""
    with gate.database.write() as session:
        kept = session.scalars(select(Frame).where(Frame.object_key.is_not(None))).all()
        for frame in kept:
            frame.object_key = objects.put(f"picture of {frame.id}".encode(), "image/jpeg")
        return [frame.object_key for frame in kept if frame.object_key]


def later(**values: Any) -> Any:
    """Return a time from now."""
    return now() + timedelta(**values)


def test_what_a_plate_says_is_kept_of_suspects_only(listed: Gate) -> None:
    listed.see(passing("京B99999"))
    assert {(one.sealed_reading, one.passage_id) for one in sightings(listed)} == {(None, None)}
    listed.see(passing(LISTED, at=60))
    sealed = [one.sealed_reading for one in sightings(listed) if one.sealed_reading]
    assert len(sealed) == 3
    assert not any(LISTED in one for one in sealed)


def test_pictures_are_kept_of_suspects_only(listed: Gate) -> None:
    assert not listed.arrival(0.0, passing("京B99999")[0][1]).keeps_picture
    assert listed.arrival(0.5, passing(LISTED)[0][1]).keeps_picture
    assert listed.arrival(1.0, passing("京A12346", scores=[0.6])[0][1]).keeps_picture
    assert not listed.arrival(1.5, passing("京A12346", scores=[0.95])[0][1]).keeps_picture


def test_settling_leaves_the_violation_and_its_evidence(listed: Gate, objects: ObjectStore) -> None:
    listed.see(passing(LISTED, frames=5))
    assert settle(listed.database, objects, at=later(seconds=50)) is False
    assert settle(listed.database, objects, at=later(seconds=70)) is True
    assert settle(listed.database, objects, at=later(seconds=70)) is False
    assert {(one.sealed_reading, one.matches) for one in sightings(listed)} == {(None, None)}
    (violation,) = listed.violations()
    assert violation.settled_at is not None
    assert listed.plate_of(violation) == LISTED
    with listed.database.read() as session:
        shown = session.scalar(select(func.count()).select_from(Evidence))
        kept = session.scalar(
            select(func.count()).select_from(Frame).where(Frame.object_key.is_not(None))
        )
    assert shown == kept == 3
    settle(listed.database, objects, at=later(minutes=11))
    assert sightings(listed) == []
    assert len(listed.violations()) == 1


def test_a_settled_passage_is_not_judged_again(listed: Gate, objects: ObjectStore) -> None:
    frames = passing("京B99999", frames=4)
    frames[0] = (0.0, [Vehicle(plate=LISTED, plate_score=0.7, box=frames[0][1][0].box)])
    listed.see(frames[:1])
    settle(listed.database, objects, at=later(seconds=70))
    listed.see(frames[1:])
    assert [one.state for one in listed.findings()] == [FindingState.PENDING_REVIEW]


def test_suspicion_that_came_to_nothing_leaves_nothing(listed: Gate, objects: ObjectStore) -> None:
    listed.see(passing("京B99999", smoke=0.8, frames=2))  # three would be a violation
    pictures = put_pictures(listed, objects)
    assert len(pictures) == 2
    assert all(one.sealed_reading for one in sightings(listed))
    settle(listed.database, objects, at=later(seconds=70))
    assert {one.sealed_reading for one in sightings(listed)} == {None}
    with listed.database.read() as session:
        assert session.scalars(select(Frame.object_key)).all() == [None, None]
    for key in pictures:
        with pytest.raises(Exception, match="not in the store"):
            objects.get(key)


def test_a_cleared_vehicle_leaves_nothing(listed: Gate, objects: ObjectStore) -> None:
    frames = passing("京B99999", frames=4)
    frames[0] = (0.0, [Vehicle(plate=LISTED, plate_score=0.7, box=frames[0][1][0].box)])
    listed.see(frames[:1])
    pictures = put_pictures(listed, objects)
    listed.see(frames[1:])
    (finding,) = listed.findings(withdrawn=True)
    assert finding.state is FindingState.WITHDRAWN
    assert listed.violations() == []
    with listed.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == 0
    settle(listed.database, objects, at=later(seconds=70))
    assert {(one.sealed_reading, one.matches) for one in sightings(listed)} == {(None, None)}
    assert len(pictures) == 1
    with pytest.raises(Exception, match="not in the store"):
        objects.get(pictures[0])


@sqlite_only
def test_after_a_busy_day_no_byte_names_a_vehicle(
    listed: Gate, objects: ObjectStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The whole database file, its log, every object and every log line, in three encodings."""
    caplog.set_level("DEBUG")
    chance = random.Random(5)
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    innocent = {
        f"{chance.choice('京沪粤皖')}{chance.choice('BCD')}" + "".join(chance.choices(letters, k=5))
        for _ in range(60)
    }
    for n, plate in enumerate(sorted(innocent)):
        frames = passing(plate, at=20.0 * n, frames=3, smoke=chance.choice([None, None, 0.8]))
        listed.see(frames, external=said_by_a_device(plate, frames[0][1][0]))
        put_pictures(listed, objects)
        if n % 10 == 0:
            listed.see(
                passing(None, at=20.0 * n + 10, frames=2),
                external=[ExternalDetection("plate", score=0.99, plate=LISTED)],
            )
    smoking = {listed.plate_of(one) for one in listed.violations()} - {LISTED}
    assert smoking, "some of the day's vehicles must be violators"
    while settle(listed.database, objects, at=later(minutes=11)):
        pass
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite3" for path in files)
    written = b"".join(path.read_bytes() for path in files) + caplog.text.encode()
    for plate in innocent | {LISTED}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            assert plate.encode(encoding) not in written
        assert json_escaped(plate) not in written
        if plate not in smoking | {LISTED}:
            assert listed.plates.hash(plate).encode() not in written
    assert listed.plates.hash(LISTED).encode() in written  # the search finds what is there


def said_by_a_device(plate: str, vehicle: Vehicle) -> list[ExternalDetection]:
    """Return what a camera says that names a vehicle wherever it can."""
    return [
        ExternalDetection("car", vehicle.box, 0.9, attributes={"driver of": plate, "lane": "2"}),
        ExternalDetection("plate", None, None, f" {plate[:2]}·{plate[2:]} "),
        ExternalDetection(f"vehicle {plate}", attributes={"file": f"bg_{plate.lower()}.jpg"}),
    ]


def json_escaped(plate: str) -> bytes:
    """Return a plate as JSON in ASCII has it."""
    return plate.encode("ascii", "backslashreplace")
