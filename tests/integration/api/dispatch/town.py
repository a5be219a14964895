"""A town for dispatch tests: findings straight in the database, departments that really listen."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras import service as cameras
from api.cameras.models import CameraKind
from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.service import Report
from api.cases.states import CaseEvent
from api.database import Database, new_id, now
from api.dispatch import destinations
from api.dispatch.connectors.base import Media
from api.dispatch.models import Delivery, Destination, DestinationKind, OutboxMessage
from api.dispatch.polling import Poller
from api.dispatch.sealing import Seal
from api.dispatch.sender import Sender, SenderOptions
from api.evidence.signing import Medium
from api.findings.models import Finding
from api.findings.states import FindingState
from api.frames.models import Detection, Frame, InspectingModel
from api.gateways import service as gateways
from api.gateways.models import Gateway

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
API_KEY = "key/with+signs"
SECRET_KEY = b"k" * 32
SEAL = Seal(SECRET_KEY)
SOURCE = "http://service.example"
DIGEST = "d" * 64
QUICK = (0.0, 5.0, 300.0)
_BY_KIND = {
    DestinationKind.WEBHOOK: ("/webhook", SECRET),
    DestinationKind.OPEN311: ("/open311/v2", API_KEY),
}
_numbers = itertools.count(1)
_http = httpx.Client(verify=False, trust_env=False)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return now() + self.offset

    def advance(self, seconds: float) -> None:
        """Let time pass for whoever uses this clock."""
        self.offset += timedelta(seconds=seconds)


def media(evidence_id: str, medium: Medium) -> Media:
    """Link to a piece of evidence as the service does."""
    kind = "image/jpeg" if medium is Medium.PICTURE else "video/mp4"
    return Media(f"{SOURCE}/v1/evidence/{evidence_id}/{medium}?signature=abc123", kind)


@dataclass
class Town:
    """Makes what dispatch works with, and reads what it did."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    public_url: str = SOURCE  # where departments tell what they do
    drop_dir: Path | None = None
    _camera_id: str | None = None
    _sender: Sender | None = None

    def finding(
        self,
        *,
        class_name: str = "pothole",
        state: FindingState = FindingState.CONFIRMED,
        confidence: float = 0.9,
        looks: int = 3,
        digest: str = DIGEST,
        located: bool = True,
    ) -> str:
        """Make a finding with one detection; return its id."""
        with self.database.write() as session:
            return self.add_finding(
                session,
                class_name=class_name,
                state=state,
                confidence=confidence,
                looks=looks,
                digest=digest,
                located=located,
            ).id

    def add_finding(
        self,
        session: Session,
        *,
        class_name: str = "pothole",
        state: FindingState = FindingState.CONFIRMED,
        confidence: float = 0.9,
        looks: int = 3,
        digest: str = DIGEST,
        located: bool = True,
    ) -> Finding:
        """Make a finding with one detection."""
        camera_id, gateway_id = self._camera(session)
        if session.get(InspectingModel, digest) is None:
            session.add(
                InspectingModel(digest=digest, name="road_damage", version="1", variant="fp32")
            )
        frame = Frame(
            gateway_id=gateway_id,
            camera_id=camera_id,
            idempotency_key=f"frame-{next(_numbers)}-{new_id()}",
            request_digest="r" * 64,
            sha256=f"{next(_numbers):064x}",
            content_type="image/jpeg",
            width=1280,
            height=720,
            captured_at=now(),
            reply={},
        )
        session.add(frame)
        session.flush()
        detection = Detection(
            frame_id=frame.id,
            model_digest=digest,
            inspection="road_damage",
            class_name=class_name,
            class_group=f"pavement_{class_name}",
            score=0.9,
            x1=1.0,
            y1=2.0,
            x2=3.0,
            y2=4.0,
        )
        session.add(detection)
        session.flush()
        finding = Finding(
            inspection="road_damage",
            kind="place",
            class_name=class_name,
            class_group=f"pavement_{class_name}",
            state=state,
            camera_id=camera_id,
            latitude=30.25 if located else None,
            longitude=120.15 if located else None,
            accuracy_m=2.5 if located else None,
            size_m=0.6,
            severity=3,
            confidence=confidence,
            looks=looks,
            first_seen_at=now(),
            last_seen_at=now(),
            best_detection_id=detection.id,
        )
        session.add(finding)
        session.flush()
        return finding

    def case(self, *, class_name: str = "pothole") -> str:
        """Open a case of a new finding; return its id."""
        with self.database.write() as session:
            finding = self.add_finding(session, class_name=class_name)
            return cases.open_case(session, finding=finding, opened_by="user:tester").id

    def destination(
        self,
        url: str,
        *,
        kind: DestinationKind = DestinationKind.WEBHOOK,
        classes: tuple[str, ...] = ("pothole",),
        settings: dict[str, Any] | None = None,
        secret: str | None = None,
        name: str | None = None,
    ) -> Destination:
        """Make a destination at a department's address."""
        path, own_secret = _BY_KIND.get(kind, ("", None))
        with self.database.write() as session:
            return destinations.create(
                session,
                seal=SEAL,
                name=name or f"department {next(_numbers)}",
                kind=kind,
                url=f"{url}{path}",
                settings=settings or {},
                secret=secret or own_secret,
                classes=classes,
                actor="system",
            )

    def sender(self, *, timeout_s: float = 2.0, threads: int = 1) -> Sender:
        """Make a sender that uses this town's clock."""
        options = SenderOptions(
            public_url=self.public_url,
            schedule_s=QUICK,
            timeout_s=timeout_s,
            threads=threads,
            drop_dir=self.drop_dir,
        )
        return Sender(self.database, SEAL, media, options, clock=self.clock)

    def poller(self) -> Poller:
        """Make a poller that uses this town's clock."""
        return Poller(self.database, SEAL, timeout_s=2.0, drop_dir=self.drop_dir, clock=self.clock)

    def send_all(self) -> int:
        """Send until nothing is due now; return how many attempts were made."""
        self._sender = self._sender or self.sender()
        return sum(1 for _ in iter(self._sender.run_once, False))

    def enter(self, case_id: str, event: CaseEvent, *, external_id: str | None = None) -> None:
        """Enter an event by hand."""
        with self.database.write() as session:
            case = cases.locked(session, case_id)
            report = Report(event, "user:tester")
            cases.enter(session, case=case, report=report, external_id=external_id)

    def get(self, case_id: str) -> Case:
        """Return a case as it is now."""
        with self.database.read() as session:
            return session.get_one(Case, case_id)

    def messages(self, case_id: str) -> list[OutboxMessage]:
        """Return a case's messages in order."""
        with self.database.read() as session:
            query = select(OutboxMessage).where(OutboxMessage.case_id == case_id)
            return list(session.scalars(query.order_by(OutboxMessage.sequence)))

    def deliveries(self, case_id: str) -> list[Delivery]:
        """Return every attempt to send a case's messages, in order."""
        with self.database.read() as session:
            query = (
                select(Delivery)
                .join(OutboxMessage, OutboxMessage.id == Delivery.message_id)
                .where(OutboxMessage.case_id == case_id)
            )
            return list(session.scalars(query.order_by(Delivery.id)))

    def timeline(self, case_id: str) -> list[CaseEntry]:
        """Return what was said of a case, in order."""
        with self.database.read() as session:
            query = select(CaseEntry).where(CaseEntry.case_id == case_id)
            return list(session.scalars(query.order_by(CaseEntry.id)))

    def _camera(self, session: Session) -> tuple[str, str]:
        if self._camera_id is None:
            gateway = gateways.create_gateway(session, name=f"gw-{new_id()}", actor="system")
            self._camera_id = cameras.create_camera(
                session,
                name=f"camera-{new_id()}",
                kind=CameraKind.BUS,
                gateway_id=gateway.id,
                inspections=["road_damage"],
                actor="system",
            ).id
        camera = cameras.get_camera(session, self._camera_id)
        return camera.id, session.get_one(Gateway, camera.gateway_id).id


def at_once(work: Callable[[], object], times: int) -> list[object]:
    """Run something in as many threads at the same moment; return results and errors."""
    results: list[object] = []
    barrier = threading.Barrier(times)

    def run() -> None:
        barrier.wait()
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@dataclass(frozen=True)
class Department:
    """A running sandbox."""

    url: str

    def received(self) -> list[dict[str, Any]]:
        """Return its work."""
        works: list[dict[str, Any]] = _http.get(f"{self.url}/received").raise_for_status().json()
        return works

    def counts(self) -> dict[str, int]:
        """Return its counts."""
        counts: dict[str, int] = _http.get(f"{self.url}/counts").raise_for_status().json()
        return counts

    def behave(self, *script: str) -> None:
        """Set how it treats the next deliveries."""
        _http.post(f"{self.url}/behaviour", json=list(script)).raise_for_status()

    def say(self, number: str, status: str) -> None:
        """Move a piece of its work."""
        answer = _http.post(f"{self.url}/received/{number}/status", json={"status": status})
        answer.raise_for_status()


def until(true: Callable[[], bool]) -> None:
    """Wait for something that other threads do; give up after a minute."""
    deadline = time.monotonic() + 60
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen within a minute")
        time.sleep(0.02)
