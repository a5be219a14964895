"""A field for tests: cameras that post counts through the real gatherer, without a model."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

import api.tables
from api.advisories.gather import AreaGatherer
from api.advisories.models import PestAdvisory
from api.cameras.models import Camera, CameraKind
from api.counts.pests import PESTS
from api.database import Base, Database, new_id
from api.findings.gather import Gathered
from api.findings.models import Finding
from api.frames.metadata import FrameMetadata
from api.frames.models import Detection, Frame, InspectingModel
from api.frames.sightings import Seen
from api.gateways.models import Gateway
from api.permissions import Role
from api.plots import service as plots
from api.plots.models import Plot, ViewKind
from api.plots.stages import Stage
from api.principal import Principal
from inference.detections import Detections
from inference.greenness import Greenness
from inference.inspections import PictureInspection
from inference.quality import LookQuality

assert api.tables.metadata is Base.metadata  # every table is known

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLEAR = LookQuality(sharpness=400.0, brightness=0.45, dark_fraction=0.02, bright_fraction=0.01)
BLURRED = LookQuality(sharpness=5.0, brightness=0.45, dark_fraction=0.02, bright_fraction=0.01)
DIGEST = "9" * 64
MONDAY = date(2026, 7, 6)  # of ISO week 28


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """Return a moment of Shanghai's clock, `day` days after `MONDAY`."""
    local = datetime(MONDAY.year, MONDAY.month, MONDAY.day, hour, minute, tzinfo=SHANGHAI)
    return (local + timedelta(days=day)).astimezone(UTC)


def in_memory() -> Database:
    """Return a new database that lives in this process."""
    database = Database("sqlite://")
    Base.metadata.create_all(database.engine)
    return database


@dataclass
class Field:
    """A plot of 20 hills per m² at the booting stage, with one close camera of 1 m² of ground.

    The shipped threshold of planthoppers is then 1000 per 100 hills, that is 200 per m²; of leaf
    folders 50 per 100 hills, that is 10 per m².
    """

    session: Session
    kind: ViewKind = ViewKind.CLOSE
    amount: float = 1.0
    stage: Stage | None = Stage.BOOTING
    zone: ZoneInfo = SHANGHAI
    name: str = "plot"
    inspections: list[str] = field(default_factory=lambda: ["crop_pest"])
    _posted: int = 0

    def __post_init__(self) -> None:
        session = self.session
        gateway = Gateway(id=new_id(), name=f"gateway of {self.name}")
        session.add(gateway)
        if session.get(InspectingModel, DIGEST) is None:
            session.add(
                InspectingModel(digest=DIGEST, name="crop_pest", version="1", variant="fp32")
            )
        session.flush()
        self.gateway = gateway
        self.person = Principal("user", new_id(), "operator", Role.OPERATOR)
        self.camera = self.new_camera(f"camera of {self.name}")
        self.plot = plots.create_plot(
            session,
            values={
                "name": self.name,
                "crop": "rice",
                "area_ha": 0.5,
                "latitude": 30.27,
                "longitude": 120.15,
                "polygon": None,
                "hills_per_m2": 20.0,
            },
            actor="system",
        )
        self.look(self.camera, self.kind, self.amount)
        if self.stage is not None:
            self.grow(-60, self.stage.first_bbch)

    def new_camera(self, name: str) -> Camera:
        """Make a camera of the field's gateway."""
        camera = Camera(
            id=new_id(),
            name=name,
            kind=CameraKind.FIELD_POLE,
            gateway_id=self.gateway.id,
            inspections=self.inspections,
            calibration={},
        )
        self.session.add(camera)
        self.session.flush()
        return camera

    def look(
        self, camera: Camera, kind: ViewKind, amount: float, *, plot: Plot | None = None
    ) -> str:
        """Let a camera look at the plot since long ago; return the view's id."""
        return plots.add_view(
            self.session,
            plot=plot or self.plot,
            values={
                "camera_id": camera.id,
                "kind": kind,
                "ground_m2": amount if kind is ViewKind.CLOSE else None,
                "traps": int(amount) if kind is ViewKind.TRAP else None,
                "since": at(-365),
                "until": None,
            },
            principal=self.person,
            zone=self.zone,
        ).id

    def grow(self, day: int, bbch: int) -> None:
        """Say how far the crop is from a day on."""
        plots.put_stage(
            self.session,
            plot=self.plot,
            since=MONDAY + timedelta(days=day),
            bbch=bbch,
            note=None,
            actor=self.person.actor,
            zone=self.zone,
        )

    def change_trap(self, when: datetime) -> str:
        """Note that the trap was changed; return the note's id."""
        return plots.add_trap_service(
            self.session,
            plot=self.plot,
            camera_id=self.camera.id,
            changed_at=when,
            note=None,
            actor=self.person.actor,
            zone=self.zone,
        ).id

    def post(
        self,
        when: datetime,
        counts: Mapping[str, int] | int = 0,
        *,
        camera: Camera | None = None,
        quality: LookQuality = CLEAR,
        green: Greenness | None = None,
        pest: str | None = None,
    ) -> list[Gathered]:
        """Gather one frame with so many of each pest; a number means leaf folders, or insects."""
        if isinstance(counts, int):
            usual = "leaf_folder" if self.kind is ViewKind.CLOSE else "insect"
            counts = {pest or usual: counts}
        camera = camera or self.camera
        self._posted += 1
        classes = PESTS[self.kind]
        names = [name for name, number in counts.items() for _ in range(number)]
        found = Detections(
            boxes=np.array([[n, 0, n + 1, 1] for n in range(len(names))], np.float32).reshape(
                -1, 4
            ),
            scores=np.linspace(0.9, 0.5, len(names), dtype=np.float32),
            class_ids=np.array([classes.index(name) for name in names], np.int64),
            class_names=classes,
        )
        seen = Seen(
            camera=camera,
            metadata=FrameMetadata(camera.id, when, f"{self.name}-{self._posted}"),
            inspection=cast("PictureInspection", None),
            found=found,
            width=1280,
            height=720,
            quality=quality,
            greenness=green,
        )
        sighting = AreaGatherer(self.zone).sight(seen)
        sha256 = hashlib.sha256(f"{self.name}-{self._posted}".encode()).hexdigest()
        frame = Frame(
            id=new_id(),
            gateway_id=camera.gateway_id,
            camera_id=camera.id,
            idempotency_key=f"{self.name}-{self._posted}",
            request_digest="0" * 64,
            sha256=sha256,
            content_type="image/jpeg",
            width=1280,
            height=720,
            captured_at=when,
            object_key=f"sha256/00/{sha256}" if sighting.keeps_picture else None,
            reply={},
        )
        self.session.add(frame)
        self.session.flush()
        detections = [
            Detection(
                id=new_id(),
                frame_id=frame.id,
                model_digest=DIGEST,
                inspection="crop_pest",
                class_name=one.class_name,
                class_group=one.class_name,
                score=one.score,
                x1=one.box[0],
                y1=one.box[1],
                x2=one.box[2],
                y2=one.box[3],
            )
            for one in found
        ]
        return sighting.gather(self.session, frame=frame, detections=detections)

    def findings(self) -> list[Finding]:
        """Return every finding, by pest and period."""
        return list(
            self.session.scalars(
                select(Finding)
                .join(PestAdvisory, PestAdvisory.finding_id == Finding.id)
                .order_by(PestAdvisory.pest, PestAdvisory.period)
            )
        )

    def advisories(self) -> list[PestAdvisory]:
        """Return what every finding says, by pest and period."""
        return list(
            self.session.scalars(
                select(PestAdvisory).order_by(PestAdvisory.pest, PestAdvisory.period)
            )
        )

    def facts(self) -> list[dict[str, Any]]:
        """Return all that must not depend on the order in which frames came."""
        facts = []
        for finding, advisory in zip(self.findings(), self.advisories(), strict=True):
            best = self.session.get_one(Detection, finding.best_detection_id)
            frame = self.session.get_one(Frame, best.frame_id)
            names = [
                column.name
                for column in PestAdvisory.__table__.columns
                if column.name not in ("finding_id", "plot_id")
            ]
            facts.append(
                {name: getattr(advisory, name) for name in names}
                | {
                    "state": finding.state,
                    "severity": finding.severity,
                    "confidence": finding.confidence,
                    "looks": finding.looks,
                    "first": finding.first_seen_at,
                    "last": finding.last_seen_at,
                    "shown": frame.captured_at,
                }
            )
        return facts
