"""Passages judged as a whole, and the findings that follow from them.

A violation is a passage that breaks a rule. Violations with the same key (rule, plate or passage,
site, window) are one finding. Each new frame may change what a passage says: its violation moves
to another finding, appears, or goes; a finding that nobody has judged and that no passage supports
any more is withdrawn.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.cameras.models import Camera
from api.database import new_id, now
from api.dispatch import policy
from api.evidence import service as evidence
from api.evidence.models import Evidence
from api.external_detections import service as external_detections
from api.findings.gather import Gathered
from api.findings.models import Finding, FindingDetection
from api.findings.opening import add_finding
from api.findings.states import FindingEvent, FindingState
from api.findings.upkeep import SYSTEM, change_state, is_reviewed
from api.frames.models import Frame
from api.passages.judging import Outcome, judge
from api.passages.models import INSPECTION, PLATE, VehicleSighting, Violation
from api.passages.rows import Around
from api.passages.sights import Sight
from api.passages.tracking import passages_of
from api.registers import service as registers
from api.registers.plates import PlateKeys
from api.registers.service import Match
from api.rules.document import Rule
from api.rules.in_force import SiteRules
from inference.inspections import Kind

_NEAR = timedelta(seconds=10)
_MOST_OF_PASSAGE, _MOST_OF_FINDING = 3, 5  # pictures


def bring_up_to_date(
    session: Session,
    *,
    frame: Frame,
    camera: Camera,
    rules: SiteRules,
    around: Around,
    plates: PlateKeys,
) -> list[Gathered]:
    """Judge the passages around a frame, and make violations and findings say the same.

    Args:
        session: the open transaction; nobody else gathers for the camera.
        frame: the frame; its sights are written.
        camera: its camera.
        rules: of the camera.
        around: what the camera saw around it.
        plates: hashes and seals.

    Returns:
        The findings that the frame's detections belong to.
    """
    return _Update(session, frame, camera, rules, around, plates).run()


def hand_over(session: Session, finding: Finding, other: Finding) -> None:
    """Give the violations of a duplicate, and what shows them, to the finding that it is."""
    shown = select(FindingDetection.detection_id).where(FindingDetection.finding_id == other.id)
    session.execute(
        update(FindingDetection)
        .where(
            FindingDetection.finding_id == finding.id,
            FindingDetection.detection_id.not_in(shown),
        )
        .values(finding_id=other.id)
    )
    session.execute(
        update(Violation).where(Violation.finding_id == finding.id).values(finding_id=other.id)
    )
    other.looks += finding.looks
    other.first_seen_at = min(other.first_seen_at, finding.first_seen_at)
    other.last_seen_at = max(other.last_seen_at, finding.last_seen_at)


class _Update:
    def __init__(
        self,
        session: Session,
        frame: Frame,
        camera: Camera,
        rules: SiteRules,
        around: Around,
        plates: PlateKeys,
    ) -> None:
        self._session = session
        self._frame = frame
        self._camera = camera
        self._rules = rules
        self._around = around
        self._plates = plates
        self._opened: set[str] = set()

    def run(self) -> list[Gathered]:
        """Do it; see `bring_up_to_date`."""
        passages = self._passages()
        known = {(one.passage_id, one.rule): one for one in self._known(passages)}
        named = self._name(passages)
        supported: list[tuple[str, Outcome, Violation | None]] = []
        for passage_id, passage in named:
            ids = {passage_id, *self._ids(passage)}
            for rule in self._rules.rules:
                outcome = judge(rule, self._rules, passage, self._look_up(passage))
                if outcome is not None:
                    before = [known.pop((key, rule.code), None) for key in sorted(ids)]
                    mine = next((one for one in before if one is not None), None)
                    for other in before:
                        if other is not None and other is not mine:
                            self._drop(other)
                    supported.append((passage_id, outcome, mine))
        self._assign(named)
        codes = {rule.code for rule in self._rules.rules}
        for violation in known.values():
            if violation.rule in codes and violation.settled_at is None:
                self._drop(violation)
        return self._gathered(
            [self._settle(passage_id, outcome, mine) for passage_id, outcome, mine in supported]
        )

    def _passages(self) -> list[list[Sight]]:
        """Return the passages that the frame may have changed and that have anything suspect."""
        first, last = self._frame.captured_at - _NEAR, self._frame.captured_at + _NEAR
        passages = passages_of(self._around.sights)
        return [
            passage
            for passage in passages
            if any(sight.suspect for sight in passage)
            and any(first <= sight.at <= last for sight in passage)
        ]

    def _ids(self, passage: Sequence[Sight]) -> list[str]:
        """Return the names that a passage's sights have, in order of capture."""
        names = (self._around.rows[sight.key].passage_id for sight in passage)
        return list(dict.fromkeys(name for name in names if name is not None))

    def _known(self, passages: Sequence[Sequence[Sight]]) -> Sequence[Violation]:
        names = {name for passage in passages for name in self._ids(passage)}
        if not names:
            return []
        return self._session.scalars(
            select(Violation).where(Violation.passage_id.in_(names)).order_by(Violation.id)
        ).all()

    def _name(self, passages: Sequence[list[Sight]]) -> list[tuple[str, list[Sight]]]:
        """Give each passage the first name in it that no earlier one has, or a new one."""
        named: list[tuple[str, list[Sight]]] = []
        taken: set[str] = set()
        for passage in sorted(passages, key=lambda each: (each[0].at, each[0].box)):
            name = next((one for one in self._ids(passage) if one not in taken), None) or new_id()
            taken.add(name)
            named.append((name, passage))
        return named

    def _assign(self, named: Sequence[tuple[str, Sequence[Sight]]]) -> None:
        for passage_id, passage in named:
            for sight in passage:
                self._around.rows[sight.key].passage_id = passage_id
            external_detections.name_passage(
                self._session,
                passage_id=passage_id,
                sighting_ids=[sight.key for sight in passage if sight.suspect],
            )
        self._session.flush()

    def _look_up(self, passage: Sequence[Sight]) -> "_LookUp":
        first = min(sight.at for sight in passage if sight.suspect)
        return _LookUp(self._session, self._rules, self._plates, first)

    def _settle(self, passage_id: str, outcome: Outcome, mine: Violation | None) -> Finding:
        """Make a violation and its finding say what a passage says."""
        session = self._session
        key = self._key(passage_id, outcome)
        finding = session.get_one(Finding, mine.finding_id, with_for_update=True) if mine else None
        if mine is not None and finding is not None and is_reviewed(finding):
            # What somebody has judged stays as it was.
            mine.passage_id, mine.cleared_at = passage_id, None
            mine.last_at = max(mine.last_at, outcome.shows[-1].at)
            return finding
        if finding is None or finding.key != key:
            finding = self._finding_of(key, outcome, mine, finding)
        violation = mine or Violation(passage_id=passage_id, rule=outcome.rule.code)
        self._write(violation, finding, passage_id, outcome)
        session.add(violation)
        session.flush()
        self._show(finding, outcome)
        self._refresh(finding, outcome.rule)
        return finding

    def _finding_of(
        self, key: str, outcome: Outcome, mine: Violation | None, before: Finding | None
    ) -> Finding:
        """Return the finding of a key, which a violation leaves another one for."""
        found = self._open_or_judged(key)
        if found is None and before is not None and before.looks == 1:
            before.key = before.open_key = key
            return before
        if found is None:
            found = self._open(key, outcome)
        if mine is not None and before is not None:
            mine.finding_id = found.id
            self._session.flush()
            self._left(before)
        return found

    def _open_or_judged(self, key: str) -> Finding | None:
        finding = self._session.scalars(
            select(Finding)
            .where(Finding.key == key)
            .order_by(Finding.id.desc())
            .limit(1)
            .with_for_update()
        ).first()
        while finding is not None and finding.duplicate_of is not None:
            finding = self._session.get_one(Finding, finding.duplicate_of, with_for_update=True)
        return finding

    def _open(self, key: str, outcome: Outcome) -> Finding:
        frame, camera, rule = self._frame, self._camera, outcome.rule
        fixed = camera.latitude is not None
        finding = Finding(
            inspection=INSPECTION,
            kind=Kind.SUBJECT.value,
            class_name=rule.code,
            class_group=rule.code,
            state=FindingState.CANDIDATE,
            key=key,
            open_key=key,
            destination_id=self._rules.departments[rule.department],
            needs_review=outcome.similar,
            camera_id=camera.id,
            latitude=camera.latitude if fixed else frame.latitude,
            longitude=camera.longitude if fixed else frame.longitude,
            severity=rule.severity,
            looks=0,
            confidence=outcome.confidence,
            first_seen_at=outcome.shows[0].at,
            last_seen_at=outcome.shows[-1].at,
        )
        add_finding(self._session, finding, actor=SYSTEM, rule=rule.code, site=self._rules.site)
        self._opened.add(finding.id)
        return finding

    def _key(self, passage_id: str, outcome: Outcome) -> str:
        """Return what names the finding of an outcome.

        A day and an hour begin where the site's clock says so, and go by the first frame that
        shows the violation.
        """
        first = outcome.shows[0].at.astimezone(self._rules.zone)
        window = {
            "passage": passage_id,
            "hour": f"{first:%Y%m%dT%H%z}",
            "day": f"{first:%Y%m%d}",
            "week": f"{first:%G-W%V}",
        }[outcome.rule.window]
        who = self._plates.hash(outcome.reading.text) if outcome.reading else passage_id
        return f"{INSPECTION}/{outcome.rule.code}/{who}/{self._rules.site}/{window}"

    def _write(
        self, violation: Violation, finding: Finding, passage_id: str, outcome: Outcome
    ) -> None:
        read, match, rows = outcome.reading, outcome.match, self._around.rows
        violation.finding_id = finding.id
        violation.passage_id = passage_id
        violation.rule_set_id = self._rules.rule_set_id
        violation.site = self._rules.site
        violation.register_id = match.register_id if match else None
        violation.register_version = match.version if match else None
        violation.entry_id = match.entry_id if match else None
        violation.plate_hash = self._plates.hash(read.text) if read else None
        violation.sealed_plate = (
            self._plates.seal(PLATE, {"text": read.text, "score": read.text_score})
            if read
            else None
        )
        violation.plate_color = read.color if read else outcome.best.plate_color
        violation.vehicle = outcome.best.vehicle
        violation.similar = outcome.similar
        violation.confidence = outcome.confidence
        violation.frames = len(outcome.shows)
        violation.first_at, violation.last_at = outcome.shows[0].at, outcome.shows[-1].at
        violation.best_detection_id = _detection(rows[outcome.best.key])
        violation.cleared_at = None

    def _show(self, finding: Finding, outcome: Outcome) -> None:
        """Link the detections that show a violation, and keep pictures of the best frames."""
        session, rows = self._session, self._around.rows
        linked = set(
            session.scalars(
                select(FindingDetection.detection_id).where(
                    FindingDetection.finding_id == finding.id
                )
            )
        )
        for sight in outcome.shows:
            row = rows[sight.key]
            for detection_id in (
                row.vehicle_detection_id,
                row.plate_detection_id,
                row.smoke_detection_id,
            ):
                if detection_id is not None and detection_id not in linked:
                    session.add(FindingDetection(detection_id=detection_id, finding_id=finding.id))
        others = sorted(outcome.shows, key=lambda sight: (-sight.width, sight.at))
        frames = list(dict.fromkeys(rows[sight.key].frame_id for sight in (outcome.best, *others)))
        best, rest = frames[:_MOST_OF_PASSAGE], frames[_MOST_OF_PASSAGE:]
        if not is_reviewed(finding):
            session.execute(
                delete(Evidence).where(
                    Evidence.finding_id == finding.id, Evidence.frame_id.in_(rest)
                )
            )
        kept = set(
            session.scalars(select(Evidence.frame_id).where(Evidence.finding_id == finding.id))
        )
        for frame_id in best:
            picture = session.get_one(Frame, frame_id)
            room = frame_id in kept or len(kept) < _MOST_OF_FINDING
            if picture.object_key is not None and room:
                evidence.keep(session, finding_id=finding.id, frame=picture)
                kept.add(frame_id)

    def _refresh(self, finding: Finding, rule: Rule) -> None:
        """Take looks, confidence and times from the violations; ask whoever is to be asked."""
        violations = self._session.scalars(
            select(Violation).where(Violation.finding_id == finding.id).order_by(Violation.id)
        ).all()
        best = max(violations, key=lambda one: (not one.similar, one.confidence))
        finding.looks = len(violations)
        finding.first_seen_at = min(one.first_at for one in violations)
        finding.last_seen_at = max(one.last_at for one in violations)
        finding.severity = rule.severity
        finding.destination_id = self._rules.departments[rule.department]
        if is_reviewed(finding):
            return
        finding.needs_review = best.similar
        finding.confidence = best.confidence
        finding.best_detection_id = best.best_detection_id
        if finding.state is FindingState.CANDIDATE:
            change_state(self._session, finding, FindingEvent.ENOUGH_SEEN, actor=SYSTEM)
        policy.consider(self._session, finding=finding)

    def _drop(self, violation: Violation) -> None:
        """Take a violation back that its passage no longer supports."""
        finding = self._session.get_one(Finding, violation.finding_id, with_for_update=True)
        if is_reviewed(finding):
            if violation.cleared_at is None:
                violation.cleared_at = now()
                audit.record(
                    self._session,
                    actor=SYSTEM,
                    action="violation.clear",
                    object_type="finding",
                    object_id=finding.id,
                    reason="later frames of the passage speak for the vehicle",
                )
            return
        self._session.delete(violation)
        self._session.flush()
        self._left(finding)

    def _left(self, finding: Finding) -> None:
        """Withdraw a finding whose last violation has left it."""
        session = self._session
        left = session.scalars(
            select(Violation.rule).where(Violation.finding_id == finding.id).limit(1)
        ).first()
        if left is not None:
            rule = next(rule for rule in self._rules.rules if rule.code == left)
            self._refresh(finding, rule)
            return
        finding.key = finding.open_key = None
        change_state(
            session,
            finding,
            FindingEvent.WITHDRAW,
            actor=SYSTEM,
            reason="the frames of the passage together do not support it",
        )
        for table in (Evidence, FindingDetection):
            session.execute(delete(table).where(table.finding_id == finding.id))

    def _gathered(self, findings: Sequence[Finding]) -> list[Gathered]:
        own = {row.id for row in self._around.rows.values() if row.frame_id == self._frame.id}
        detections = {
            detection_id
            for key in own
            for row in [self._around.rows[key]]
            for detection_id in (
                row.vehicle_detection_id,
                row.plate_detection_id,
                row.smoke_detection_id,
            )
            if detection_id is not None
        }
        told = []
        for finding in dict.fromkeys(findings):
            linked = self._session.scalars(
                select(FindingDetection.detection_id).where(
                    FindingDetection.finding_id == finding.id,
                    FindingDetection.detection_id.in_(detections),
                )
            ).all()
            if linked or finding.id in self._opened:
                told.append(
                    Gathered(
                        finding_id=finding.id,
                        class_name=finding.class_name,
                        state=finding.state,
                        new=finding.id in self._opened,
                        detection_ids=tuple(linked),
                    )
                )
        return told


class _LookUp:
    """Gives the entries that a plate is like on the passage's day; asks for each plate once."""

    def __init__(
        self, session: Session, rules: SiteRules, plates: PlateKeys, moment: datetime
    ) -> None:
        self._session, self._rules, self._plates = session, rules, plates
        self._day = moment.astimezone(rules.zone).date()
        self._known: dict[str, Sequence[Match]] = {}

    def __call__(self, plate: str) -> Sequence[Match]:
        if plate not in self._known:
            found = registers.look_up(
                self._session,
                read=[plate],
                register_ids=set(self._rules.registers.values()),
                plates=self._plates,
            )
            self._known[plate] = [
                match for match in found.get(plate, ()) if match.counts_on(self._day)
            ]
        return self._known[plate]


def _detection(row: VehicleSighting) -> str | None:
    """Return the detection that shows a vehicle best: smoke, else its plate, else itself."""
    return row.smoke_detection_id or row.plate_detection_id or row.vehicle_detection_id
