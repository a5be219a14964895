"""What has been kept long enough, and what there is."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from api.cases.models import Case
from api.evidence.models import Evidence
from api.findings.models import Finding
from api.findings.states import FindingState
from api.frames.models import Frame
from api.retention.models import RetentionKind
from api.sites.models import SiteFrame

UNREVIEWED = (FindingState.CANDIDATE, FindingState.PENDING_REVIEW, FindingState.DEFERRED)
_OVER = (
    FindingState.REJECTED,
    FindingState.DUPLICATE,
    FindingState.EXPIRED_UNREVIEWED,
    FindingState.WITHDRAWN,
)


def kept(kind: RetentionKind) -> tuple[Select[Any], InstrumentedAttribute[datetime]]:
    """Return the ids of everything of a kind that is kept, and since when each is."""
    if kind is RetentionKind.UNREVIEWED:
        return select(Finding.id).where(Finding.state.in_(UNREVIEWED)), Finding.last_seen_at
    if kind is RetentionKind.EVIDENCE:
        ids = select(Evidence.id).join(Finding, Finding.id == Evidence.finding_id)
        return ids.where(Evidence.removed_at.is_(None)), Evidence.created_at
    pictures = select(Frame.id).where(
        Frame.object_key.is_not(None),
        ~exists().where(Evidence.object_key == Frame.object_key),
        # Those of sites are removed as soon as they were put together.
        ~exists().where(SiteFrame.frame_id == Frame.id, ~SiteFrame.erased),
    )
    return pictures, Frame.received_at


def due(kind: RetentionKind, before: datetime) -> Select[Any]:
    """Return the ids of what may be removed.

    Args:
        kind: of what.
        before: what is older has been kept long enough. Findings count from when they were last
            seen, their evidence from the last change of finding and case, pictures from when they
            were received.
    """
    ids, since = kept(kind)
    if kind is RetentionKind.EVIDENCE:
        return ids.where(_is_over(before)).order_by(Evidence.id)
    return ids.where(since < before).order_by(since)


def _is_over(before: datetime) -> ColumnElement[bool]:
    """Say of a finding that nothing about it, or its cases, has changed since it was over."""
    case_goes_on = exists().where(
        Case.finding_id == Finding.id,
        or_(Case.open_finding_id.is_not(None), Case.updated_at >= before),
    )
    return and_(
        Finding.updated_at < before,
        or_(Finding.state.in_(_OVER), Finding.state == FindingState.CASED),
        ~case_goes_on,
    )
