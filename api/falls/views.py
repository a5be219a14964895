"""Falls put together for those who look at them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.falls.models import Fall
from api.falls.schemas import FallDetails, FallView, OriginView, Span
from api.findings.models import Finding


def falls_of(session: Session, finding: Finding) -> Sequence[Fall]:
    """Return the falls of a finding, in the order in which they began."""
    return session.scalars(
        select(Fall).where(Fall.finding_id == finding.id).order_by(Fall.started_at, Fall.id)
    ).all()


def surest(falls: Sequence[Fall]) -> Fall:
    """Return the fall that is shown: confirmed before suspected, by score, length and time."""
    return max(falls, key=lambda fall: (fall.status == "confirmed", fall.score, len(fall.path)))


def distinct(falls: Sequence[Fall]) -> int:
    """Count what fell, whatever number of clips shows it."""
    return sum(fall.same_as is None for fall in falls)


def details(session: Session, finding: Finding) -> FallDetails | None:
    """Return what fell and from where, None for a duplicate, whose falls are the other's."""
    falls = falls_of(session, finding)
    if not falls:
        return None
    best = surest(falls)
    return FallDetails(
        status=best.status,
        score=round(best.score, 4),
        started_at=best.started_at,
        ended_at=best.ended_at,
        origin=_origin(best),
        things=distinct(falls),
        falls=[_view(fall) for fall in falls],
    )


def _view(fall: Fall) -> FallView:
    return FallView(
        clip_id=fall.clip_id,
        status=fall.status,
        score=round(fall.score, 4),
        started_at=fall.started_at,
        ended_at=fall.ended_at,
        same=fall.same_as is not None,
        width=fall.width,
        height=fall.height,
        track=[(seconds, x, y) for seconds, x, y in fall.path],
        origin=_origin(fall),
    )


def _origin(fall: Fall) -> OriginView:
    return OriginView(
        x=round(fall.origin_x, 1),
        y=round(fall.origin_y, 1),
        uncertainty_px=round(fall.uncertainty_px, 1),
        floor=_span(fall.floor_low, fall.floor, fall.floor_high),
        column=_span(fall.column_low, fall.column, fall.column_high),
    )


def _span(low: int | None, likely: int | None, high: int | None) -> Span | None:
    if low is None or likely is None or high is None:
        return None
    return Span(low=low, likely=likely, high=high)
