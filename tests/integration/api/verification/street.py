"""A street with one pothole: buses drive along, a department claims that it was mended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.coverage import service as coverage
from api.database import Database
from api.findings.models import Finding
from api.findings.states import FindingEvent, FindingState
from api.findings.upkeep import change_state, pin
from api.verification import service
from api.verification.glimpses import Faint, note_faint
from api.verification.judging import note_frame
from api.verification.models import Verification, VerificationLook
from benchmarks.gathering import GROUPS, Fleet, pothole
from datasets.synthesis.road import RoadScene, SimulatedLook, county_route, simulate_looks
from inference.quality import LookQuality

CLEAR = LookQuality(sharpness=400.0, brightness=0.45, dark_fraction=0.02, bright_fraction=0.01)
DARK = LookQuality(sharpness=400.0, brightness=0.05, dark_fraction=0.9, bright_fraction=0.0)
START = datetime(2026, 5, 12, 0, 0, tzinfo=UTC)
LAP = timedelta(minutes=50)  # between two passes of a simulated bus
HOLE = pothole("a", 60.0)
MENDED = ()


@dataclass
class Street:
    """Drives along one street, one after another.

    Attributes:
        database: where everything is kept.
        now: when the next drive begins.
        gps_noise_m: of the buses, on each axis.
    """

    database: Database
    now: datetime = START
    gps_noise_m: float = 1.0
    _drives: int = 0
    _fleet: Fleet | None = None

    def drive(
        self,
        *,
        hole: bool,
        quality: LookQuality = CLEAR,
        bus: str = "bus-1",
        minutes: int = 90,
        score: float = 0.6,
        only: slice = slice(None),
        seen_in: int | None = None,
        faint: bool = False,
    ) -> list[SimulatedLook]:
        """Drive along once; the next drive begins so many minutes later.

        Args:
            hole: the pothole is there, and every frame sees it.
            quality: of the pictures.
            bus: which.
            minutes: until the next drive.
            score: of every detection.
            only: which frames are posted.
            seen_in: how many frames see it at most.
            faint: the others see it too faintly for a detection.
        """
        looks = self.look_along(hole=hole, bus=bus, seen_in=seen_in)
        self.now += timedelta(minutes=minutes)
        self.post(looks[only], quality=quality, score=score, faint=faint)
        return looks

    def look_along(
        self, *, hole: bool, bus: str = "bus-1", seen_in: int | None = None
    ) -> list[SimulatedLook]:
        """Return what a drive would see now."""
        scene = RoadScene(3, (HOLE,) if hole else MENDED, county_route(120.0, 90.0))
        self._drives += 1
        looks = list(
            simulate_looks(
                scene,
                buses=(bus,),
                passes=(self._drives,),
                gps_noise_m=self.gps_noise_m,
                miss_rate=0.0,
                start=self.now - self._drives * LAP,
            )
        )
        if seen_in is None:
            return looks
        seeing = [look for look in looks if look.detections][:seen_in]
        return [look if look in seeing else _blind(look) for look in looks]

    def post(
        self,
        looks: Sequence[SimulatedLook],
        *,
        quality: LookQuality = CLEAR,
        score: float = 0.6,
        faint: bool = False,
    ) -> None:
        """Take frames in as the service does, one transaction each."""
        for look in looks:
            with self.database.write() as session:
                self._fleet = self._fleet or Fleet(session)
                self._fleet.session, self._fleet.score = session, score
                frame = self._fleet.post(look)
                frame.received_at = look.captured_at
                camera = session.get_one(Camera, frame.camera_id)
                coverage.record(
                    session, frame=frame, camera=camera, inspection="road_damage", quality=quality
                )
                unseen = set(look.truth) - set(look.detections) if faint else ()
                note_faint(
                    session,
                    frame=frame,
                    camera=camera,
                    inspection="road_damage",
                    faint=[Faint(GROUPS[one.class_name], 0.15, one.box) for one in unseen],
                )
                note_frame(session, frame=frame, camera=camera, inspection="road_damage")

    def open_case(self) -> str:
        """Confirm the one finding and give it to a department."""
        with self.database.write() as session:
            finding = self._finding(session)
            change_state(session, finding, FindingEvent.CONFIRM, actor="user:x")
            pin(session, finding)
            case = cases.open_case(session, finding=finding, opened_by="user:x")
            case.state = CaseState.IN_PROGRESS
            return case.id

    def claim(self, case_id: str, at: datetime | None = None) -> Verification:
        """Let the department say that it is done."""
        with self.database.write() as session:
            case = cases.locked(session, case_id)
            case.state = CaseState.IN_PROGRESS
            report = Report(CaseEvent.CLAIM_DONE, "destination:x", occurred_at=at or self.now)
            cases.change(session, case=case, report=report)
            return service.newest(session, case_id)

    def claimed(self, passes: int = 3) -> str:
        """Find the pothole in so many passes and let it be claimed done; return the case."""
        for _ in range(passes):
            self.drive(hole=True)
        case_id = self.open_case()
        self.claim(case_id)
        return case_id

    def state(self, case_id: str) -> CaseState:
        """Return where a case stands."""
        with self.database.read() as session:
            return session.get_one(Case, case_id).state

    def verification(self, case_id: str) -> Verification:
        """Return the newest verification of a case."""
        with self.database.read() as session:
            return service.newest(session, case_id)

    def looks(self, case_id: str) -> Sequence[VerificationLook]:
        """Return its looks."""
        with self.database.read() as session:
            return service.looks_of(session, service.newest(session, case_id))

    def said(self, case_id: str) -> list[tuple[str, bool]]:
        """Return events of the timeline since the verification began, and whether they moved it."""
        with self.database.read() as session:
            rows = session.scalars(
                select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.id)
            ).all()
        events = [(row.event, row.applied) for row in rows]
        begun = max(n for n, event in enumerate(events) if event == ("verify", True))
        return events[begun + 1 :]

    def _finding(self, session: Session) -> Finding:
        return session.scalars(select(Finding).where(Finding.state != FindingState.DUPLICATE)).one()


def _blind(look: SimulatedLook) -> SimulatedLook:
    return replace(look, detections=())
