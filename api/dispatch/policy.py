"""Class policies: dispatch without a review, where measured precision allows it, and only there.

A policy is a written permission for one class. It holds as long as the reviews of that class show
the precision that it requires: not the share of confirmed findings itself, but the lower end of
its 95 % Wilson interval, so that few reviews allow little. Only recent reviews count, so that a
class which nobody reviews any more comes back before people by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from api.audit import service as audit
from api.cases.models import Case
from api.cases.service import open_case
from api.database import now
from api.dispatch.models import ClassPolicy
from api.dispatch.routing import place
from api.errors import Conflict, NotFound
from api.findings.models import Finding
from api.findings.states import FINDING_MACHINE, FindingEvent, FindingState
from api.frames.models import Detection
from api.reviews.models import Review, Verdict, stands
from api.statistics import wilson_interval

LAST_REVIEWS = 500
MIN_REVIEWS = 50
RECENT = timedelta(days=90)
_DECISIVE = (Verdict.CONFIRM, Verdict.REJECT)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Precision:
    """What reviews say of a class and a model.

    Attributes:
        confirmed: findings that were confirmed.
        rejected: findings that were rejected, for whatever reason.
    """

    confirmed: int
    rejected: int

    @property
    def reviews(self) -> int:
        """Return how many findings were judged."""
        return self.confirmed + self.rejected

    @property
    def lower_bound(self) -> float:
        """Return the precision that is reached with 97.5 % confidence, 0 … 1."""
        return wilson_lower_bound(self.confirmed, self.reviews)

    def meets(self, required: float) -> bool:
        """Say whether there are enough reviews, and good enough ones."""
        return self.reviews >= MIN_REVIEWS and self.lower_bound >= required

    def __str__(self) -> str:
        return (
            f"{self.confirmed} of {self.reviews} reviews in {RECENT.days} days confirmed, so a "
            f"precision of at least {self.lower_bound:.3f}; {MIN_REVIEWS} reviews are needed"
        )


def wilson_lower_bound(successes: int, trials: int) -> float:
    """Return the lower end of the 95 % Wilson score interval of a proportion, 0 without trials."""
    return wilson_interval(successes, trials)[0] if trials else 0.0


def measure(
    session: Session, *, inspection: str, class_name: str, model_digest: str | None
) -> Precision:
    """Count the last reviews of a class's findings, by the model that saw them best.

    Each finding counts once, by the last word on it that was not undone. One that was confirmed as
    another class counts against the class that it was taken for. Precision belongs to a model:
    reviews of what another model saw say nothing. Every reason of a rejection counts against it,
    since each is a case that should not have been sent. Reviews of findings below a policy's
    confidence count too, which can only lower the figure.
    """
    later = aliased(Review)
    corrected = Review.class_was.is_not(None)
    last = (
        select(case((corrected, Verdict.REJECT), else_=Review.verdict).label("verdict"))
        .join(Finding, Finding.id == Review.finding_id)
        .join(Detection, Detection.id == Finding.best_detection_id)
        .outerjoin(
            later,
            and_(later.finding_id == Review.finding_id, later.id > Review.id, stands(later)),
        )
        .where(
            later.id.is_(None),
            stands(),
            Finding.inspection == inspection,
            func.coalesce(Review.class_was, Finding.class_name) == class_name,
            Detection.model_digest == model_digest,
            Review.verdict.in_(_DECISIVE),
            Review.created_at >= now() - RECENT,
        )
        .order_by(Review.id.desc())
        .limit(LAST_REVIEWS)
        .subquery()
    )
    query = select(last.c.verdict, func.count()).group_by(last.c.verdict)
    counts = {row[0]: row[1] for row in session.execute(query)}
    return Precision(counts.get(Verdict.CONFIRM, 0), counts.get(Verdict.REJECT, 0))


def consider(session: Session, *, finding: Finding) -> Case | None:
    """Open a case for an unreviewed finding, if a policy allows it and the figures hold.

    Args:
        session: the open transaction; the caller holds the finding.
        finding: any finding; one that does not wait for review, or that no policy may decide, is
            left alone.

    Returns:
        The case, or None: then the finding waits for a person.
    """
    if finding.state != FindingState.PENDING_REVIEW or finding.needs_review:
        return None
    policy = _in_force(session, finding.inspection, finding.class_name)
    if policy is None or finding.confidence < policy.min_confidence:
        return None
    if finding.looks < policy.min_looks:
        return None
    best = session.get(Detection, finding.best_detection_id) if finding.best_detection_id else None
    if best is None:
        return None
    precision = measure(
        session,
        inspection=finding.inspection,
        class_name=finding.class_name,
        model_digest=best.model_digest,
    )
    if not precision.meets(policy.required_precision):
        _log.info("policy refused", policy=policy.id, finding=finding.id, figures=str(precision))
        return None
    placed = place(session, finding, at=now())
    if placed.needs_review:
        _log.info("routing asks for a person", finding=finding.id, table=placed.table_id)
        return None
    actor = f"policy:{policy.id}"
    before = finding.state
    finding.state = FINDING_MACHINE.next_state(before, FindingEvent.CONFIRM)
    audit.record(
        session,
        actor=actor,
        action="finding.confirm",
        object_type="finding",
        object_id=finding.id,
        before={"state": before},
        after={"state": finding.state},
        reason=f"{policy.reason} ({precision})",
    )
    return open_case(session, finding=finding, opened_by=actor)


def write(
    session: Session,
    *,
    inspection: str,
    class_name: str,
    min_confidence: float,
    min_looks: int,
    required_precision: float,
    reason: str,
    actor: str,
) -> ClassPolicy:
    """Write a policy, if the reviews so far allow it.

    Args:
        session: the open transaction.
        inspection: of the class.
        class_name: what may be sent without review.
        min_confidence: of the finding, 0 … 1.
        min_looks: independent looks that saw it.
        required_precision: what the reviews' lower bound must reach, 0 … 1.
        reason: why, for those who ask later.
        actor: who writes it.

    Raises:
        Conflict: the measured precision does not reach it, or the class has a policy.
    """
    if _in_force(session, inspection, class_name):
        raise Conflict(
            f"{class_name!r} has a policy already; revoke it first.", code="policy-exists"
        )
    precision = measure_newest_model(session, inspection=inspection, class_name=class_name)
    if not precision.meets(required_precision):
        raise Conflict(
            f"The reviews do not allow a precision of {required_precision:.3f}: {precision}.",
            code="precision-not-met",
            extra={
                "confirmed": precision.confirmed,
                "rejected": precision.rejected,
                "lower_bound": precision.lower_bound,
                "reviews_needed": MIN_REVIEWS,
                "required_precision": required_precision,
            },
        )
    policy = ClassPolicy(
        inspection=inspection,
        class_name=class_name,
        min_confidence=min_confidence,
        min_looks=min_looks,
        required_precision=required_precision,
        reason=reason,
        written_by=actor,
    )
    session.add(policy)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="policy.write",
        object_type="policy",
        object_id=policy.id,
        after={
            "inspection": inspection,
            "class": class_name,
            "min_confidence": min_confidence,
            "min_looks": min_looks,
            "required_precision": required_precision,
            "confirmed": precision.confirmed,
            "rejected": precision.rejected,
        },
        reason=reason,
    )
    return policy


def revoke(session: Session, *, policy_id: str, actor: str) -> None:
    """End a policy: from now on people review its class. Revoking again changes nothing.

    Raises:
        NotFound: there is none with this id.
    """
    policy = session.get(ClassPolicy, policy_id, with_for_update=True)
    if policy is None:
        raise NotFound("There is no policy with this id.", code="policy-not-found")
    if policy.revoked_at is not None:
        return
    policy.revoked_at = now()
    audit.record(
        session, actor=actor, action="policy.revoke", object_type="policy", object_id=policy.id
    )


def policies(session: Session, *, limit: int, after_id: str | None = None) -> Sequence[ClassPolicy]:
    """Return policies, revoked ones too, oldest first, one more than `limit` if there are more."""
    query = select(ClassPolicy).where(ClassPolicy.id > (after_id or ""))
    return session.scalars(query.order_by(ClassPolicy.id).limit(limit + 1)).all()


def measure_newest_model(session: Session, *, inspection: str, class_name: str) -> Precision:
    """Count the reviews of what the model that saw the class last saw."""
    newest = session.scalar(
        select(Detection.model_digest)
        .join(Finding, Finding.best_detection_id == Detection.id)
        .where(Finding.inspection == inspection, Finding.class_name == class_name)
        .order_by(Detection.id.desc())
        .limit(1)
    )
    return measure(session, inspection=inspection, class_name=class_name, model_digest=newest)


def _in_force(session: Session, inspection: str, class_name: str) -> ClassPolicy | None:
    return session.scalars(
        select(ClassPolicy)
        .where(
            ClassPolicy.inspection == inspection,
            ClassPolicy.class_name == class_name,
            ClassPolicy.revoked_at.is_(None),
        )
        .order_by(ClassPolicy.id)
        .limit(1)
    ).first()
