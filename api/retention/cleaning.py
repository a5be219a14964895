"""The clean-up: what was kept long enough is removed, part by part, each with its audit record.

Rows stay, with the hashes and times by which a case traces back to its frames; what goes are the
pictures and videos. The store comes first: what a crash leaves behind is a row, by which it is
done once more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.audit import service as audit
from api.baselines.models import Baseline
from api.database import Database, now
from api.evidence.models import Evidence, EvidenceClip
from api.evidence.objects import ObjectStore, verified_digest
from api.findings.models import Finding
from api.findings.states import FindingEvent, FindingState
from api.findings.upkeep import SYSTEM, change_state, take_off_map
from api.frames.models import Frame
from api.periodic import every
from api.retention.due import UNREVIEWED, due
from api.retention.models import RetentionKind, RetentionLimit
from api.retention.service import cutoff
from api.sites.models import Composite

_EVERY_S = 3600.0
_AT_ONCE = 200
_WHY = "nobody reviewed it before its time was over"
_CLIP_KEYS = (EvidenceClip.plain_key, EvidenceClip.annotated_key, EvidenceClip.original_key)
_OTHERS: tuple[InstrumentedAttribute[str], ...] = (
    Evidence.object_key,
    *_CLIP_KEYS,
    Composite.object_key,
    Baseline.object_key,
)
_log = structlog.get_logger()


def clean(database: Database, objects: ObjectStore, *, at: datetime | None = None) -> bool:
    """Remove one part of what was kept long enough.

    Args:
        database: where it is told.
        objects: where pictures and videos are.
        at: the present time.

    Returns:
        Whether there may be more.

    Raises:
        ObjectStoreError: an object could not be removed; the next call tries again.
    """
    at = at or now()
    removed = 0
    with database.read() as session:
        limits = {limit.kind: limit.days for limit in session.scalars(select(RetentionLimit))}
    for kind, days in limits.items():
        if days is None:
            continue
        with database.write() as session:
            ids = session.scalars(due(kind, cutoff(days, at=at)).limit(_AT_ONCE)).all()
            if not ids:
                continue
            count = _REMOVE[kind](session, objects, ids, at)
            audit.record(
                session,
                actor=SYSTEM,
                action="retention.clean",
                object_type="retention",
                object_id=kind.value,
                after={"removed": count, "days": days},
            )
            removed += count
    return removed > 0


def _expire(session: Session, _: ObjectStore, ids: Sequence[str], __: datetime) -> int:
    findings = session.scalars(
        select(Finding)
        .where(Finding.id.in_(ids), Finding.state.in_(UNREVIEWED))
        .with_for_update(skip_locked=True)
    ).all()
    waited = sum(finding.state is not FindingState.CANDIDATE for finding in findings)
    for finding in findings:
        finding.open_key = None
        change_state(session, finding, FindingEvent.EXPIRE, actor=SYSTEM, reason=_WHY)
        take_off_map(session, finding)
    if waited:
        _log.error("findings expired without a review", count=waited)
    return len(findings)


def _remove_evidence(
    session: Session, objects: ObjectStore, ids: Sequence[str], at: datetime
) -> int:
    rows = session.scalars(
        select(Evidence).where(Evidence.id.in_(ids)).with_for_update(skip_locked=True)
    ).all()
    held = [row.id for row in rows]
    keys = {row.object_key for row in rows}
    for clip in session.scalars(select(EvidenceClip).where(EvidenceClip.evidence_id.in_(held))):
        keys |= {clip.plain_key, clip.annotated_key, clip.original_key}
    session.execute(delete(EvidenceClip).where(EvidenceClip.evidence_id.in_(held)))
    session.execute(
        update(Evidence).where(Evidence.id.in_(held)).values(object_key="", removed_at=at)
    )
    # A frame's picture goes with the last evidence that shows it.
    free = _unused(session, keys)
    digests = [verified_digest(key) for key in free]
    session.execute(update(Frame).where(Frame.sha256.in_(digests)).values(object_key=None))
    _remove(objects, free)
    return len(rows)


def _remove_pictures(
    session: Session, objects: ObjectStore, ids: Sequence[str], _: datetime
) -> int:
    frames = session.scalars(
        select(Frame).where(Frame.id.in_(ids)).with_for_update(skip_locked=True)
    ).all()
    keys = {frame.object_key for frame in frames if frame.object_key is not None}
    for frame in frames:
        frame.object_key = None
    session.flush()
    digests = [verified_digest(key) for key in keys]
    again = select(Frame.object_key).where(Frame.sha256.in_(digests), Frame.object_key.is_not(None))
    keys -= {key for key in session.scalars(again) if key is not None}
    _remove(objects, _unused(session, keys))
    return len(frames)


_REMOVE: dict[RetentionKind, Callable[[Session, ObjectStore, Sequence[str], datetime], int]] = {
    RetentionKind.UNREVIEWED: _expire,
    RetentionKind.EVIDENCE: _remove_evidence,
    RetentionKind.PICTURES: _remove_pictures,
}


def _unused(session: Session, keys: Collection[str]) -> set[str]:
    """Return those keys that nothing but frames refers to."""
    free = set(keys)
    for column in _OTHERS:
        free -= set(session.scalars(select(column).where(column.in_(free))))
    return free


def _remove(objects: ObjectStore, keys: Collection[str]) -> None:
    for key in sorted(keys):
        objects.remove(key)


@contextmanager
def cleaning(database: Database, objects: ObjectStore) -> Iterator[None]:
    """Clean up beside the service every hour, until the block ends."""
    with every(_EVERY_S, partial(clean, database, objects), name="cleaner"):
        yield
