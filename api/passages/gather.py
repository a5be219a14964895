"""From a frame at a checkpoint to violations: the gatherer of the kind `subject`.

On the worker, before anything is stored, every vehicle of the frame is judged by itself: what the
plates say is looked up in the registers and forgotten, unless it makes the vehicle suspect. Then,
in the transaction that writes the frame, passages are put together anew around it and judged as a
whole. Nothing here logs what a plate says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from api.database import Database
from api.external_detections import service as external_detections
from api.findings.gather import Gathered
from api.frames.models import Detection, Frame
from api.frames.sightings import Seen
from api.passages import rows
from api.passages.device_plates import with_device_plates
from api.passages.judging import exempts, suspects
from api.passages.sights import SeenVehicle, Sight, vehicles_in
from api.passages.violations import bring_up_to_date
from api.registers import service as registers
from api.registers.plates import PlateKeys
from api.rules.document import BannedClass
from api.rules.in_force import RulesInForce, SiteRules


class SubjectGatherer:
    """The gatherer of the kind `subject`; shared by all worker threads.

    Args:
        database: where rules and registers are.
        plates: hashes and seals.
    """

    def __init__(self, database: Database, plates: PlateKeys) -> None:
        self._database = database
        self._plates = plates
        self._rules = RulesInForce()

    def sight(self, seen: Seen) -> "SubjectSighting":
        """Judge each vehicle of one frame by itself."""
        with self._database.read() as session:
            rules = self._rules.of_camera(session, seen.camera.id)
            if rules is None or not rules.rules:
                return SubjectSighting(seen, None, (), self._plates)
            vehicles = vehicles_in(
                seen.found,
                at=seen.metadata.captured_at,
                size=(seen.width, seen.height),
                flags=seen.metadata.flags or {},
            )
            vehicles = with_device_plates(
                vehicles,
                seen.external,
                at=seen.metadata.captured_at,
                size=(seen.width, seen.height),
            )
            return SubjectSighting(
                seen, rules, tuple(self._judged(session, rules, vehicles)), self._plates
            )

    def _judged(
        self, session: Session, rules: SiteRules, vehicles: Sequence[SeenVehicle]
    ) -> list[SeenVehicle]:
        read = {one.sight.reading.text for one in vehicles if one.sight.reading}
        found = registers.look_up(
            session, read=read, register_ids=set(rules.registers.values()), plates=self._plates
        )
        judged = []
        for one in vehicles:
            sight = one.sight
            day = sight.at.astimezone(rules.zone).date()
            matches = tuple(
                match
                for match in (found.get(sight.reading.text, ()) if sight.reading else ())
                if match.counts_on(day)
            )
            exempt = frozenset(
                rule.code
                for rule in rules.rules
                if isinstance(rule.when, BannedClass) and exempts(rule, rules, matches)
            )
            sight = replace(sight, matches=matches, exempt=exempt)
            if any(suspects(rule, rules, sight) for rule in rules.rules):
                judged.append(replace(one, sight=replace(sight, suspect=True)))
            else:
                judged.append(replace(one, sight=_forgotten(sight), told={}))
        return judged


@dataclass(frozen=True, slots=True)
class SubjectSighting:
    """What one frame says of vehicles; a picture is kept where one of them is suspect.

    Attributes:
        seen: what was seen.
        rules: those of the camera, None where none are in force.
        vehicles: each judged by itself.
        plates: hashes and seals.
    """

    seen: Seen
    rules: SiteRules | None
    vehicles: tuple[SeenVehicle, ...]
    plates: PlateKeys

    @property
    def keeps_picture(self) -> bool:
        """Whether a vehicle is suspect."""
        return any(one.sight.suspect for one in self.vehicles)

    def gather(
        self, session: Session, *, frame: Frame, detections: Sequence[Detection]
    ) -> list[Gathered]:
        """Put passages together around the frame, judge them, and bring findings up to date."""
        session.add_all(detections)
        session.flush()
        if self.rules is None or not self.vehicles:
            return []
        rows.lock_camera(session, frame.camera_id)
        rows.write(session, frame, self.vehicles, detections, self.plates)
        external_detections.keep_plates(
            session,
            frame_id=frame.id,
            of_suspects={
                position: (one.sight.key, text)
                for one in self.vehicles
                for position, text in one.told.items()
            },
            plates=self.plates,
        )
        around = rows.around(session, frame, self.plates)
        if not any(sight.suspect for sight in around.sights):
            return []
        return bring_up_to_date(
            session,
            frame=frame,
            camera=self.seen.camera,
            rules=self.rules,
            around=around,
            plates=self.plates,
        )


def _forgotten(sight: Sight) -> Sight:
    """Return a sight without what its plate says."""
    return replace(sight, reading=None, matches=())
