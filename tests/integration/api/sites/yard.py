"""A yard for tests: a fixed camera whose frames are drawn, and a worker that compares plainly."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Self, cast
from zoneinfo import ZoneInfo

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

import api.tables
from api.cameras.models import Camera, CameraKind
from api.database import Base, Database, new_id, now
from api.evidence.folder import FolderStore
from api.findings.models import Finding
from api.frames.models import Frame
from api.gateways.models import Gateway
from api.jobs.watch import Watch
from api.jobs.worker import Worker
from api.sites import renewal
from api.sites.collecting import collect
from api.sites.models import SiteFrame
from api.sites.reading import Pictures
from api.sites.work import SiteHandler
from inference.annotate import encode_jpeg
from inference.decode import DecodeLimits
from inference.inspections.base import Kind, SeriesInspection
from inference.sites.baseline import Baseline
from inference.sites.change_map import ChangeMap
from inference.sites.light import LightMode
from inference.sites.site import Site, SiteSettings
from models.registry import ModelFile

assert api.tables.metadata is Base.metadata  # every table is known

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 6, 1)
WIDTH, HEIGHT = 224, 128
SHED = (112, 56, 184, 104)
DIGEST = "7" * 64


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of Shanghai's clock, `day` days after `FIRST`."""
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=SHANGHAI)
    return (midnight + timedelta(days=day, hours=hour, minutes=minute)).astimezone(UTC)


def scene(seed: int, *, shed: bool = False, place: int = 1) -> NDArray[np.uint8]:
    """Draw what the camera sees: a yard with noise, and perhaps a shed."""
    rng = np.random.default_rng(place)
    blocks = rng.integers(50, 200, (7 + 4 * place, 13 + 5 * place, 3)).astype(np.uint8)
    image = cv2.resize(blocks, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    image[: HEIGHT // 4] = (230, 210, 190)
    if place > 1:
        image = image[::-1].copy()
    if shed:
        x1, y1, x2, y2 = SHED
        image[y1:y2, x1:x2] = (200, 60, 20)
        image[y1:y2:6, x1:x2] = (120, 30, 10)
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


class Differing:
    """Compares two pictures by their plain difference, which is enough for drawn ones."""

    structures = ("steel_shed",)

    def compare(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> ChangeMap:
        """Say where they differ."""
        apart = cv2.absdiff(cv2.blur(before, (3, 3)), cv2.blur(after, (3, 3))).max(axis=2)
        small = cv2.resize(apart, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        appeared = np.clip((small.astype(np.float32) - 30) / 40, 0, 1)
        return ChangeMap(appeared, np.zeros_like(appeared), appeared[None])


class DrawnBuilding(SeriesInspection):
    """The inspection, with `Differing` for its network."""

    name: ClassVar[str] = "illegal_building"
    kind: ClassVar[Kind] = Kind.PLACE
    model_names: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def load(cls, *_: object, **__: object) -> Self:
        """Load nothing."""
        return cls()

    def check_golden(self) -> None:
        """Check nothing."""

    @property
    def used(self) -> tuple[ModelFile, ...]:
        """Name a model."""
        said = SimpleNamespace(digest=DIGEST, name="illegal_building", version="0", variant="fp32")
        return (cast("ModelFile", said),)

    def watch(
        self, baselines: Mapping[LightMode, Baseline], settings: SiteSettings | None = None
    ) -> Site:
        """Make a camera ready."""
        return Site(baselines, Differing(), settings)


@dataclass
class Yard:
    """One camera, and the worker that puts its frames together."""

    database: Database
    folder: Path

    def __post_init__(self) -> None:
        self.objects = FolderStore(self.folder)
        pictures = Pictures(self.objects, DecodeLimits(), SHANGHAI)
        self.handler = SiteHandler(self.database, pictures, DrawnBuilding)
        watch = Watch(self.database, job_timeout_s=60)
        self.worker = Worker(self.database, self.objects, {"site": self.handler}, watch)
        self.camera_id = ""

    def open(self) -> Self:
        """Set the camera up."""
        with self.database.write() as session:
            gateway = Gateway(id=new_id(), name=f"gateway {new_id()}")
            session.add(gateway)
            session.flush()
            camera = Camera(
                id=new_id(),
                name=f"yard {gateway.id}",
                kind=CameraKind.COMMUNITY,
                gateway_id=gateway.id,
                inspections=["illegal_building"],
                calibration={},
                latitude=30.27,
                longitude=120.15,
            )
            session.add(camera)
        self.camera_id, self.gateway_id = camera.id, gateway.id
        return self

    def post(self, when: datetime, image: NDArray[np.uint8]) -> str:
        """Take in one frame as the service does; return its id."""
        jpeg = encode_jpeg(image)
        key = self.objects.put(jpeg, "image/jpeg")
        frame = Frame(
            id=new_id(),
            gateway_id=self.gateway_id,
            camera_id=self.camera_id,
            idempotency_key=new_id(),
            request_digest="0" * 64,
            sha256=hashlib.sha256(jpeg).hexdigest(),
            content_type="image/jpeg",
            width=image.shape[1],
            height=image.shape[0],
            captured_at=when,
            received_at=now(),
            object_key=key,
            reply={},
        )
        with self.database.write() as session:
            session.add(frame)
            session.flush()
            collect(session, frame=frame, zone=SHANGHAI)
        return frame.id

    def post_day(self, day: int, *, shed: bool = False, frames: int = 6, place: int = 1) -> None:
        """Take in a day's frames, all before noon."""
        for n in range(frames):
            self.post(at(day, 7, 30 * n), scene(100 * day + n, shed=shed, place=place))

    def learn(self) -> None:
        """Post two days and let the worker make the baseline of them."""
        self.post_day(0, frames=4)
        self.post_day(1, frames=4)
        self.work()

    def approve(self) -> None:
        """Approve what was learned."""
        with self.database.write() as session:
            renewal.approve(session, camera_id=self.camera_id, actor="user:x", reason="looked")
        self.work()

    def watch_from_now_on(self) -> None:
        """Learn and approve."""
        self.learn()
        self.approve()

    def work(self) -> None:
        """Let the worker do all that is due."""
        while self.worker.run_once():
            pass

    def findings(self) -> list[Finding]:
        """Return every finding."""
        with self.database.read() as session:
            return list(session.scalars(select(Finding).order_by(Finding.id)))

    def rows(self, table: type[Any]) -> list[Any]:
        """Return every row of a table."""
        with self.database.read() as session:
            return list(session.scalars(select(table)))

    def uses(self) -> dict[str, int]:
        """Return how many frames were put to which use."""
        found: dict[str, int] = {}
        for row in self.rows(SiteFrame):
            found[row.use.value] = found.get(row.use.value, 0) + 1
        return found
