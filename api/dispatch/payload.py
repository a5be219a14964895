"""What a message to a department tells, fixed in the transaction that makes it necessary."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.clips.models import Clip
from api.evidence.models import LOOK, Evidence, EvidenceClip
from api.falls.views import falls_of, surest
from api.findings.details import details_of
from api.findings.models import Finding
from api.frames.models import Detection, Frame
from api.routing.labels import routed
from inference.inspections import Kind

_PICTURES = 3


def facts(session: Session, *, case: Case, finding: Finding) -> dict[str, Any]:
    """Return what is said of a case: the case, the finding, its place and what proves it.

    `evidence_ids` and `clip_ids` become signed links when the message is sent, so that a late
    attempt does not carry expired ones. `proof` names the frame or the clip (SHA-256 of what came)
    and the model (SHA-256 of its file) behind the best detection. `details` is what only findings
    of its inspection have (of pests: plot, period, value, threshold; of falls: floor and column).
    `class_code` and `grid` are what the city's routing table and areas call it, where they do.
    `location` is None for a finding without a place.
    """
    special = details_of(session, finding)
    located = finding.latitude is not None and finding.longitude is not None
    return {
        "case": {
            "id": case.id,
            "number": case.number,
            "opened_at": case.created_at.isoformat(),
            **routed(session, [case])[case.id].model_dump(),
        },
        "finding": {
            "id": finding.id,
            "inspection": finding.inspection,
            "class": finding.class_name,
            "class_group": finding.class_group,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "looks": finding.looks,
            "size_m": finding.size_m,
            "first_seen_at": finding.first_seen_at.isoformat(),
            "last_seen_at": finding.last_seen_at.isoformat(),
            "details": special.model_dump(mode="json") if special else None,
        },
        "location": {
            "latitude": finding.latitude,
            "longitude": finding.longitude,
            "datum": "WGS-84",
            "accuracy_m": finding.accuracy_m,
        }
        if located
        else None,
        "evidence_ids": (pictures := _evidence(session, finding)),
        "clip_ids": _clips(session, pictures),
        "proof": _proof(session, finding),
    }


def _evidence(session: Session, finding: Finding) -> list[str]:
    """Return the ids of the newest pictures, the best detection's first."""
    best_frame = select(Detection.frame_id).where(Detection.id == finding.best_detection_id)
    query = (
        select(Evidence.id)
        .where(
            Evidence.finding_id == finding.id,
            Evidence.removed_at.is_(None),
            or_(Evidence.shows.is_(None), Evidence.shows != LOOK),
        )
        .order_by((Evidence.frame_id == best_frame.scalar_subquery()).desc(), Evidence.id.desc())
        .limit(_PICTURES)
    )
    return list(session.scalars(query))


def _clips(session: Session, evidence_ids: Sequence[str]) -> list[str]:
    """Return the ids of those pictures that have a video."""
    query = select(EvidenceClip.evidence_id).where(EvidenceClip.evidence_id.in_(evidence_ids))
    return sorted(session.scalars(query))


def _proof(session: Session, finding: Finding) -> dict[str, str | None] | None:
    if finding.kind == Kind.MOMENT:
        best = surest(falls_of(session, finding))
        clip = session.get_one(Clip, best.clip_id)
        return {"clip_sha256": clip.sha256, "model_digest": best.model_digest}
    row = session.execute(
        select(Frame.sha256, Detection.model_digest)
        .join(Detection, Detection.frame_id == Frame.id)
        .where(Detection.id == finding.best_detection_id)
    ).one_or_none()
    return {"frame_sha256": row[0], "model_digest": row[1]} if row else None
