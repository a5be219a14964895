"""The looks at a finding of a place, put together for those who look at them."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.evidence.models import Evidence
from api.findings.models import Finding, FindingDetection, Look
from api.findings.schemas import CameraName, LookView
from api.frames.models import Detection

_MOST_LOOKS = 50


def looks_of(
    session: Session, finding: Finding, *, visible: Collection[str] | None
) -> list[LookView]:
    """Return the newest 50 looks at a finding, newest first; other kinds than places have none.

    Args:
        session: the open transaction.
        finding: which.
        visible: the ids of the cameras that the caller may see; None means every camera.
    """
    query = (
        select(Look, Camera)
        .join(Camera, Camera.id == Look.camera_id)
        .where(Look.finding_id == finding.id)
        .order_by(Look.last_at.desc(), Look.id)
        .limit(_MOST_LOOKS)
    )
    if visible is not None:
        query = query.where(Look.camera_id.in_(visible))
    pictures = _pictures(session, finding)
    return [
        LookView(
            id=look.id,
            pass_key=look.pass_key,
            camera=CameraName.model_validate(camera),
            first_at=look.first_at,
            last_at=look.last_at,
            frames=look.frames,
            score=round(look.score, 4),
            size_m=look.size_m,
            heading_deg=look.heading_deg,
            evidence_id=pictures.get(look.id),
        )
        for look, camera in session.execute(query)
    ]


def _pictures(session: Session, finding: Finding) -> dict[str, str]:
    """Return the kept picture that shows each look best, by the look's id."""
    rows = session.execute(
        select(FindingDetection.look_id, Evidence.id)
        .join(Detection, Detection.id == FindingDetection.detection_id)
        .join(
            Evidence,
            (Evidence.frame_id == Detection.frame_id)
            & (Evidence.finding_id == FindingDetection.finding_id)
            & Evidence.removed_at.is_(None),
        )
        .where(FindingDetection.finding_id == finding.id)
        .order_by(Detection.score, Detection.id.desc())
    )
    return dict(rows.tuples().all())
