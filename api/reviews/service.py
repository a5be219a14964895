"""A person's word on a finding, and everything that follows from it, in one transaction."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.service import open_case
from api.database import now
from api.errors import Conflict, Forbidden, NotFound, Unprocessable
from api.falls import service as falls
from api.findings import upkeep
from api.findings.locks import lock_places
from api.findings.models import Finding, FindingDetection, Look
from api.findings.states import FindingEvent
from api.passages import violations
from api.permissions import Action, allowed
from api.principal import Principal
from api.reviews.models import RejectReason, Review, Verdict
from api.sites.cameras import INSPECTION
from api.verification.service import look_again
from inference.inspections import Kind

_EVENTS = {
    Verdict.CONFIRM: FindingEvent.CONFIRM,
    Verdict.REJECT: FindingEvent.REJECT,
    Verdict.DUPLICATE: FindingEvent.MARK_DUPLICATE,
    Verdict.DEFER: FindingEvent.DEFER,
    Verdict.REOPEN: FindingEvent.REOPEN,
}

SEEN_ANEW = frozenset({RejectReason.BAD_PICTURE, RejectReason.ALREADY_REPAIRED})
"""After a rejection for one of these, what is seen there later is a new finding. After any other
the looks go to the rejected one, so that nobody is asked the same again."""


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of a finding; checked by `api.reviews.schemas.ReviewCreate`.

    Attributes:
        verdict: what.
        reason: of a rejection.
        duplicate_of: of a duplicate: the id of the finding that it is.
        comment: in the reviewer's words.
    """

    verdict: Verdict
    reason: RejectReason | None = None
    duplicate_of: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of a review.

    Attributes:
        review: the review.
        finding: as it stands now.
        case: what was opened by a confirmation.
    """

    review: Review
    finding: Finding
    case: Case | None


def review(
    session: Session,
    *,
    finding_id: str,
    principal: Principal,
    word: Word,
    idempotency_key: str | None = None,
) -> Reviewed:
    """Take a person's word on a finding.

    Args:
        session: the open transaction.
        finding_id: which.
        principal: who says it, a user.
        word: what.
        idempotency_key: the same key on the same finding counts once.

    Raises:
        NotFound: there is no such finding, or its camera may not be seen.
        Forbidden: a rejection is reopened by a supervisor only.
        Conflict: the finding's state does not allow it, for example because somebody else was
            quicker; or the other finding of a duplicate is not open; or the key was used for
            another word.
        Unprocessable: a duplicate of itself, or of another kind of problem.
    """
    if word.verdict is Verdict.REOPEN and not allowed(principal.role, Action.FINDINGS_REOPEN):
        raise Forbidden("Only a supervisor reopens a rejection.", code="not-allowed")
    finding, other = _held(session, finding_id, word.duplicate_of, principal)
    if idempotency_key is not None:
        earlier = session.scalar(
            select(Review).where(
                Review.finding_id == finding.id, Review.idempotency_key == idempotency_key
            )
        )
        if earlier is not None:
            return _said_again(session, finding, earlier, principal, word)
    if other is not None:
        _check_duplicate(finding, other)
        finding.duplicate_of = other.id
    upkeep.change_state(
        session, finding, _EVENTS[word.verdict], actor=principal.actor, reason=word.comment
    )
    said = Review(
        finding_id=finding.id,
        user_id=principal.id,
        verdict=word.verdict,
        reason=word.reason,
        duplicate_of=word.duplicate_of,
        comment=word.comment,
        idempotency_key=idempotency_key,
    )
    session.add(said)
    finding.reviewed_at = now()
    upkeep.pin(session, finding)
    session.flush()
    if other is not None:
        finding.open_key = None
        _hand_over(session, finding, other)
    elif word.verdict is Verdict.REJECT:
        finding.open_key = None
        if word.reason in SEEN_ANEW:
            upkeep.take_off_map(session, finding)
    elif word.verdict is Verdict.REOPEN:
        upkeep.put_on_map(session, finding)
    session.flush()
    case = None
    if word.verdict is Verdict.CONFIRM:
        case = open_case(session, finding=finding, opened_by=principal.actor)
    return Reviewed(said, finding, case)


def _held(
    session: Session, finding_id: str, other_id: str | None, principal: Principal
) -> tuple[Finding, Finding | None]:
    """Return the findings of a review, which nobody else changes until the transaction ends.

    The place comes before the rows, as for whoever gathers, and rows in order of their ids.
    """
    ids = [finding_id, *([other_id] if other_id else [])]
    seen = {
        finding.id: finding
        for finding in session.scalars(select(Finding).where(Finding.id.in_(ids)))
        if principal.may_see(finding.camera_id)
    }
    if finding_id not in seen:
        raise NotFound("There is no finding with this id.", code="finding-not-found")
    if other_id is not None and other_id not in seen:
        raise NotFound(
            "There is no finding with the id in duplicate_of.", code="duplicate-of-not-found"
        )
    lock_places(
        session,
        [
            (finding.latitude, finding.longitude)
            for finding in seen.values()
            if finding.latitude is not None and finding.longitude is not None
        ],
    )
    held = partial(session.get_one, Finding, with_for_update=True, populate_existing=True)
    findings = {each: held(each) for each in sorted(seen)}
    return findings[finding_id], findings[other_id] if other_id else None


def _check_duplicate(finding: Finding, other: Finding) -> None:
    if other is finding:
        raise Unprocessable("A finding is not a duplicate of itself.", code="duplicate-of-itself")
    if (other.inspection, other.class_group) != (finding.inspection, finding.class_group):
        raise Unprocessable(
            f"A {finding.class_group} is no duplicate of a {other.class_group}; "
            "reject it as wrong_class instead.",
            code="duplicate-of-another-kind",
        )
    if other.open_key is None:
        raise Conflict(
            f"The other finding is {other.state.value}; only an open one can have duplicates"
            + (f": take {other.duplicate_of}." if other.duplicate_of else "."),
            code="duplicate-of-not-open",
        )


def _hand_over(session: Session, finding: Finding, other: Finding) -> None:
    """Give the looks of a duplicate to the finding that it is.

    Those of plots keep their counts, those of sites their regions.
    """
    if finding.kind == Kind.AREA:
        return
    if finding.kind == Kind.SUBJECT:
        violations.hand_over(session, finding, other)
        return
    if finding.kind == Kind.MOMENT:
        falls.hand_over(session, finding, other)
        return
    if finding.inspection == INSPECTION:
        return
    for table in (Look, FindingDetection):
        session.execute(
            update(table).where(table.finding_id == finding.id).values(finding_id=other.id)
        )
    upkeep.judge_again(session, other)
    look_again(session, other.id)


def _said_again(
    session: Session, finding: Finding, earlier: Review, principal: Principal, word: Word
) -> Reviewed:
    said = Word(earlier.verdict, earlier.reason, earlier.duplicate_of, earlier.comment)
    if said != word or earlier.user_id != principal.id:
        raise Conflict(
            "This idempotency key was used for another review of the finding.",
            code="idempotency-key-reused",
        )
    case = None
    if earlier.verdict is Verdict.CONFIRM:
        case = session.scalar(
            select(Case).where(Case.finding_id == finding.id).order_by(Case.id.desc()).limit(1)
        )
    return Reviewed(earlier, finding, case)
