"""Passes by a place: which frames covered it, and which showed a finding there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import cos, hypot, pi, sin
from typing import Protocol

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from api.coverage.footprint import SMALLEST_M, Polygon, covers
from api.coverage.models import Coverage
from api.findings.geodesy import RADIUS_68, LocalPlane, cells_around
from api.findings.models import Finding, FindingDetection, Look
from api.findings.scoring import confidence, rule_for
from api.findings.surroundings import PASS_GAP
from api.frames.models import Detection, Frame
from api.verification.models import Glimpse, LookOutcome

CELL_RESOLUTION = 10
_CELL_RINGS = 1  # a footprint's centre is less than a cell away from all of its points
_MOST_FRAMES = 3000
LONGEST = timedelta(minutes=10)
"""A camera that stands before a place takes another look after so long."""

_BESIDE = timedelta(seconds=10)  # frames from which a place may just be outside
_NEAR_SHARE = 0.5
"""Share of a footprint's depth that is near enough to say that nothing is there: at its far edge
(25 m from a bus) a hole of 0.6 m is 13 pixels wide for the model but 2 high, half-way 5."""

_AROUND = 8  # points on the circle in which the place may lie


@dataclass(frozen=True, slots=True)
class Covering:
    """A usable frame that covers a place, or part of where it may be.

    Attributes:
        frame_id: which.
        camera_id: whose.
        captured_at: when it was taken.
        received_at: when it came.
        has_picture: its picture is kept.
        footprint: what it covers of the ground, down to the size of the thing.
        is_near: the place is in the near part of that.
        accuracy_m: radius (68 %) of the footprint's place.
    """

    frame_id: str
    camera_id: str
    captured_at: datetime
    received_at: datetime
    has_picture: bool
    footprint: Polygon
    is_near: bool
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Sighted:
    """A detection that association has put onto the finding."""

    frame_id: str
    camera_id: str
    captured_at: datetime
    received_at: datetime
    score: float


@dataclass(frozen=True, slots=True)
class Glimpsed:
    """A frame that showed the place with a score too low to find anything."""

    frame_id: str
    camera_id: str
    captured_at: datetime
    received_at: datetime
    score: float


class _Moment(Protocol):
    @property
    def camera_id(self) -> str: ...
    @property
    def captured_at(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...


@dataclass(slots=True)
class PassBy:
    """What one camera took of a place with gaps of at most two minutes.

    Attributes:
        camera_id: which.
        first_at: its first frame of the place.
        last_at: its last frame of the place.
        received_at: when the last of them came.
        covering: its frames that cover the place.
        sighted: its detections of the finding.
        glimpsed: its frames with something too faint for a detection there.
    """

    camera_id: str
    first_at: datetime
    last_at: datetime
    received_at: datetime
    covering: list[Covering] = field(default_factory=list)
    sighted: list[Sighted] = field(default_factory=list)
    glimpsed: list[Glimpsed] = field(default_factory=list)

    @property
    def score(self) -> float | None:
        """The best score of a detection."""
        return max((one.score for one in self.sighted), default=None)

    @property
    def sightings(self) -> int:
        """Frames that show the finding."""
        return len({one.frame_id for one in self.sighted})


def passes_by(
    session: Session,
    finding: Finding,
    *,
    since: datetime,
    until: datetime | None = None,
    camera_id: str | None = None,
) -> list[PassBy]:
    """Return the passes by a finding's place, oldest first.

    Args:
        session: the open transaction.
        finding: with a place.
        since: passes that began then or later.
        until: frames taken before then.
        camera_id: of this camera; None means any.
    """
    moments: list[Covering | Sighted | Glimpsed] = [
        *_covering(session, finding, since - PASS_GAP, until, camera_id),
        *_sighted(session, finding, since - PASS_GAP, until, camera_id),
        *_glimpsed(session, finding, since - PASS_GAP, until, camera_id),
    ]
    moments.sort(key=lambda one: (one.captured_at, one.frame_id))
    found: list[PassBy] = []
    newest: dict[str, PassBy] = {}
    for moment in moments:
        current = newest.get(moment.camera_id)
        at = moment.captured_at
        if current is None or at - current.last_at > PASS_GAP or at - current.first_at >= LONGEST:
            current = PassBy(moment.camera_id, at, at, moment.received_at)
            newest[moment.camera_id] = current
            found.append(current)
        current.last_at = at
        current.received_at = max(current.received_at, moment.received_at)
        if isinstance(moment, Covering):
            current.covering.append(moment)
        elif isinstance(moment, Sighted):
            current.sighted.append(moment)
        else:
            current.glimpsed.append(moment)
    return [one for one in found if one.first_at >= since]


def newer_since(
    session: Session, finding: Finding, *, since: datetime, received_after: datetime
) -> datetime | None:
    """Return when the oldest frame was taken of those lately come that cover or show a place.

    Args:
        session: the open transaction.
        finding: with a place.
        since: only frames taken then or later.
        received_after: only frames that came after that.
    """
    if finding.latitude is None or finding.longitude is None:
        return None
    cells = cells_around(finding.latitude, finding.longitude, CELL_RESOLUTION, _CELL_RINGS)
    oldest = select(func.min(Frame.captured_at)).where(
        Frame.captured_at >= since, Frame.received_at > received_after
    )
    covering = oldest.join(Coverage, Coverage.frame_id == Frame.id).where(
        Coverage.cell.in_(cells),
        Coverage.inspection == finding.inspection,
        Coverage.captured_at >= since,
    )
    showing = (
        oldest.join(Detection, Detection.frame_id == Frame.id)
        .join(FindingDetection, FindingDetection.detection_id == Detection.id)
        .where(FindingDetection.finding_id == finding.id)
    )
    found = [at for query in (covering, showing) if (at := session.scalar(query))]
    return min(found, default=None)


def outcome_of(finding: Finding, one: PassBy, before: Sequence[float]) -> LookOutcome:
    """Say what a pass means.

    A hit is what would be enough to ask an operator about a finding (`GroupRule.is_enough`): one
    sure detection or several frames, of this pass or together with what other passes have seen
    since the claim. Less than that is doubtful: it neither closes nor reopens.

    Args:
        finding: looked for.
        one: the pass.
        before: the best scores of the doubtful passes since the claim.
    """
    if one.score is not None:
        rule = rule_for(finding.inspection, finding.class_group)
        alone = rule.is_enough(confidence([one.score]), one.sightings)
        together = confidence([one.score, *before]) >= rule.min_confidence
        return LookOutcome.HIT if alone or together else LookOutcome.DOUBTFUL
    if one.glimpsed:
        return LookOutcome.DOUBTFUL
    return LookOutcome.CLEAN if _is_covered(finding, one.covering) else LookOutcome.OUTSIDE


def has_rival(session: Session, finding: Finding, one: PassBy) -> bool:
    """Say whether a pass saw something that may be the finding but was given to another one.

    That is a detection of its class group nearer than two standard deviations of both places,
    unless some pass has seen both findings: then they are known to be two.
    """
    if finding.latitude is None or finding.longitude is None:
        return False
    rows = session.execute(
        select(Detection, FindingDetection.finding_id)
        .join(Frame, Frame.id == Detection.frame_id)
        .join(FindingDetection, FindingDetection.detection_id == Detection.id)
        .where(
            Frame.camera_id == one.camera_id,
            Frame.captured_at.between(one.first_at - _BESIDE, one.last_at + _BESIDE),
            Detection.inspection == finding.inspection,
            Detection.class_group == finding.class_group,
            FindingDetection.finding_id != finding.id,
        )
    )
    here = LocalPlane(finding.latitude, finding.longitude)
    near = {
        finding_id
        for detection, finding_id in rows
        if hypot(*here.to_plane(detection.latitude or 0.0, detection.longitude or 0.0))
        <= 2 * hypot(detection.accuracy_m or 0.0, finding.accuracy_m or 0.0) / RADIUS_68
    }
    if not near:
        return False
    mine = select(Look.pass_key).where(Look.finding_id == finding.id)
    told_apart = set(
        session.scalars(
            select(Look.finding_id).where(Look.finding_id.in_(near), Look.pass_key.in_(mine))
        )
    )
    return bool(near - told_apart)


def _is_covered(finding: Finding, frames: Sequence[Covering]) -> bool:
    """Say whether frames together cover a place wherever it may lie, one of them from near by."""
    if not any(one.is_near for one in frames):
        return False
    points = _circle(finding, min(one.accuracy_m for one in frames))
    return all(any(covers(one.footprint, *point) for one in frames) for point in points)


def _circle(finding: Finding, accuracy_m: float) -> list[tuple[float, float]]:
    """Return latitude and longitude of where a place may lie: its centre and eight points.

    The circle holds the place with 68 %, its own accuracy and that of the pass together.
    """
    plane = LocalPlane(finding.latitude or 0.0, finding.longitude or 0.0)
    radius = hypot(finding.accuracy_m or 0.0, accuracy_m)
    turns = [2 * pi * n / _AROUND for n in range(_AROUND)]
    points = [(0.0, 0.0), *((radius * cos(turn), radius * sin(turn)) for turn in turns)]
    return [plane.to_wgs84(*point) for point in points]


def _covering(
    session: Session,
    finding: Finding,
    since: datetime,
    until: datetime | None,
    camera_id: str | None,
) -> Iterator[Covering]:
    if finding.latitude is None or finding.longitude is None:
        return
    cells = cells_around(finding.latitude, finding.longitude, CELL_RESOLUTION, _CELL_RINGS)
    query = (
        select(Coverage, Frame.received_at, Frame.object_key.is_not(None))
        .join(Frame, Frame.id == Coverage.frame_id)
        .where(
            Coverage.cell.in_(cells),
            Coverage.inspection == finding.inspection,
            Coverage.captured_at >= since,
            Coverage.usable,
        )
        .order_by(Coverage.captured_at.desc())
        .limit(_MOST_FRAMES)
    )
    if until is not None:
        query = query.where(Coverage.captured_at < until)
    if camera_id is not None:
        query = query.where(Coverage.camera_id == camera_id)
    share = min(1.0, (finding.size_m or SMALLEST_M) / SMALLEST_M)
    for row, received_at, has_picture in session.execute(query):
        if row.footprint is None:
            continue
        ground = _nearer(row.footprint, share)
        accuracy = row.accuracy_m or 0.0
        if any(covers(ground, *point) for point in _circle(finding, accuracy)):
            yield Covering(
                row.frame_id,
                row.camera_id,
                row.captured_at,
                received_at,
                has_picture,
                ground,
                covers(_nearer(ground, _NEAR_SHARE), finding.latitude, finding.longitude),
                accuracy,
            )


def _nearer(footprint: Polygon, share: float) -> Polygon:
    """Return a footprint cut to that share of its depth: what is smaller must be nearer."""
    near_left, near_right, far_right, far_left = footprint
    return [
        near_left,
        near_right,
        [near + share * (far - near) for near, far in zip(near_right, far_right, strict=True)],
        [near + share * (far - near) for near, far in zip(near_left, far_left, strict=True)],
    ]


def _sighted(
    session: Session,
    finding: Finding,
    since: datetime,
    until: datetime | None,
    camera_id: str | None,
) -> Iterator[Sighted]:
    conditions = [FindingDetection.finding_id == finding.id, Frame.captured_at >= since]
    if until is not None:
        conditions.append(Frame.captured_at < until)
    if camera_id is not None:
        conditions.append(Frame.camera_id == camera_id)
    query = (
        select(Frame.id, Frame.camera_id, Frame.captured_at, Frame.received_at, Detection.score)
        .join(Detection, Detection.frame_id == Frame.id)
        .join(FindingDetection, FindingDetection.detection_id == Detection.id)
        .where(and_(*conditions))
        .order_by(Frame.captured_at.desc())
        .limit(_MOST_FRAMES)
    )
    for row in session.execute(query):
        yield Sighted(*row)


def _glimpsed(
    session: Session,
    finding: Finding,
    since: datetime,
    until: datetime | None,
    camera_id: str | None,
) -> Iterator[Glimpsed]:
    query = (
        select(
            Glimpse.frame_id,
            Glimpse.camera_id,
            Glimpse.captured_at,
            Frame.received_at,
            Glimpse.score,
        )
        .join(Frame, Frame.id == Glimpse.frame_id)
        .where(Glimpse.finding_id == finding.id, Glimpse.captured_at >= since)
        .order_by(Glimpse.captured_at.desc())
        .limit(_MOST_FRAMES)
    )
    if until is not None:
        query = query.where(Glimpse.captured_at < until)
    if camera_id is not None:
        query = query.where(Glimpse.camera_id == camera_id)
    for row in session.execute(query):
        yield Glimpsed(*row)
