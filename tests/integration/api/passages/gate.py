"""A checkpoint for tests: rules, registers, departments, and frames with made-up detections."""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import yaml
from sqlalchemy import select

from api.cameras.models import Camera, CameraKind
from api.database import Database, now
from api.dispatch import destinations
from api.dispatch.models import Destination, DestinationKind
from api.dispatch.sealing import Seal
from api.external_detections.detection import ExternalDetection
from api.findings.models import Finding
from api.findings.states import FindingState
from api.frames.inspector import Looked
from api.frames.metadata import FrameMetadata
from api.frames.service import Answer, Arrival, record
from api.frames.sightings import Seen
from api.gateways import service as gateways
from api.gateways.models import Gateway
from api.passages.gather import SubjectGatherer
from api.passages.models import Violation
from api.registers import service as registers
from api.registers.models import ChangeMode, Register, RegisterKind
from api.registers.plates import PlateKeys
from api.registers.rows import Entry
from api.rules import service as rules
from inference.decode import Picture
from inference.detections import Detections, PlateReading
from inference.detector import Detector
from inference.inspections import Kind, PictureInspection
from inference.quality import LookQuality
from models.descriptions import ModelClass
from models.registry import Model

SECRET_KEY = b"k" * 32
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
CLASSES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "plate", "black_smoke")
START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
SIZE = (1280, 720)
_QUALITY = LookQuality(500.0, 0.5, 0.0, 0.0)
_numbers = itertools.count(1)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Vehicle:
    """One vehicle as a detector and a reader would give it.

    `plate` is the text, empty for an unreadable plate, None for no plate at all.
    """

    kind: str | None = "car"
    box: Box = (400.0, 200.0, 800.0, 500.0)
    score: float = 0.9
    plate: str | None = None
    plate_score: float = 0.95
    color: str = "blue"
    smoke: float | None = None

    def detections(self) -> list[tuple[str, float, Box, PlateReading | None]]:
        """Return class, score, box and reading of each of its detections."""
        x1, y1, x2, y2 = self.box
        found: list[tuple[str, float, Box, PlateReading | None]] = []
        if self.kind is not None:
            found.append((self.kind, self.score, self.box, None))
        if self.plate is not None:
            x, y = (x1 + x2) / 2, y2 - (y2 - y1) / 6
            box = (x - 50.0, y - 15.0, x + 50.0, y + 15.0)
            corners = ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]))
            score = self.plate_score if self.plate else 0.0
            found.append(("plate", 0.85, box, PlateReading(self.plate, score, self.color, corners)))
        if self.smoke is not None:
            found.append(("black_smoke", self.smoke, (x2 - 60.0, y2 - 60.0, x2 + 90.0, y2), None))
        return found


def found_in(vehicles: Sequence[Vehicle]) -> Detections:
    """Return the detections of a frame, highest score first."""
    boxes = sorted((one for v in vehicles for one in v.detections()), key=lambda one: -one[1])
    return Detections(
        boxes=np.array([box for _, _, box, _ in boxes], np.float32).reshape(-1, 4),
        scores=np.array([score for _, score, _, _ in boxes], np.float32),
        class_ids=np.array([CLASSES.index(name) for name, _, _, _ in boxes], np.int64),
        class_names=CLASSES,
        plates={n: read for n, (_, _, _, read) in enumerate(boxes) if read is not None},
    )


class FakeCheckpoint(PictureInspection):
    """The inspection of checkpoints without its models: it sees what it is told to."""

    name = "checkpoint_vehicle"
    kind = Kind.SUBJECT
    model_names = ("street",)

    def __init__(self) -> None:
        super().__init__({"street": cast("Detector", self)})
        self.sees: list[Vehicle] = []

    def check_golden(self) -> None:
        """Trust it."""

    @property
    def models(self) -> tuple[Model, ...]:
        """A model without a file."""
        classes = tuple(
            ModelClass(name=name, label_zh=name, label_en=name, group=name, threshold=0.5)
            for name in CLASSES
        )
        return (Model("street", "0.0.0", "fp32", Path(), "d" * 64, Path(), 640, classes),)

    @property
    def input_size(self) -> int:
        """As much as there is."""
        return 3840

    def inspect(self, picture: Picture) -> Detections:
        """Return what it is told to see."""
        return found_in(self.sees)

    detect = inspect


def passing(
    plate: str | None,
    *,
    frames: int = 3,
    at: float = 0.0,
    step_s: float = 0.5,
    scores: Sequence[float] = (0.95,),
    **values: Any,
) -> list[tuple[float, list[Vehicle]]]:
    """Return the frames of one vehicle that drives to the right, seconds from the start."""
    return [
        (
            at + n * step_s,
            [
                Vehicle(
                    plate=plate,
                    plate_score=scores[n % len(scores)],
                    box=(200.0 + 40 * n, 200.0, 600.0 + 40 * n, 500.0),
                    **values,
                )
            ],
        )
        for n in range(frames)
    ]


@dataclass
class Gate:
    """One camera at a checkpoint of one database."""

    database: Database
    plates: PlateKeys = field(default_factory=lambda: PlateKeys(SECRET_KEY))
    inspection: FakeCheckpoint = field(default_factory=FakeCheckpoint)
    gatherer: SubjectGatherer = field(init=False)
    cameras: dict[str, Camera] = field(default_factory=dict)
    department_id: str = ""
    _gateway: Gateway | None = None

    def __post_init__(self) -> None:
        self.gatherer = SubjectGatherer(self.database, self.plates)

    def camera(self, name: str = "gate") -> Camera:
        """Return a camera, made on the first call."""
        if name not in self.cameras:
            with self.database.write() as session:
                self._gateway = self._gateway or gateways.create_gateway(
                    session, name=f"gateway-{next(_numbers)}", actor="system"
                )
                camera = Camera(
                    name=name,
                    kind=CameraKind.CHECKPOINT,
                    gateway_id=self._gateway.id,
                    inspections=["checkpoint_vehicle"],
                    latitude=30.25,
                    longitude=120.15,
                )
                session.add(camera)
            self.cameras[name] = camera
        return self.cameras[name]

    def department(
        self,
        name: str = "交警",
        url: str = "http://127.0.0.1:1/",
        sealed_with: Seal | None = None,
    ) -> Destination:
        """Make a department."""
        with self.database.write() as session:
            made = destinations.create(
                session,
                seal=sealed_with or Seal(SECRET_KEY),
                name=name,
                kind=DestinationKind.WEBHOOK,
                url=url,
                settings={},
                secret=SECRET,
                classes=[],
                actor="system",
            )
        self.department_id = made.id
        return made

    def register(self, name: str, *entries: Entry | str) -> Register:
        """Make a register with these plates."""
        given = [Entry(one) if isinstance(one, str) else one for one in entries]
        with self.database.write() as session:
            made = registers.create_register(
                session, name=name, kind=RegisterKind.CUSTOM, actor="system"
            )
            registers.change(
                session,
                register_id=made.id,
                mode=ChangeMode.REPLACE,
                prepared=registers.prepare(given, self.plates),
                plates=self.plates,
                actor="system",
            )
        return made

    def rule(self, **values: Any) -> dict[str, Any]:
        """Return a rule that holds everywhere and always, but for these values."""
        return {
            "code": "listed",
            "label": {"zh": "名单车辆", "en": "Listed"},
            "severity": 3,
            "department": "交警",
            **values,
        }

    def load(self, *given: Mapping[str, Any], **values: Any) -> None:
        """Put rules in force."""
        document = {"name": "test", "rules": list(given), **values}
        with self.database.write() as session:
            rules.load(
                session,
                text=yaml.safe_dump(document, allow_unicode=True),
                time_zone="Asia/Shanghai",
                actor="system",
            )

    def arrival(
        self,
        seconds: float,
        vehicles: Sequence[Vehicle],
        *,
        camera: str = "gate",
        key: str | None = None,
        flags: Mapping[str, str] | None = None,
        start: datetime = START,
        external: Sequence[ExternalDetection] = (),
    ) -> Arrival:
        """Return a frame that was looked at."""
        seen_by = self.camera(camera)
        metadata = FrameMetadata(
            camera=seen_by.id,
            captured_at=start + timedelta(seconds=seconds),
            idempotency_key=key or f"{camera}/{seconds}",
            flags=flags,
        )
        found = found_in(vehicles)
        sha256 = hashlib.sha256(f"{camera}{seconds}{start}".encode()).hexdigest()
        seen = Seen(seen_by, metadata, self.inspection, found, *SIZE, _QUALITY, external=external)
        return Arrival(
            gateway_id=seen_by.gateway_id,
            camera=seen_by,
            metadata=metadata,
            sha256=sha256,
            digest=hashlib.sha256(sha256.encode() + metadata.canonical(seen_by.id)).hexdigest(),
            received_at=now(),
            looked=Looked("image/jpeg", *SIZE, _QUALITY, ((self.inspection, found),)),
            sightings=(self.gatherer.sight(seen),),
            zone=ZoneInfo("UTC"),
            picture=None,
            external=tuple(external),
        )

    def see(
        self, frames: Sequence[tuple[float, Sequence[Vehicle]]], **values: Any
    ) -> list[dict[str, Any]]:
        """Take frames in, each in a transaction of its own; return the replies."""
        replies = []
        for seconds, vehicles in frames:
            arrival = self.arrival(seconds, vehicles, **values)
            with self.database.write() as session:
                (answer,) = record(session, [arrival])
            assert isinstance(answer, Answer)
            replies.append(answer.reply)
        return replies

    def findings(self, *, withdrawn: bool = False) -> list[Finding]:
        """Return the findings, oldest first; withdrawn ones only if asked for."""
        with self.database.read() as session:
            found = session.scalars(select(Finding).order_by(Finding.id)).all()
        return [one for one in found if withdrawn or one.state is not FindingState.WITHDRAWN]

    def violations(self) -> list[Violation]:
        """Return the violations, earliest first."""
        with self.database.read() as session:
            return list(session.scalars(select(Violation).order_by(Violation.first_at)).all())

    def plate_of(self, violation: Violation) -> str | None:
        """Return what the sealed plate of a violation says."""
        if violation.sealed_plate is None:
            return None
        return str(self.plates.open("violation", violation.sealed_plate)["text"])
