"""Baselines: proposed, approved by a person, superseded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.baselines.models import Baseline
from api.baselines.states import BASELINE_MACHINE, BaselineEvent, BaselineState
from api.database import now

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Learned:
    """The picture that a baseline has become.

    Attributes:
        object_key: of the picture, which is in the object store.
        width: pixels.
        height: pixels.
        frames: id, SHA-256 and time of each frame that it is the median of, oldest first.
        warnings: what is less than it should be.
    """

    object_key: str
    width: int
    height: int
    frames: list[dict[str, Any]]
    warnings: list[str]


def standing(session: Session, *, camera_id: str) -> dict[str, Baseline]:
    """Return the baselines of a camera that no other one has taken the place of, by light."""
    rows = session.scalars(
        select(Baseline).where(Baseline.camera_id == camera_id, Baseline.open_key.is_not(None))
    )
    return {row.light: row for row in rows}


def propose(session: Session, *, camera_id: str, light: str, learned: Learned) -> Baseline:
    """Put a learned picture before a person, who can approve it.

    Raises:
        IntegrityError: another one stands.
    """
    baseline = Baseline(
        camera_id=camera_id,
        light=light,
        open_key=f"{camera_id}/{light}",
        object_key=learned.object_key,
        width=learned.width,
        height=learned.height,
        frames=learned.frames,
        warnings=learned.warnings,
    )
    session.add(baseline)
    session.flush()
    _record(session, baseline, SYSTEM, "baseline.propose", None, None)
    return baseline


def approve(session: Session, *, baseline: Baseline, actor: str, reason: str) -> None:
    """Take a person's word that nothing illegal stands in a proposed baseline.

    Raises:
        Conflict: it is not proposed.
    """
    before = baseline.state
    baseline.state = BASELINE_MACHINE.next_state(before, BaselineEvent.APPROVE)
    baseline.approved_at, baseline.approved_by = now(), actor
    _record(session, baseline, actor, "baseline.approve", before, reason)


def supersede(session: Session, *, baseline: Baseline, actor: str, reason: str) -> None:
    """End a baseline; it stays on record as it was.

    Raises:
        Conflict: it has ended already.
    """
    before = baseline.state
    baseline.state = BASELINE_MACHINE.next_state(before, BaselineEvent.SUPERSEDE)
    baseline.open_key, baseline.ended_at = None, now()
    _record(session, baseline, actor, "baseline.supersede", before, reason)
    session.flush()


def baselines(
    session: Session, *, camera_id: str, limit: int, before_id: str | None = None
) -> Sequence[Baseline]:
    """Return the baselines of a camera, newest first, one more than `limit` if there are more."""
    query = (
        select(Baseline)
        .where(Baseline.camera_id == camera_id)
        .order_by(Baseline.id.desc())
        .limit(limit + 1)
    )
    if before_id:
        query = query.where(Baseline.id < before_id)
    return session.scalars(query).all()


def _record(
    session: Session,
    baseline: Baseline,
    actor: str,
    action: str,
    before: BaselineState | None,
    reason: str | None,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="baseline",
        object_id=baseline.id,
        before={"state": before.value} if before else None,
        after={
            "state": baseline.state.value,
            "camera_id": baseline.camera_id,
            "light": baseline.light,
            "frames": len(baseline.frames),
            "warnings": baseline.warnings,
        },
        reason=reason,
    )
