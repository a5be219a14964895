"""Findings put together for those who look at them, in a handful of queries for any number."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.cases.models import Case
from api.evidence.models import Evidence
from api.evidence.signing import Rendition, picture_path
from api.findings.models import Finding, FindingDetection
from api.findings.schemas import CameraName, FindingSummary, Picture, PictureBox
from api.frames.models import Detection, Frame


def summarise(
    session: Session, findings: Sequence[Finding], *, visible: Collection[str] | None = None
) -> list[FindingSummary]:
    """Return findings as lists show them, in the same order.

    Args:
        session: the open transaction.
        findings: which.
        visible: the ids of the cameras whose pictures may be shown; None means every camera.
    """
    cameras = {
        camera.id: camera
        for camera in session.scalars(
            select(Camera).where(Camera.id.in_({finding.camera_id for finding in findings}))
        )
    }
    pictures = _pictures(session, findings, visible)
    cases = {
        case.finding_id: case.id
        for case in session.execute(
            select(Case.finding_id, Case.id)
            .where(Case.finding_id.in_([finding.id for finding in findings]))
            .order_by(Case.id)
        )
    }
    return [
        FindingSummary(
            id=finding.id,
            inspection=finding.inspection,
            kind=finding.kind,
            class_name=finding.class_name,
            class_group=finding.class_group,
            state=finding.state,
            severity=finding.severity,
            confidence=round(finding.confidence, 4),
            looks=finding.looks,
            camera=CameraName.model_validate(cameras[finding.camera_id]),
            latitude=finding.latitude,
            longitude=finding.longitude,
            accuracy_m=finding.accuracy_m,
            size_m=finding.size_m,
            first_seen_at=finding.first_seen_at,
            last_seen_at=finding.last_seen_at,
            duplicate_of=finding.duplicate_of,
            case_id=cases.get(finding.id),
            picture=pictures.get(finding.id),
        )
        for finding in findings
    ]


def _pictures(
    session: Session, findings: Sequence[Finding], visible: Collection[str] | None
) -> dict[str, Picture]:
    """Return the picture that shows each finding best and may be seen, by the finding's id.

    Of frames that is the one with the best detection; a picture that is no frame's shows all.
    """
    shown = (
        select(Evidence, Frame.width, Frame.height, Detection)
        .join(Frame, Frame.id == Evidence.frame_id)
        .join(Detection, Detection.frame_id == Frame.id)
        .join(
            FindingDetection,
            (FindingDetection.detection_id == Detection.id)
            & (FindingDetection.finding_id == Evidence.finding_id),
        )
        .where(
            Evidence.finding_id.in_([finding.id for finding in findings]),
            Evidence.removed_at.is_(None),
        )
        .order_by(Detection.score.desc(), Detection.id)
    )
    if visible is not None:
        shown = shown.where(Evidence.camera_id.in_(visible))
    pictures: dict[str, tuple[Evidence, int, int]] = {}
    boxes: dict[str, list[PictureBox]] = defaultdict(list)
    for evidence, width, height, detection in session.execute(shown):
        pictures.setdefault(evidence.finding_id, (evidence, width, height))
        boxes[evidence.id].append(
            PictureBox(
                class_name=detection.class_name,
                score=round(detection.score, 4),
                box=(detection.x1, detection.y1, detection.x2, detection.y2),
            )
        )
    made = select(Evidence).where(
        Evidence.finding_id.in_([finding.id for finding in findings]),
        Evidence.frame_id.is_(None),
        Evidence.removed_at.is_(None),
    )
    if visible is not None:
        made = made.where(Evidence.camera_id.in_(visible))
    for evidence in session.scalars(made.order_by(Evidence.id)):
        size = (evidence.width or 0, evidence.height or 0)
        pictures.setdefault(evidence.finding_id, (evidence, *size))
    return {
        finding_id: Picture(
            evidence_id=evidence.id,
            plain_url=picture_path(evidence.id, Rendition.PLAIN),
            annotated_url=picture_path(evidence.id, Rendition.ANNOTATED),
            width=width,
            height=height,
            boxes=boxes[evidence.id],
        )
        for finding_id, (evidence, width, height) in pictures.items()
    }
