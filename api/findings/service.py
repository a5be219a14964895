"""Findings, listed and shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from api.areas import BoundingBox
from api.cameras.models import Camera
from api.errors import NotFound
from api.evidence.models import Evidence, EvidenceClip
from api.evidence.redaction import with_bystanders
from api.evidence.signing import Rendition, clip_path, picture_path
from api.external_detections import service as external_detections
from api.falls.media import BEFORE_S
from api.findings.details import details_of
from api.findings.geodesy import cells_around, distance_m
from api.findings.locks import MAP_RESOLUTION, MAP_RINGS
from api.findings.looks import looks_of
from api.findings.models import Finding, FindingDetection
from api.findings.schemas import (
    ClipLinks,
    DetectionView,
    EvidenceView,
    FindingDetail,
    FindingSummary,
    ModelName,
)
from api.findings.states import FindingState, possible_events
from api.findings.summaries import summarise
from api.frames.models import Detection, Frame, InspectingModel
from api.principal import Principal
from api.reviews import views as reviews

S = TypeVar("S", bound=Select[*tuple[Any, ...]])

NEARBY_M = 50.0
_MOST_NEARBY = 20
_MOST_DETECTIONS = 200


class Order(StrEnum):
    """Which finding comes first."""

    PRIORITY = "priority"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of findings is narrowed to; None and nothing mean everything.

    Attributes:
        states: in one of these.
        inspection: of this inspection.
        class_name: of this class.
        camera: first seen by this camera, by its id or name.
        min_severity: at least this severe, 1 to 4.
        within: in this area.
        visible: the ids of the cameras that the caller may see.
    """

    states: Collection[FindingState] = ()
    inspection: str | None = None
    class_name: str | None = None
    camera: str | None = None
    min_severity: int | None = None
    within: BoundingBox | None = None
    visible: Collection[str] | None = None

    def apply(self, query: S) -> S:
        """Return a query of findings with these conditions."""
        if self.states:
            query = query.where(Finding.state.in_(self.states))
        if self.inspection is not None:
            query = query.where(Finding.inspection == self.inspection)
        if self.class_name is not None:
            query = query.where(Finding.class_name == self.class_name)
        if self.camera is not None:
            named = select(Camera.id).where(
                or_(Camera.id == self.camera, Camera.name == self.camera)
            )
            query = query.where(Finding.camera_id.in_(named))
        if self.min_severity is not None:
            query = query.where(Finding.severity >= self.min_severity)
        if self.within is not None:
            query = query.where(self.within.holds(Finding.latitude, Finding.longitude))
        if self.visible is not None:
            query = query.where(Finding.camera_id.in_(self.visible))
        return query


SORT_KEYS: dict[Order, tuple[str, ...]] = {
    Order.PRIORITY: ("severity", "confidence", "first_seen_at", "id"),
    Order.NEWEST: ("first_seen_at", "id"),
}


def findings(
    session: Session,
    *,
    limit: int,
    filters: Filters,
    order: Order = Order.PRIORITY,
    after: Sequence[Any] | None = None,
) -> Sequence[Finding]:
    """Return findings, one more than `limit` if there are more.

    Args:
        session: the open transaction.
        limit: the items of a page.
        filters: which.
        order: `priority`: the most severe, then the surest, then the oldest first.
        after: the sort key that the page begins after (`SORT_KEYS`).
    """
    severity, confidence, seen = Finding.severity, Finding.confidence, Finding.first_seen_at
    query = filters.apply(select(Finding)).limit(limit + 1)
    if order is Order.NEWEST:
        query = query.order_by(seen.desc(), Finding.id.desc())
        if after is not None:
            query = query.where(seen <= after[0], or_(seen < after[0], Finding.id < after[1]))
        return session.scalars(query).all()
    query = query.order_by(severity.desc(), confidence.desc(), seen, Finding.id)
    if after is not None:
        query = query.where(
            severity <= after[0],
            or_(
                severity < after[0],
                confidence < after[1],
                and_(confidence == after[1], seen > after[2]),
                and_(confidence == after[1], seen == after[2], Finding.id > after[3]),
            ),
        )
    return session.scalars(query).all()


def get_finding(session: Session, finding_id: str, principal: Principal) -> Finding:
    """Return a finding.

    Raises:
        NotFound: there is none, or its camera may not be seen.
    """
    finding = session.get(Finding, finding_id)
    if finding is None or not principal.may_see(finding.camera_id):
        raise NotFound("There is no finding with this id.", code="finding-not-found")
    return finding


def detail(session: Session, finding: Finding, *, visible: Collection[str] | None) -> FindingDetail:
    """Return a finding with all that is known of it.

    Args:
        session: the open transaction.
        finding: which.
        visible: the ids of the cameras that the caller may see; None means every camera.
    """
    (summary,) = summarise(session, [finding], visible=visible)
    detections = _detections(session, finding, visible)
    evidence = _evidence(session, finding, visible)
    frame_ids = {one.frame_id for one in detections}
    frame_ids |= {one.frame_id for one in evidence if one.frame_id is not None}
    return FindingDetail(
        **dict(summary),
        details=details_of(session, finding),
        detections=detections,
        external=external_detections.of_frames(session, frame_ids),
        passes=looks_of(session, finding, visible=visible),
        reviews=reviews.of_finding(session, finding.id),
        nearby=nearby(session, finding, visible=visible),
        evidence=evidence,
        events=possible_events(finding.state),
    )


def nearby(
    session: Session, finding: Finding, *, visible: Collection[str] | None
) -> list[FindingSummary]:
    """Return the other findings of the inspection within 50 m, nearest first."""
    if finding.latitude is None or finding.longitude is None:
        return []
    here = (finding.latitude, finding.longitude)
    query = Filters(inspection=finding.inspection, visible=visible).apply(
        select(Finding).where(
            Finding.cell.in_(cells_around(*here, MAP_RESOLUTION, MAP_RINGS)),
            Finding.id != finding.id,
            Finding.state != FindingState.DUPLICATE,
        )
    )
    near = sorted(
        (metres, other.id, other)
        for other in session.scalars(query)
        if other.latitude is not None
        and other.longitude is not None
        and (metres := distance_m(here, (other.latitude, other.longitude))) <= NEARBY_M
    )
    return summarise(session, [other for _, _, other in near[:_MOST_NEARBY]], visible=visible)


def _detections(
    session: Session, finding: Finding, visible: Collection[str] | None
) -> list[DetectionView]:
    query = (
        select(Detection, Frame.captured_at, Frame.camera_id, InspectingModel)
        .join(FindingDetection, FindingDetection.detection_id == Detection.id)
        .join(Frame, Frame.id == Detection.frame_id)
        .join(InspectingModel, InspectingModel.digest == Detection.model_digest)
        .where(FindingDetection.finding_id == finding.id)
        .order_by(Frame.captured_at.desc(), Detection.id)
        .limit(_MOST_DETECTIONS)
    )
    if visible is not None:
        query = query.where(Frame.camera_id.in_(visible))
    return [
        DetectionView(
            id=detection.id,
            frame_id=detection.frame_id,
            captured_at=captured_at,
            camera_id=camera_id,
            class_name=detection.class_name,
            score=round(detection.score, 4),
            box=(detection.x1, detection.y1, detection.x2, detection.y2),
            latitude=detection.latitude,
            longitude=detection.longitude,
            accuracy_m=detection.accuracy_m,
            model=ModelName.model_validate(model),
        )
        for detection, captured_at, camera_id, model in session.execute(query)
    ]


def _evidence(
    session: Session, finding: Finding, visible: Collection[str] | None
) -> list[EvidenceView]:
    captured_at = func.coalesce(Frame.captured_at, Evidence.captured_at)
    query = (
        select(Evidence, captured_at, EvidenceClip)
        .outerjoin(Frame, Frame.id == Evidence.frame_id)
        .outerjoin(EvidenceClip, EvidenceClip.evidence_id == Evidence.id)
        .where(Evidence.finding_id == finding.id, Evidence.removed_at.is_(None))
        .order_by(captured_at, Evidence.id)
    )
    if visible is not None:
        query = query.where(Evidence.camera_id.in_(visible))
    hiding = with_bystanders(session, finding.id)
    return [
        EvidenceView(
            id=evidence.id,
            frame_id=evidence.frame_id,
            shows=evidence.shows,
            captured_at=at,
            redacted=clip is not None or evidence.frame_id in hiding,
            plain_url=picture_path(evidence.id, Rendition.PLAIN),
            annotated_url=picture_path(evidence.id, Rendition.ANNOTATED),
            clip=ClipLinks(
                content_type=clip.content_type,
                starts_at=at - timedelta(seconds=BEFORE_S),
                plain_url=clip_path(evidence.id, Rendition.PLAIN),
                annotated_url=clip_path(evidence.id, Rendition.ANNOTATED),
            )
            if clip is not None
            else None,
        )
        for evidence, at, clip in session.execute(query)
    ]
