"""From what fell in a clip to findings: one for each fall, however many clips show it.

A fall is seen once more where an overlapping clip of the camera, or the same clip posted again,
shows something on the same way at the same time: that opens nothing. What follows within seconds
from the same origin (somebody empties a bag) is one matter too, as long as nobody has judged it.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.clips.models import Clip
from api.falls.media import KeptFall
from api.falls.models import Fall
from api.falls.pictures import show, unneeded
from api.falls.recorder import Recorder
from api.falls.views import distinct, falls_of, surest
from api.findings.models import Finding
from api.findings.states import FindingEvent, FindingState
from api.findings.upkeep import SYSTEM, change_state, is_reviewed
from api.frames.models import InspectingModel
from api.passages.rows import lock_camera
from inference.falling.clip_events import ClipEvents
from models.registry import ModelFile

_FLOOR_M, _SILL_M = 3.0, 1.0
# GB/T 3608-2008: grades of work at a height, by how far one would fall, metres.
_GRADES_M = (5.0, 15.0, 30.0)
_UNKNOWN_FLOOR = 3


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of what fell in a clip.

    Attributes:
        findings: those that its falls belong to, each once.
        unneeded: keys of objects that nothing refers to any more: to be removed from the store
            after the commit.
    """

    findings: list[Finding] = field(default_factory=list)
    unneeded: list[str] = field(default_factory=list)


def record_events(
    session: Session,
    *,
    clip: Clip,
    camera: Camera,
    model: ModelFile,
    found: ClipEvents,
    kept: Sequence[KeptFall],
) -> Recorded:
    """Give what fell in a clip its findings; recording a clip again changes nothing.

    Of every finding the pictures of its surest fall are kept. The clip itself is needed no more:
    what stays of it is in `kept`.

    Args:
        session: the open transaction that finishes the clip's job.
        clip: the clip, in the session.
        camera: its camera.
        model: what found them.
        found: what fell in it.
        kept: of each event, in their order (`api.falls.media.keep_media`).

    Raises:
        IntegrityError: another process opened the same finding at the same time; the transaction
            has to be tried again.
    """
    lock_camera(session, camera.id)
    if session.scalar(select(Fall.id).where(Fall.clip_id == clip.id).limit(1)) is not None:
        return Recorded(findings=list(_findings_of(session, clip)))
    _know(session, model)
    recorder = Recorder(session, clip, camera, model.digest, found)
    touched: dict[str, Finding] = {}
    candidates: dict[str, KeptFall] = {}
    for track, (event, media) in enumerate(zip(found.events, kept, strict=True)):
        fall, finding = recorder.record(track, event)
        touched[finding.id], candidates[fall.id] = finding, media
    keys = {key for media in kept for key in media.keys}
    for finding in touched.values():
        keys |= _bring_up_to_date(session, finding, candidates)
    return Recorded(findings=list(touched.values()), unneeded=unneeded(session, keys))


def hand_over(session: Session, finding: Finding, other: Finding) -> None:
    """Give the falls of a duplicate to the finding that it is; its pictures stay with it."""
    session.execute(update(Fall).where(Fall.finding_id == finding.id).values(finding_id=other.id))
    falls = falls_of(session, other)
    other.looks = distinct(falls)
    other.first_seen_at = min(fall.started_at for fall in falls)
    other.last_seen_at = max(fall.ended_at for fall in falls)


def severity(floor: int | None) -> int:
    """Return 1 to 4 by how far a thing fell from a floor, 3 where that is not known.

    The steps are those at which GB/T 3608-2008 grades work at a height: 5 m, 15 m and 30 m
    (GB 3608-2025, which replaced it in 2026, was not at hand). Floors are taken to be 3 m high,
    and things to be let go 1 m above theirs.
    """
    if floor is None:
        return _UNKNOWN_FLOOR
    return 1 + bisect_left(_GRADES_M, _FLOOR_M * (floor - 1) + _SILL_M)


def _know(session: Session, model: ModelFile) -> None:
    if session.get(InspectingModel, model.digest) is None:
        session.add(
            InspectingModel(
                digest=model.digest, name=model.name, version=model.version, variant=model.variant
            )
        )
        session.flush()


def _bring_up_to_date(
    session: Session, finding: Finding, candidates: Mapping[str, KeptFall]
) -> set[str]:
    """Make a finding say what its falls say; return the keys of pictures that it let go of."""
    falls = falls_of(session, finding)
    finding.looks = distinct(falls)
    finding.first_seen_at = min(fall.started_at for fall in falls)
    finding.last_seen_at = max(fall.ended_at for fall in falls)
    if is_reviewed(finding):
        return set()
    best = surest(falls)
    finding.confidence = max(fall.score for fall in falls)
    finding.severity = severity(best.floor)
    if finding.state is FindingState.CANDIDATE:
        change_state(session, finding, FindingEvent.ENOUGH_SEEN, actor=SYSTEM)
    return show(session, finding, best, candidates[best.id]) if best.id in candidates else set()


def _findings_of(session: Session, clip: Clip) -> Sequence[Finding]:
    return session.scalars(
        select(Finding)
        .join(Fall, Fall.finding_id == Finding.id)
        .where(Fall.clip_id == clip.id)
        .distinct()
        .order_by(Finding.id)
    ).all()
