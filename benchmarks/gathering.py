"""How often gathering errs: simulated drives by several buses, through the gatherer itself.

`xunjian bench gathering` prints the table of docs/findings.md. Every drive has its own road, its
own GPS errors (four fifths of the standard deviation last for the whole pass, the rest changes
from fix to fix), its own missed detections, and its own database.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

import api.tables
from api.cameras.models import Camera, CameraKind
from api.database import Base, Database, new_id
from api.findings.gather import gather
from api.findings.geodesy import distance_m
from api.findings.models import Finding, FindingDetection
from api.findings.states import FindingState
from api.frames.models import Detection, Frame, InspectingModel
from api.gateways.models import Gateway
from datasets.synthesis.road import (
    Defect,
    RoadScene,
    SimulatedLook,
    Truth,
    county_route,
    simulate_looks,
)
from inference.inspections.road_damage import RoadDamage

assert api.tables.metadata is Base.metadata  # noqa: S101 - every table is known

GROUPS = {"pothole": "pothole", "crack": "pavement_crack"}
PASSES = 20
BUSES = ("bus-1", "bus-2", "bus-3")
NOISES_M = (1.0, 2.0, 3.0, 5.0, 7.0, 10.0)


@dataclass
class Fleet:
    """Buses of one gateway whose frames are gathered without a model or pictures.

    Attributes:
        session: an open transaction that writes.
        calibrated: the cameras' mounting is known.
        score: of every detection.
    """

    session: Session
    calibrated: bool = True
    score: float = 0.6
    truth: dict[str, str] = field(default_factory=dict)
    _cameras: dict[str, Camera] = field(default_factory=dict)
    _gateway: Gateway | None = None

    def post(self, look: SimulatedLook) -> Frame:
        """Write one frame and gather its detections; `truth` learns what each really shows."""
        camera = self._cameras.get(look.bus) or self._new_camera(look)
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
        self.session.add(frame)
        self.session.flush()
        if not look.detections:
            return frame
        detections = [
            Detection(
                id=new_id(),
                frame_id=frame.id,
                model_digest="0" * 64,
                inspection=RoadDamage.name,
                class_name=seen.class_name,
                class_group=GROUPS[seen.class_name],
                score=self.score_of(seen),
                x1=seen.box[0],
                y1=seen.box[1],
                x2=seen.box[2],
                y2=seen.box[3],
            )
            for seen in look.detections
        ]
        for detection, seen in zip(detections, look.detections, strict=True):
            self.truth[detection.id] = seen.defect_id
        gather(
            self.session,
            frame=frame,
            camera=camera,
            inspection=RoadDamage,
            detections=detections,
        )
        return frame

    def score_of(self, seen: Truth) -> float:
        """Return the score of a detection."""
        return self.score

    def findings(self) -> list[Finding]:
        """Return the findings that are nobody's duplicate."""
        return list(
            self.session.scalars(
                select(Finding)
                .where(Finding.state != FindingState.DUPLICATE)
                .order_by(Finding.first_seen_at, Finding.id)
            )
        )

    def members(self) -> dict[str, Counter[str]]:
        """Return, for each finding's id, how many of its detections really show which defect."""
        members: dict[str, Counter[str]] = defaultdict(Counter)
        for link in self.session.scalars(select(FindingDetection)):
            members[link.finding_id][self.truth[link.detection_id]] += 1
        return dict(members)

    def _new_camera(self, look: SimulatedLook) -> Camera:
        if self._gateway is None:
            self._gateway = Gateway(id=new_id(), name="fleet")
            model = InspectingModel(digest="0" * 64, name="simulated", version="1", variant="fp32")
            self.session.add_all([self._gateway, model])
            self.session.flush()
        mounting = look.camera
        camera = Camera(
            id=new_id(),
            name=look.bus,
            kind=CameraKind.BUS,
            gateway_id=self._gateway.id,
            inspections=[RoadDamage.name],
            calibration={
                "height_m": mounting.height_m,
                "pitch_deg": mounting.pitch_deg,
                "hfov_deg": mounting.hfov_deg,
            }
            if self.calibrated
            else {},
        )
        self.session.add(camera)
        self.session.flush()
        self._cameras[look.bus] = camera
        return camera


def pothole(name: str, along_m: float, across_m: float = -1.6) -> Defect:
    """Return a pothole of 60 cm in the right-hand lane."""
    return Defect(name, "pothole", along_m, across_m, 0.6, 0.6, "hole")


def drives(
    defects: Sequence[Defect],
    *,
    noise_m: float,
    seed: int,
    passes: int = PASSES,
    buses: Sequence[str] = BUSES,
    miss_rate: float = 0.2,
    length_m: float = 75.0,
) -> tuple[RoadScene, list[SimulatedLook]]:
    """Simulate so many passes by buses in turn along one road, in order of time."""
    scene = RoadScene(seed, tuple(defects), county_route(length_m, (seed * 37) % 360))
    rounds = range(-(-passes // len(buses)))
    looks = simulate_looks(
        scene, buses=buses, passes=rounds, gps_noise_m=noise_m, seed=seed, miss_rate=miss_rate
    )
    wanted = sorted((number, bus) for number in rounds for bus in buses)[:passes]
    return scene, sorted(
        (look for look in looks if (look.pass_index, look.bus) in wanted),
        key=lambda look: look.captured_at,
    )


@dataclass(frozen=True)
class Outcome:
    """What one road's drives came to.

    Attributes:
        missed_merges: findings beyond the first of a defect.
        false_merges: defects beyond the first in one finding.
        misplaced: detections in a finding that is mostly of another defect.
        detections: all of them.
        errors_m: how far each finding lies from the defect.
        inside: findings no farther off than their accuracy (68 %) says.
    """

    missed_merges: int
    false_merges: int
    misplaced: int
    detections: int
    errors_m: list[float]
    inside: int


def outcome(
    scene: RoadScene, looks: Iterable[SimulatedLook], *, calibrated: bool = True
) -> Outcome:
    """Gather one road's drives and compare with the truth."""
    database = Database("sqlite://")
    Base.metadata.create_all(database.engine)
    try:
        with database.write() as session:
            fleet = Fleet(session, calibrated=calibrated)
            for look in looks:
                fleet.post(look)
            return _compare(scene, fleet)
    finally:
        database.close()


def _compare(scene: RoadScene, fleet: Fleet) -> Outcome:
    members = fleet.members()
    findings = fleet.findings()
    places = {
        defect.id: scene.route.to_wgs84(defect.along_m, defect.across_m) for defect in scene.defects
    }
    # A defect is in a finding if at least a tenth of the finding's detections show it.
    held = {
        finding.id: [
            name
            for name, n in members[finding.id].items()
            if n >= 0.1 * members[finding.id].total()
        ]
        for finding in findings
    }
    errors, inside = [], 0
    for finding in findings:
        ((main, _),) = members[finding.id].most_common(1)
        error = distance_m((finding.latitude or 0, finding.longitude or 0), places[main])
        errors.append(error)
        inside += error <= (finding.accuracy_m or 0)
    seen = {name for names in held.values() for name in names}
    mains = {members[finding.id].most_common(1)[0][0] for finding in findings}
    return Outcome(
        missed_merges=len(findings) - len(mains),
        false_merges=len(seen | mains) - len(mains),
        misplaced=sum(counts.total() - max(counts.values()) for counts in members.values()),
        detections=sum(counts.total() for counts in members.values()),
        errors_m=errors,
        inside=inside,
    )


@dataclass(frozen=True)
class Row:
    """One line of the table: rates over drives, 0 to 1."""

    scenario: str
    noise_m: float
    drives: int
    missed_merge_rate: float
    false_merge_rate: float
    misplaced_rate: float
    median_error_m: float
    inside_accuracy: float


SCENARIOS: dict[str, tuple[tuple[Defect, ...], float]] = {
    "one pothole": ((pothole("a", 60.0),), 0.2),
    "two potholes 12 m apart": ((pothole("a", 50.0), pothole("b", 62.0)), 0.2),
    "two potholes 12 m apart, half of all detections missed": (
        (pothole("a", 50.0), pothole("b", 62.0)),
        0.5,
    ),
    "two potholes 3 m apart": ((pothole("a", 55.0), pothole("b", 58.0)), 0.2),
}


def run_one(scenario: str, noise_m: float, seed: int) -> Outcome:
    """Simulate and gather one road of a scenario."""
    defects, miss_rate = SCENARIOS[scenario]
    scene, looks = drives(defects, noise_m=noise_m, seed=seed, miss_rate=miss_rate)
    return outcome(scene, looks)


def table(count: int, noises_m: Sequence[float] = NOISES_M, workers: int = 2) -> Iterable[Row]:
    """Measure every scenario at every noise, `count` roads each; yields rows as they are done."""
    with ProcessPoolExecutor(workers) as pool:
        for scenario in SCENARIOS:
            for noise_m in noises_m:
                done = list(pool.map(partial(run_one, scenario, noise_m), range(count)))
                errors = sorted(error for each in done for error in each.errors_m)
                yield Row(
                    scenario=scenario,
                    noise_m=noise_m,
                    drives=count,
                    missed_merge_rate=sum(each.missed_merges > 0 for each in done) / count,
                    false_merge_rate=sum(each.false_merges > 0 for each in done) / count,
                    misplaced_rate=sum(each.misplaced for each in done)
                    / sum(each.detections for each in done),
                    median_error_m=errors[len(errors) // 2],
                    inside_accuracy=sum(each.inside for each in done) / len(errors),
                )
