"""A whole service over HTTP whose process can be killed, with buses that drive past."""

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from sqlalchemy import event

from api.accounts import service as accounts
from api.accounts.credentials import Credentials
from api.accounts.sign_in import open_session
from api.cameras import service as cameras
from api.cameras.models import CameraKind
from api.cameras.pictures import LONG_SIDE
from api.database import Database
from api.dependencies import Services
from api.frames.gathering import gatherers
from api.frames.inspector import Inspector
from api.frames.intake import Intake
from api.gateways import service as gateways
from api.metrics import Metrics
from api.permissions import Role
from datasets.synthesis.camera import Camera as Mounting
from datasets.synthesis.road import Defect, RoadScene, SimulatedLook, county_route, simulate_looks
from inference.decode import DecodeLimits, Picture, decode
from inference.detections import Detections
from inference.inspections.road_damage import RoadDamage
from models.registry import Model, load_model

BUSES = ("bus-1", "bus-2", "bus-3")
_PASSES = range(6)
_SCORE = 0.8
_DEFECTS = (
    Defect("a", "pothole", 24.0, -1.6, 0.6, 0.6, "hole"),
    Defect("b", "pothole", 40.0, -1.6, 0.6, 0.6, "hole"),
    Defect("c", "crack", 32.0, -1.2, 1.5, 0.4, "longitudinal"),
    Defect("d", "pothole", 56.0, -1.6, 0.6, 0.6, "hole"),
)
_LENGTH_M = 70.0
_numbers = itertools.count(1)


class Looker(RoadDamage):
    """The shipped model's name, classes and digest; it sees what it is told to see."""

    def __init__(self) -> None:
        self._model = load_model("road_damage", "fp32")
        self.sees: Sequence[tuple[str, tuple[float, float, float, float]]] = ()

    @property
    def models(self) -> tuple[Model, ...]:
        """The shipped model."""
        return (self._model,)

    def check_golden(self) -> None:
        """Nothing is asked of the model."""

    def inspect(self, picture: Picture) -> Detections:
        """See what was told."""
        names = tuple(self._model.class_names)
        return Detections(
            boxes=np.array([box for _, box in self.sees], np.float32).reshape(-1, 4),
            scores=np.full(len(self.sees), _SCORE, np.float32),
            class_ids=np.array([names.index(name) for name, _ in self.sees], np.int64),
            class_names=names,
        )

    def inspect_with_faint(self, picture: Picture) -> tuple[Detections, Detections]:
        """See what was told, and nothing faintly."""
        found = self.inspect(picture)
        return found, Detections.none(found.class_names)


class ToldInspector(Inspector):
    """Runs the told looker through the real pool, decoder and quality."""

    looker: Looker

    def _find_problem(self) -> str | None:
        self.inspections["road_damage"] = self.looker
        return None

    def road_users(self, data: bytes) -> tuple[Picture, Detections]:
        """See nobody."""
        return decode(data, DecodeLimits(), LONG_SIDE), Detections.none(("person",))


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, or a machine with a token."""

    headers: dict[str, str]


@dataclass(frozen=True)
class Cast:
    """Everybody who speaks to the service."""

    bus: Person
    admin: Person
    people: dict[Role, Person]


def looks(start: datetime) -> list[SimulatedLook]:
    """Return the frames of some passes by three buses, in order of time."""
    scene = RoadScene(8, _DEFECTS, county_route(_LENGTH_M, 20.0))
    driven = simulate_looks(
        scene, buses=BUSES, passes=_PASSES, gps_noise_m=2.0, seed=8, miss_rate=0.2, start=start
    )
    return sorted(driven, key=lambda look: look.captured_at)


class Installation:
    """One service, one database; `crash` kills the process and starts another on what is left.

    Args:
        app: the running application; its services are replaced by ones on this database.
        base: the services that the application started with.
        url: where it listens.
        database: a file, of which a copy becomes its database.
        folder: where it keeps that.
        picture: a JPEG that is posted as every frame's, with other bytes each time.
        cast: who may speak to it; made when absent.
    """

    def __init__(
        self,
        app: FastAPI,
        base: Services,
        url: str,
        *,
        database: Path,
        folder: Path,
        picture: bytes,
        cast: Cast | None = None,
    ) -> None:
        self._app, self._base, self._folder, self._picture = app, base, folder, picture
        self._client = httpx.Client(base_url=url, timeout=60, verify=False, trust_env=False)
        self._file = Path(shutil.copy(database, folder / f"{next(_numbers)}.sqlite3"))
        self._open()
        self.posted: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.cast = cast or self._make_people()

    @property
    def file(self) -> Path:
        """The database's file."""
        return self._file

    @property
    def looker(self) -> Looker:
        """What the model is."""
        looker = self._base.inspector.inspections["road_damage"]
        assert isinstance(looker, Looker)
        return looker

    def ask(
        self, method: str, path: str, who: Person | None = None, **content: Any
    ) -> httpx.Response:
        """Send a request as somebody; whatever the answer, it is no failure of the service."""
        headers = {**(who.headers if who else {}), **content.pop("headers", {})}
        answer = self._client.request(method, path, headers=headers, **content)
        assert answer.status_code != 500, answer.text
        return answer

    def post(self, look: SimulatedLook, *, repaired: frozenset[str]) -> httpx.Response:
        """Post one frame of a bus; defects that are repaired are not seen any more."""
        self.looker.sees = [
            (seen.class_name, seen.box)
            for seen in look.detections
            if seen.defect_id not in repaired
        ]
        note = look.name.encode()
        comment = b"\xff\xfe" + (len(note) + 2).to_bytes(2) + note
        picture = self._picture[:2] + comment + self._picture[2:]
        headers = {
            **self.cast.bus.headers,
            "Content-Type": "image/jpeg",
            "Idempotency-Key": look.name,
            "Xunjian-Camera": look.bus,
            "Xunjian-Captured-At": look.captured_at.isoformat(),
            "Xunjian-Latitude": f"{look.latitude:.8f}",
            "Xunjian-Longitude": f"{look.longitude:.8f}",
            "Xunjian-Gps-Accuracy": f"{look.gps_accuracy_m:.3f}",
            "Xunjian-Heading": f"{look.heading_deg % 360:.3f}",
            "Xunjian-Speed": f"{look.speed_mps:.3f}",
        }
        answer = self.ask("POST", "/v1/frames", content=picture, headers=headers)
        if answer.status_code == 200:
            self.posted[answer.json()["frame_id"]] = (picture, headers)
        return answer

    def crash(self) -> None:
        """Kill the process: what is not in the database's files at this moment is gone."""
        copy = self._folder / f"{next(_numbers)}.sqlite3"
        for suffix in ("", "-wal"):
            if Path(f"{self._file}{suffix}").exists():
                shutil.copy(f"{self._file}{suffix}", f"{copy}{suffix}")
        self._close()
        self._file = copy
        self._open()

    def leave(self) -> None:
        """End; the database's file is then whole by itself."""
        self._close()
        self._client.close()

    def _close(self) -> None:
        self.services.intake.close()
        self.database.close()

    def _open(self) -> None:
        self.database = Database(f"sqlite:///{self._file}")
        event.listen(
            self.database.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF")
        )
        base, settings = self._base, self._base.settings
        self.services = replace(
            base,
            database=self.database,
            credentials=Credentials(self.database),
            intake=Intake(
                self.database,
                base.objects,
                base.inspector,
                gatherers(settings, self.database, base.plates),
                Metrics(),
                settings,
            ),
            reports=replace(base.reports, database=self.database),
        )
        self._app.state.services = self.services

    def _make_people(self) -> Cast:
        with self.database.write() as session:
            gateway = gateways.create_gateway(session, name="fleet", actor="system")
            mounting = Mounting()
            for bus in BUSES:
                cameras.create_camera(
                    session,
                    name=bus,
                    kind=CameraKind.BUS,
                    gateway_id=gateway.id,
                    inspections=["road_damage"],
                    calibration={
                        "height_m": mounting.height_m,
                        "pitch_deg": mounting.pitch_deg,
                        "hfov_deg": mounting.hfov_deg,
                    },
                    actor="system",
                )
            return Cast(
                bus=Person(self._token(session, Role.GATEWAY, gateway.id)),
                admin=Person(self._token(session, Role.ADMIN, None)),
                people={
                    role: Person(self._signed_in(session, role))
                    for role in (Role.OPERATOR, Role.SUPERVISOR)
                },
            )

    @staticmethod
    def _token(session: Any, role: Role, gateway_id: str | None) -> dict[str, str]:
        _, secret = accounts.create_token(
            session, name=role, role=role, gateway_id=gateway_id, expires_at=None, actor="system"
        )
        return {"Authorization": f"Bearer {secret}"}

    @staticmethod
    def _signed_in(session: Any, role: Role) -> dict[str, str]:
        user = accounts.create_user(
            session,
            username=role,
            display_name=role,
            password_hash="x",
            role=role,
            camera_ids=None,
            actor="system",
        )
        signed_in, secret = open_session(session, user=user, lifetime=timedelta(days=1))
        return {"Cookie": f"xunjian_session={secret}", "X-CSRF-Token": signed_in.csrf_token}
