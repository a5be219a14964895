"""How often looking again errs: a month of a bus network, through the service's own functions.

`xunjian bench verification` prints the table of docs/verification.md. Buses drive along simulated
roads twice a day; what a detector would have said is drawn at the rates of its card; gathering,
coverage, cases and verification are the service's own, over a database. Operators judge rightly,
departments mend within days, and some claim without mending.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import chain
from math import pi

import numpy as np
from sqlalchemy import select

import api.tables
from api.accounts.service import create_user
from api.cameras.models import Camera
from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent, CaseState
from api.coverage import service as coverage
from api.database import Base, Database
from api.dispatch.models import Destination, DestinationKind
from api.findings.models import Finding, FindingDetection
from api.findings.states import FindingState
from api.permissions import Role
from api.principal import Principal
from api.reviews.models import RejectReason, Verdict
from api.reviews.service import Word, review
from api.verification.glimpses import Faint, note_faint
from api.verification.judging import note_frame
from api.verification.models import LookOutcome, Verification, VerificationLook, VerificationState
from api.verification.odds import PRIOR_LOOKS
from api.verification.watching import watch
from benchmarks.gathering import GROUPS, Fleet
from datasets.synthesis.camera import Camera as Mounting
from datasets.synthesis.drive import Moment, drive_once, look_fields, truth_boxes
from datasets.synthesis.road import Defect, RoadScene, SimulatedLook, Truth, county_route
from datasets.synthesis.types import Array
from inference.inspections.road_damage import RoadDamage
from inference.quality import LookQuality
from models.metrics import operating_point

assert api.tables.metadata is Base.metadata  # noqa: S101 - every table is known

START = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 30
JUDGED_WITHIN = timedelta(days=7)
BUSES = ("bus-1", "bus-2", "bus-3", "bus-4")
HOURS = (0.5, 9.0)  # UTC: 08:30 and 17:00 in China
ROAD_M = 500.0
POTHOLES = 10
SPACING_M = 8.0
SPEED_MPS = 9.0
HIT_SCORES = (0.2, 0.25, 0.39, 0.46, 0.58, 0.73, 0.9)
ALARM_SCORES = (0.2, 0.22, 0.25, 0.30, 0.37, 0.44, 0.6)
"""Quantiles 0, 0.1, 0.25, 0.5, 0.75, 0.9, 1 of the scores of potholes found and of false alarms,
measured on the card's 180 pictures (FP32)."""

DRY = LookQuality(sharpness=400.0, brightness=0.45, dark_fraction=0.02, bright_fraction=0.01)
WET = LookQuality(sharpness=30.0, brightness=0.30, dark_fraction=0.05, bright_fraction=0.01)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the month is like; rates are 0 to 1.

    Attributes:
        gps_noise_m: standard deviation on each axis.
        alike: a pass sees a pothole in all its frames or in none.
        false_claims: share of claims without a repair.
        patches: share of repairs that look like damage to the detector in half of all frames.
        wet: share of passes whose pictures show too little.
        weight: of the distribution of the potholes' rates; 0.5 is what was measured, the larger
            the more they are alike.
        recall: of a detector in place of the card's; K is derived from the card's all the same.
    """

    gps_noise_m: float = 3.0
    alike: bool = True
    false_claims: float = 0.3
    patches: float = 0.0
    wet: float = 0.1
    weight: float = PRIOR_LOOKS
    recall: float | None = None


SCENARIOS: dict[str, Scenario] = {
    "GPS noise 3 m": Scenario(),
    "frames of a pass err independently": Scenario(alike=False),
    "GPS noise 6 m": Scenario(gps_noise_m=6.0),
    "one repair in ten looks like damage": Scenario(patches=0.1),
    "potholes are more alike than assumed": Scenario(weight=1.6),
    "a detector that finds nine potholes of ten": Scenario(recall=0.9),
    "seven claims in ten are false": Scenario(false_claims=0.7),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """What the detector's card says of potholes.

    Attributes:
        recall: share of potholes found in one picture.
        alarms: false detections in one picture.
        faint_recall: the same down to the scores that are looked at where a pothole is known.
        faint_alarms: the same.
        faint_from: the lowest of these scores.
    """

    recall: float
    alarms: float
    faint_recall: float
    faint_alarms: float
    faint_from: float

    @classmethod
    def of_card(cls) -> "Rates":
        """Read them from the shipped model."""
        point = operating_point(RoadDamage.model_names, "pothole")
        if point is None or point.measured.faint is None:
            raise ValueError("the shipped model was not measured on faint potholes")
        at = point.measured.faint
        return cls(at.sure_recall, at.sure_alarms, at.recall, at.alarms, at.score)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim and what became of it.

    Attributes:
        true: the pothole was mended.
        needed: clean looks that were asked for.
        state: of the verification at the end of the month.
        days: from the claim to the decision, None while undecided.
        doubtful: passes that saw something faint.
    """

    true: bool
    needed: int | None
    state: VerificationState
    days: float | None
    doubtful: int


@dataclass(slots=True)
class _Pothole:
    defect: Defect
    seen_share: float  # of the frames that cover it
    faint_share: float  # the same, faint ones among them
    patch_share: float = 0.0  # the same once it is mended
    mended: bool = False

    @property
    def share(self) -> float:
        return self.patch_share if self.mended else self.seen_share

    @property
    def any_share(self) -> float:
        return self.patch_share if self.mended else self.faint_share


@dataclass(slots=True)
class _Work:
    """What a department is going to do."""

    case_id: str
    pothole: _Pothole
    at: datetime
    true: bool


@dataclass
class Month:
    """One road for a month.

    Attributes:
        scenario: what it is like.
        rates: of the detector.
        seed: decides everything else.
    """

    scenario: Scenario
    rates: Rates
    seed: int
    _works: list[_Work] = field(default_factory=list)
    _found: dict[str, str] = field(default_factory=dict)  # finding by pothole
    _true: dict[str, bool] = field(default_factory=dict)  # by verification: was it mended

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, 90])

    @cached_property
    def _scene(self) -> RoadScene:
        return RoadScene(self.seed, (), county_route(ROAD_M, (self.seed * 37) % 360))

    @cached_property
    def _potholes(self) -> dict[str, _Pothole]:
        """Potholes some 50 m apart, each as hard to see as chance has it.

        Beta distribution with the card's recall as mean.
        """
        step = ROAD_M / POTHOLES
        found = {}
        for n in range(POTHOLES):
            along = step * (n + 0.5) + float(self._rng.uniform(-0.25, 0.25)) * step
            width = float(self._rng.uniform(0.4, 1.0))
            defect = Defect(
                f"pothole-{n}",
                "pothole",
                along,
                float(self._rng.uniform(-3.0, -0.5)),
                width,
                width,
                "hole",
            )
            rank = float(self._rng.random())
            seen, faint = (
                _beta_at(rank, self.scenario.weight, mean)
                for mean in (self.rates.recall, self.rates.faint_recall)
            )
            found[defect.id] = _Pothole(defect, seen, faint)
        return found

    @cached_property
    def _lookalikes(self) -> dict[str, _Pothole]:
        """Manholes and stains that every pass may take for potholes: half of all false alarms."""
        frames_each = 25.0 / SPACING_M
        alarms, faint = self.rates.alarms, self.rates.faint_alarms
        count, faint_count = (
            round(share / 2 * (ROAD_M / SPACING_M) / (frames_each * 0.5))
            for share in (alarms, faint)
        )
        return {
            f"lookalike-{n}": _Pothole(
                Defect(
                    f"lookalike-{n}",
                    "pothole",
                    float(self._rng.uniform(20, ROAD_M - 20)),
                    float(self._rng.uniform(-5.0, 3.0)),
                    0.5,
                    0.5,
                    "hole",
                ),
                0.5 if n < count else 0.0,
                0.5,
            )
            for n in range(faint_count)
        }

    def run(self) -> list[Claim]:
        """Let the month pass; return the claims that had a week to be judged."""
        database = Database("sqlite://")
        Base.metadata.create_all(database.engine)
        try:
            return self._run(database)
        finally:
            database.close()

    def _run(self, database: Database) -> list[Claim]:
        with database.write() as session:
            fleet = _Network(session, rng=self._rng)
            roads = Destination(
                name="roads",
                kind=DestinationKind.WEBHOOK,
                url="https://roads.example/",
                classes=["pothole"],
            )
            session.add(roads)
            operator = create_user(
                session,
                username="operator",
                display_name="Operator",
                password_hash="-",  # noqa: S106 - nobody signs in
                role=Role.OPERATOR,
                camera_ids=None,
                actor=SYSTEM,
            )
            fleet.operator = Principal("user", operator.id, operator.username, Role.OPERATOR)
        for number, at in enumerate(self._departures()):
            quality = WET if self._rng.random() < self.scenario.wet else DRY
            with database.write() as session:
                fleet.session = session
                self._work_until(fleet, at)
                for look, faint in self._drive(number, at, quality):
                    fleet.take(look, faint, self.rates.faint_from, quality)
            end = at + timedelta(seconds=ROAD_M / SPEED_MPS)
            watch(database, at=end + timedelta(minutes=10))
            with database.write() as session:
                fleet.session = session
                self._review(fleet, end)
                self._hand_over(fleet, end)
        with database.read() as session:
            fleet.session = session
            return list(self._claims(fleet, START + timedelta(days=DAYS)))

    def _departures(self) -> Iterator[datetime]:
        for day in range(DAYS):
            for hour in HOURS:
                minutes = float(self._rng.uniform(-45, 45))
                yield START + timedelta(days=day, hours=hour, minutes=minutes)

    def _drive(
        self, number: int, at: datetime, quality: LookQuality
    ) -> Iterator[tuple[SimulatedLook, list[Truth]]]:
        """Drive along once, as `datasets.synthesis.drive` does, and detect at the card's rates."""
        mounting = Mounting()
        things = {**self._potholes, **self._lookalikes}
        scene = replace(self._scene, defects=tuple(one.defect for one in things.values()))
        outlines = {one.defect.id: _outline(one.defect) for one in things.values()}
        luck = {name: float(self._rng.random()) for name in things}
        moments = drive_once(
            self._scene,
            bus=BUSES[number % len(BUSES)],
            pass_index=number,
            camera=mounting,
            spacing_m=SPACING_M,
            speed_mps=SPEED_MPS,
            gps_noise_m=self.scenario.gps_noise_m,
            heading_noise_deg=1.5,
            start=at,
            rng=self._rng,
        )
        for moment in moments:
            truth = truth_boxes(scene, mounting, moment.pose, pass_index=number, outlines=outlines)
            dim = 0.5 if quality is WET else 1.0
            found, faint = [], []
            for one in truth:
                thing = things[one.defect_id]
                chance = luck[one.defect_id] if self.scenario.alike else self._rng.random()
                if thing.share * dim > chance:
                    found.append(one)
                elif thing.any_share * dim > chance:
                    faint.append(one)
            alarms = self.rates.alarms / 2
            found += self._noise(moment, number, alarms)
            faint += self._noise(moment, number, self.rates.faint_alarms / 2 - alarms)
            fields = look_fields(moment.look) | {
                "captured_at": at + timedelta(seconds=moment.pose.along_m / SPEED_MPS),
                "truth": truth,
                "detections": tuple(_jittered(one, self._rng) for one in found),
            }
            yield SimulatedLook(**fields), [_jittered(one, self._rng) for one in faint]

    def _noise(self, moment: Moment, number: int, rate: float) -> Iterator[Truth]:
        """Yield false alarms that no other frame has."""
        for n in range(self._rng.poisson(rate)):
            defect = Defect(
                f"noise-{n}",
                "pothole",
                moment.pose.along_m + float(self._rng.uniform(5, 22)),
                float(self._rng.uniform(-5.0, 3.0)),
                0.5,
                0.5,
                "hole",
            )
            yield from truth_boxes(
                replace(self._scene, defects=(defect,)),
                Mounting(),
                moment.pose,
                pass_index=number,
                outlines={defect.id: _outline(defect)},
            )

    def _review(self, fleet: "_Network", at: datetime) -> None:
        """Let the operator judge what waits, rightly; each pothole becomes one case."""
        waiting = fleet.session.scalars(
            select(Finding).where(Finding.state == FindingState.PENDING_REVIEW)
        ).all()
        for finding in waiting:
            pothole = self._pothole(fleet, finding)
            name = pothole.defect.id if pothole else None
            if name is None:
                word = Word(Verdict.REJECT, reason=RejectReason.NOT_A_PROBLEM)
            elif name in self._found:
                word = Word(Verdict.DUPLICATE, duplicate_of=self._found[name])
            else:
                word = Word(Verdict.CONFIRM)
                self._found[name] = finding.id
            review(fleet.session, finding_id=finding.id, principal=fleet.operator, word=word)

    def _hand_over(self, fleet: "_Network", at: datetime) -> None:
        """Give the department what waits to be sent; what came back it mends."""
        for case in fleet.session.scalars(
            select(Case).where(Case.state == CaseState.DISPATCHING)
        ).all():
            again = cases.last_at(fleet.session, case, CaseEvent.FAIL) is not None
            report = Report(CaseEvent.DELIVERED, SYSTEM, occurred_at=at)
            cases.change(fleet.session, case=case, report=report)
            name = next(name for name, key in self._found.items() if key == case.finding_id)
            self._works.append(
                _Work(
                    case.id,
                    self._potholes[name],
                    at + timedelta(days=float(self._rng.uniform(0.5, 5.0))),
                    again or bool(self._rng.random() >= self.scenario.false_claims),
                )
            )

    def _work_until(self, fleet: "_Network", at: datetime) -> None:
        """Let the department mend, or not, and claim."""
        due = [work for work in self._works if work.at <= at]
        self._works = [work for work in self._works if work.at > at]
        for work in due:
            case = cases.locked(fleet.session, work.case_id)
            pothole = work.pothole
            if work.true and not pothole.mended:
                pothole.mended = True
                pothole.patch_share = 0.5 * (self._rng.random() < self.scenario.patches)
            report = Report(CaseEvent.CLAIM_DONE, "destination:x", occurred_at=work.at)
            cases.change(fleet.session, case=case, report=report)
            verification = fleet.session.scalars(
                select(Verification).where(Verification.open_case_id == case.id)
            ).one()
            self._true[verification.id] = pothole.mended

    def _pothole(self, fleet: "_Network", finding: Finding) -> _Pothole | None:
        """Return the pothole that most detections of a finding show."""
        names = [
            fleet.truth[key]
            for key in fleet.session.scalars(
                select(FindingDetection.detection_id).where(
                    FindingDetection.finding_id == finding.id
                )
            )
        ]
        return self._potholes.get(max(set(names), key=names.count))

    def _claims(self, fleet: "_Network", end: datetime) -> Iterator[Claim]:
        for row in fleet.session.scalars(select(Verification)):
            if row.claimed_at > end - JUDGED_WITHIN:
                continue
            looks = fleet.session.scalars(
                select(VerificationLook)
                .where(VerificationLook.verification_id == row.id)
                .order_by(VerificationLook.last_at)
            ).all()
            decided = row.decided_at is not None
            yield Claim(
                true=self._true[row.id],
                needed=row.needed,
                state=row.state,
                days=(looks[-1].last_at - row.claimed_at) / timedelta(days=1) if decided else None,
                doubtful=sum(look.outcome is LookOutcome.DOUBTFUL for look in looks),
            )


@dataclass
class _Network(Fleet):
    """Buses whose frames go the whole way, coverage and verification included."""

    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    operator: Principal = field(init=False)

    def take(
        self,
        look: SimulatedLook,
        faint: Sequence[Truth],
        faint_from: float,
        quality: LookQuality,
    ) -> None:
        """Take one frame in as the service does."""
        frame = self.post(look)
        frame.received_at = look.captured_at
        camera = self.session.get_one(Camera, frame.camera_id)
        name = RoadDamage.name
        coverage.record(self.session, frame=frame, camera=camera, inspection=name, quality=quality)
        glimpses = [Faint(GROUPS[one.class_name], faint_from, one.box) for one in faint]
        note_faint(self.session, frame=frame, camera=camera, inspection=name, faint=glimpses)
        note_frame(self.session, frame=frame, camera=camera, inspection=name)

    def score_of(self, seen: Truth) -> float:
        """Draw a score."""
        scores = HIT_SCORES if seen.defect_id.startswith("pothole") else ALARM_SCORES
        return float(np.interp(self.rng.random(), _QUANTILES, scores))


_QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


def _beta_at(rank: float, weight: float, mean: float) -> float:
    """Return the quantile `rank` of a beta distribution with this mean and a + b = weight."""
    draws = np.random.default_rng(0).beta(weight * mean, weight * (1 - mean), 20_000)
    return float(np.quantile(draws, rank))


def _outline(defect: Defect) -> Array:
    """(16, 2) along, across of the rim, metres."""
    turn = np.linspace(0, 2 * pi, 16, endpoint=False)
    return np.stack(
        [
            defect.along_m + defect.length_m / 2 * np.cos(turn),
            defect.across_m + defect.width_m / 2 * np.sin(turn),
        ],
        axis=1,
    )


def _jittered(seen: Truth, rng: np.random.Generator) -> Truth:
    x1, y1, x2, y2 = (np.array(seen.box) + rng.normal(0, 2.0, 4)).tolist()
    return replace(seen, box=(min(x1, x2 - 1), min(y1, y2 - 1), x2, y2))


@dataclass(frozen=True)
class Row:
    """One line of the table; shares are 0 to 1, None where there was no such claim."""

    scenario: str
    roads: int
    true_claims: int
    closed_within_7_days: float | None
    median_days_to_close: float | None
    false_reopens: float | None
    false_claims: int
    false_claims_closed: float | None
    false_closes_of_all_closed: float | None
    false_claims_reopened: float | None
    asked_a_person: float | None
    median_looks: float | None


def run_one(scenario: Scenario, rates: Rates, seed: int) -> list[Claim]:
    """Simulate one road for a month."""
    if scenario.recall is not None:
        seen = max(rates.faint_recall, scenario.recall)
        rates = replace(rates, recall=scenario.recall, faint_recall=seen)
    return Month(scenario, rates, seed).run()


def table(roads: int, workers: int, names: Sequence[str] = ()) -> Iterable[Row]:
    """Measure every scenario on so many roads; yields rows as they are done."""
    rates = Rates.of_card()
    with ProcessPoolExecutor(workers) as pool:
        for name in names or SCENARIOS:
            month = partial(run_one, SCENARIOS[name], rates)
            yield sum_up(name, roads, list(chain.from_iterable(pool.map(month, range(roads)))))


def sum_up(name: str, roads: int, claims: Sequence[Claim]) -> Row:
    """Sum the claims of one scenario up."""
    true = [claim for claim in claims if claim.true]
    false = [claim for claim in claims if not claim.true]
    passed, failed = VerificationState.PASSED, VerificationState.FAILED
    closed = [claim for claim in claims if claim.state is passed]
    days = [claim.days for claim in true if claim.state is passed and claim.days is not None]
    week = JUDGED_WITHIN / timedelta(days=1)
    return Row(
        scenario=name,
        roads=roads,
        true_claims=len(true),
        closed_within_7_days=_share(sum(day <= week for day in days), len(true)),
        median_days_to_close=_median(days),
        false_reopens=_share(sum(claim.state is failed for claim in true), len(true)),
        false_claims=len(false),
        false_claims_closed=_share(sum(claim.state is passed for claim in false), len(false)),
        false_closes_of_all_closed=_share(sum(not each.true for each in closed), len(closed)),
        false_claims_reopened=_share(sum(claim.state is failed for claim in false), len(false)),
        asked_a_person=_share(
            sum(claim.state is VerificationState.NEEDS_PERSON for claim in claims), len(claims)
        ),
        median_looks=_median([claim.needed for claim in claims if claim.needed]),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _median(values: Sequence[float]) -> float | None:
    return round(float(np.median(values)), 2) if values else None
