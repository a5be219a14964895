"""A camera before a building, and clips in which things fall, without a video being decoded."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from api.cameras import service as cameras
from api.cameras.models import Camera, CameraKind
from api.clips.models import Clip, ClipState
from api.database import Database
from api.evidence.folder import FolderStore
from api.falls.media import PICTURE, VIDEO, KeptFall
from api.falls.service import Recorded, record_events
from api.gateways import service as gateways
from inference.falling.clip_events import ClipEvents
from inference.falling.events import FallEvent, Status
from inference.falling.origin import Grid, locate
from models.registry import ModelFile

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FPS, SECONDS, WIDTH, HEIGHT = 15.0, 8.0, 1280, 720
GRID = Grid(((100, 0), (1180, 0), (1180, 720), (100, 720)), floors=12, columns=6)
MODEL = ModelFile("falling_object", "0.1.0", "fp32", Path("model.onnx"), "ab" * 32, Path())
SHA256 = "cd" * 32
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Thing:
    """Something that falls past the camera.

    Attributes:
        at: When it is let go.
        x: Where, in pixels.
        top: From where, in pixels.
        score: What the detector says.
        status: What the detector says.
    """

    at: datetime = NOON
    x: float = 400.0
    top: float = 150.0
    score: float = 0.9
    status: Status = "confirmed"

    def y(self, seconds: float) -> float:
        """Where it is so long after it was let go: twelve floors are 36 m and 720 pixels."""
        return self.top + 0.5 * 9.81 * 20 * seconds**2


@dataclass
class Street:
    """Posts clips of one camera and says what they show."""

    database: Database
    store: FolderStore
    camera: Camera = field(init=False)

    def __post_init__(self) -> None:
        self.camera = self.add_camera()

    def add_camera(self) -> Camera:
        number = next(_numbers)
        with self.database.write() as session:
            gateway = gateways.create_gateway(session, name=f"street {number}", actor="system")
            return cameras.create_camera(
                session,
                name=f"building {number}",
                kind=CameraKind.COMMUNITY,
                gateway_id=gateway.id,
                inspections=["road_damage"],
                latitude=30.259,
                longitude=120.164,
                actor="system",
            )

    def clip(self, begins: datetime, camera: Camera | None = None) -> str:
        """Post a clip; return its id."""
        camera = camera or self.camera
        number = next(_numbers)
        clip = Clip(
            gateway_id=camera.gateway_id,
            camera_id=camera.id,
            idempotency_key=f"clip {number}",
            metadata_digest="m" * 64,
            state=ClipState.WAITING,
            content_type=VIDEO,
            captured_at=begins,
            sha256=SHA256,
            expires_at=begins + timedelta(days=1),
        )
        with self.database.write() as session:
            session.add(clip)
            session.flush()
            return clip.id

    def record(
        self, clip_id: str, *things: Thing, grid: Grid | None = GRID, width: int = WIDTH
    ) -> Recorded:
        """Record what falls in a clip, as the worker does; what is not needed is removed."""
        with self.database.read() as session:
            begins = session.get_one(Clip, clip_id).captured_at
        found = events(begins, things, grid=grid, width=width)
        kept = [self._keep(clip_id, number) for number in range(len(found.events))]
        with self.database.write() as session:
            clip = session.get_one(Clip, clip_id)
            recorded = record_events(
                session,
                clip=clip,
                camera=session.get_one(Camera, clip.camera_id),
                model=MODEL,
                found=found,
                kept=kept,
            )
        for key in recorded.unneeded:
            self.store.remove(key)
        return recorded

    def post(self, *things: Thing, begins: datetime | None = None, **how: object) -> Recorded:
        """Post a clip and record what falls in it."""
        start = begins or min(thing.at for thing in things) - timedelta(seconds=1)
        return self.record(self.clip(start), *things, **how)  # type: ignore[arg-type]

    def _keep(self, clip_id: str, number: int) -> KeptFall:
        def put(name: str, kind: str) -> str:
            return self.store.put(f"{name} of {clip_id}/{number}".encode(), kind)

        return KeptFall(
            strobe=put("strobe", PICTURE),
            clip=put("clip", VIDEO),
            overlay=put("overlay", VIDEO),
            original=put("original", VIDEO),
        )


def events(
    begins: datetime, things: Sequence[Thing], *, grid: Grid | None, width: int
) -> ClipEvents:
    """Say what falls in a clip that begins at a time."""
    times = tuple((n, n / FPS) for n in range(round(SECONDS * FPS)))
    scale = width / WIDTH
    found = []
    for thing in things:
        let_go = (thing.at - begins).total_seconds()
        track = tuple(
            (n, thing.x * scale, thing.y(time_s - let_go) * scale)
            for n, time_s in times
            if time_s >= let_go and thing.y(time_s - let_go) < HEIGHT
        )
        if track:
            seen_from = np.array(track[0][1:])
            found.append(
                FallEvent(
                    track[0][0],
                    track[-1][0],
                    thing.score,
                    thing.status,
                    track,
                    locate(seen_from, 6.0 * scale, grid),
                )
            )
    return ClipEvents(width, round(HEIGHT * scale), times, tuple(found))
