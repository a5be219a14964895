"""The pictures of a finding of a fall: those of its surest fall, and no others."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.evidence.models import Evidence, EvidenceClip
from api.falls.media import PICTURE, VIDEO, KeptFall
from api.falls.models import Fall
from api.findings.models import Finding


def show(session: Session, finding: Finding, best: Fall, media: KeptFall) -> set[str]:
    """Show the surest fall; return the keys of what was shown before."""
    before = session.execute(
        select(Evidence, EvidenceClip)
        .join(EvidenceClip, EvidenceClip.evidence_id == Evidence.id)
        .where(Evidence.finding_id == finding.id)
    ).all()
    left = {
        key
        for picture, video in before
        for key in (picture.object_key, video.plain_key, video.annotated_key, video.original_key)
    }
    ids = [picture.id for picture, _ in before]
    session.execute(delete(EvidenceClip).where(EvidenceClip.evidence_id.in_(ids)))
    session.execute(delete(Evidence).where(Evidence.id.in_(ids)))
    picture = Evidence(
        finding_id=finding.id,
        camera_id=finding.camera_id,
        captured_at=best.started_at,
        width=best.width,
        height=best.height,
        object_key=media.strobe,
        content_type=PICTURE,
    )
    session.add(picture)
    session.flush()
    session.add(
        EvidenceClip(
            evidence_id=picture.id,
            plain_key=media.clip,
            annotated_key=media.overlay,
            original_key=media.original,
            content_type=VIDEO,
        )
    )
    session.flush()
    return left


def unneeded(session: Session, keys: set[str]) -> list[str]:
    """Return those keys that no evidence has."""
    used = set(session.scalars(select(Evidence.object_key).where(Evidence.object_key.in_(keys))))
    for column in (
        EvidenceClip.plain_key,
        EvidenceClip.annotated_key,
        EvidenceClip.original_key,
    ):
        used |= set(session.scalars(select(column).where(column.in_(keys))))
    return sorted(keys - used)
