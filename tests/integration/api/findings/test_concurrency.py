"""Several gatherers of one place at once: still one open finding for one thing."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api.cameras.models import Camera
from api.database import Database, new_id
from api.findings.gather import gather
from api.findings.locks import lock_places
from api.findings.models import Finding
from api.findings.states import FindingState
from api.findings.upkeep import free_key
from api.frames.models import Detection, Frame
from benchmarks.gathering import Fleet, drives, pothole
from datasets.synthesis.road import SimulatedLook
from inference.inspections.road_damage import RoadDamage

BUSES = tuple(f"bus-{number}" for number in range(6))


def _post(database: Database, camera: Camera, look: SimulatedLook) -> None:
    """Write and gather one frame in a transaction of its own."""
    with database.write() as session:
        frame = Frame(
            id=new_id(),
            gateway_id=camera.gateway_id,
            camera_id=camera.id,
            idempotency_key=look.name,
            request_digest="0" * 64,
            sha256=hashlib.sha256(look.name.encode()).hexdigest(),
            content_type="image/jpeg",
            width=look.camera.width,
            height=look.camera.height,
            captured_at=look.captured_at,
            latitude=look.latitude,
            longitude=look.longitude,
            gps_accuracy_m=look.gps_accuracy_m,
            heading_deg=look.heading_deg,
            speed_mps=look.speed_mps,
            object_key="sha256/00/" + "0" * 64,
            reply={},
        )
        session.add(frame)
        session.flush()
        detections = [
            Detection(
                id=new_id(),
                frame_id=frame.id,
                model_digest="0" * 64,
                inspection="road_damage",
                class_name="pothole",
                class_group="pothole",
                score=0.6,
                x1=seen.box[0],
                y1=seen.box[1],
                x2=seen.box[2],
                y2=seen.box[3],
            )
            for seen in look.detections
        ]
        gather(session, frame=frame, camera=camera, inspection=RoadDamage, detections=detections)


def test_buses_that_see_a_new_pothole_at_the_same_moment(database: Database) -> None:
    looks = drives(
        [pothole("a", 40.0)],
        noise_m=0.5,
        seed=1,
        passes=len(BUSES),
        buses=BUSES,
        length_m=60.0,
        miss_rate=0.0,
    )[1]
    by_bus = {bus: [look for look in looks if look.bus == bus and look.detections] for bus in BUSES}
    with database.write() as session:
        fleet = Fleet(session)
        for bus in BUSES:  # a frame without detections makes each bus's camera
            fleet.post(replace(by_bus[bus][0], detections=(), frame_index=999))
    with database.read() as session:
        cameras = {camera.name: camera for camera in session.scalars(select(Camera))}
    together = threading.Barrier(len(BUSES))

    def drive(bus: str) -> None:
        together.wait()
        for look in by_bus[bus]:
            _post(database, cameras[bus], look)

    with ThreadPoolExecutor(len(BUSES)) as pool:
        list(pool.map(drive, BUSES))
    with database.read() as session:
        findings = session.scalars(
            select(Finding).where(Finding.state != FindingState.DUPLICATE)
        ).all()
        assert [finding.looks for finding in findings] == [len(BUSES)]


def test_the_database_lets_one_finding_have_a_key(database: Database) -> None:
    """Should the lock ever fail, the second of two gatherers is refused and tries again."""
    looks = drives([pothole("a", 40.0)], noise_m=0.5, seed=1, passes=1, length_m=60.0)[1]
    with database.write() as session:
        fleet = Fleet(session)
        for look in looks:
            fleet.post(look)
        (finding,) = fleet.findings()
        finding_id, taken = finding.id, finding.open_key
    second = Finding(
        inspection="road_damage",
        kind="place",
        class_name="pothole",
        class_group="pothole",
        open_key=taken,
        camera_id=finding.camera_id,
        first_seen_at=finding.first_seen_at,
        last_seen_at=finding.last_seen_at,
    )
    with database.write() as session:
        session.add(second)
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
    with database.read() as session:
        cell_of = taken.rsplit("/", 1)[0] if taken else ""
        known = session.get_one(Finding, finding_id)
        place = (known.latitude or 0.0, known.longitude or 0.0)
        other = free_key(session, "road_damage", "pothole", *place)
        assert other != taken
        assert other.startswith(cell_of.rsplit("/", 1)[0])


def test_locks_are_taken_in_one_order(database: Database) -> None:
    """Two callers that name places in opposite orders never wait for each other for ever."""
    places = [(30.0 + 0.02 * number, 120.0) for number in range(8)]
    together = threading.Barrier(2)

    def hold(order: list[tuple[float, float]]) -> None:
        together.wait()
        for _ in range(5):
            with database.write() as session:
                lock_places(session, order)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(hold, [places, places[::-1]]))
