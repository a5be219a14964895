"""A person's word on a finding, and everything that follows from it, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.service import open_case
from api.database import now
from api.errors import Conflict, Forbidden, NotFound, Unprocessable
from api.falls import service as falls
from api.findings import upkeep
from api.findings.models import Finding, FindingDetection, Look
from api.findings.states import FindingEvent
from api.leases import service as leases
from api.passages import violations
from api.permissions import Action, allowed
from api.principal import Principal
from api.reviews import undoing
from api.reviews.corrections import correct_class, keep_boxes
from api.reviews.holding import finding_not_found, hold
from api.reviews.models import RejectReason, Review, ReviewBox, Verdict
from api.reviews.schemas import DrawnBox
from api.second_reviews import drawing as second_reviews
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
        class_name: with a confirmation: the right class.
        boxes: with a confirmation: what was drawn.
    """

    verdict: Verdict
    reason: RejectReason | None = None
    duplicate_of: str | None = None
    comment: str | None = None
    class_name: str | None = None
    boxes: tuple[DrawnBox, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms reviews are taken.

    Attributes:
        undo_for: how long a review can be undone; nothing of it is sent before.
        second_share: share of the reviews, 0 to 1, about which a second person is asked.
        classes: by inspection, the classes that a finding can be corrected to.
    """

    undo_for: timedelta = timedelta()
    second_share: float = 0.0
    classes: Mapping[str, Collection[str]] = field(default_factory=dict)


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
    terms: Terms | None = None,
) -> Reviewed:
    """Take a person's word on a finding.

    Args:
        session: the open transaction.
        finding_id: which.
        principal: who says it, a user.
        word: what.
        idempotency_key: the same key on the same finding counts once.
        terms: see `Terms`; by default a review is final.

    Raises:
        NotFound: there is no such finding, or its camera may not be seen.
        Forbidden: a rejection is reopened by a supervisor only.
        Conflict: the finding's state does not allow it, for example because somebody else was
            quicker; or somebody else holds it; or the other finding of a duplicate is not open;
            or the key was used for another word.
        Unprocessable: a duplicate of itself, or of another kind of problem; or a class or a
            picture that is not the finding's.
    """
    if word.verdict is Verdict.REOPEN and not allowed(principal.role, Action.FINDINGS_REOPEN):
        raise Forbidden("Only a supervisor reopens a rejection.", code="not-allowed")
    ids = [finding_id, *([word.duplicate_of] if word.duplicate_of else [])]
    held = hold(session, ids, principal)
    if finding_id not in held:
        raise finding_not_found()
    if word.duplicate_of is not None and word.duplicate_of not in held:
        raise NotFound(
            "There is no finding with the id in duplicate_of.", code="duplicate-of-not-found"
        )
    other = held[word.duplicate_of] if word.duplicate_of else None
    return _take(
        session, held[finding_id], other, principal, word, idempotency_key, terms or Terms()
    )


def confirm_all(
    session: Session,
    *,
    finding_ids: Sequence[str],
    principal: Principal,
    idempotency_key: str | None = None,
    terms: Terms,
) -> list[Reviewed]:
    """Confirm findings of one camera and one class, all of them or none.

    Args:
        session: the open transaction.
        finding_ids: which, each once.
        principal: who says it, a user.
        idempotency_key: the same key on the same findings counts once.
        terms: see `Terms`.

    Raises:
        NotFound: one does not exist, or its camera may not be seen.
        Conflict: as for `review`, of any of them.
        Unprocessable: they are of several cameras or classes.
    """
    held = hold(session, finding_ids, principal)
    if len(held) < len(finding_ids):
        raise finding_not_found()
    if len({(one.camera_id, one.inspection, one.class_name) for one in held.values()}) > 1:
        raise Unprocessable(
            "Only findings of one camera and one class are confirmed together.",
            code="findings-differ",
        )
    word = Word(Verdict.CONFIRM)
    return [
        _take(session, held[key], None, principal, word, idempotency_key, terms)
        for key in finding_ids
    ]


def _take(
    session: Session,
    finding: Finding,
    other: Finding | None,
    principal: Principal,
    word: Word,
    idempotency_key: str | None,
    terms: Terms,
) -> Reviewed:
    """Take a word on a finding; both findings are locked."""
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
    leases.end(session, [finding.id], principal)
    before = undoing.remember(session, finding, word.verdict, other) if terms.undo_for else None
    said = Review(
        finding_id=finding.id,
        user_id=principal.id,
        verdict=word.verdict,
        reason=word.reason,
        duplicate_of=word.duplicate_of,
        comment=word.comment,
        class_name=word.class_name,
        class_was=finding.class_name if word.class_name not in (None, finding.class_name) else None,
        idempotency_key=idempotency_key,
        before=before,
        undo_until=now() + terms.undo_for if before is not None else None,
    )
    if other is not None:
        finding.duplicate_of = other.id
    upkeep.change_state(
        session, finding, _EVENTS[word.verdict], actor=principal.actor, reason=word.comment
    )
    session.add(said)
    finding.reviewed_at = now()
    upkeep.pin(session, finding)
    session.flush()
    _correct(session, finding, said, word, principal, terms.classes.get(finding.inspection, ()))
    second_reviews.draw(
        session, said, share=terms.second_share, due_at=said.undo_until or said.created_at
    )
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
        case = open_case(
            session, finding=finding, opened_by=principal.actor, held_until=said.undo_until
        )
    return Reviewed(said, finding, case)


def _correct(
    session: Session,
    finding: Finding,
    said: Review,
    word: Word,
    principal: Principal,
    known: Collection[str],
) -> None:
    if said.class_was is not None and word.class_name is not None:
        correct_class(session, finding, word.class_name, known=known, actor=principal.actor)
    if word.boxes:
        keep_boxes(session, finding, said.id, word.boxes, known=known, principal=principal)


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

    Those of plots keep their counts, those of sites their regions, those of cameras their troubles.
    """
    if finding.kind in (Kind.AREA, Kind.DEVICE):
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
    drawn = select(ReviewBox).where(ReviewBox.review_id == earlier.id)
    boxes = {DrawnBox.model_validate(box) for box in session.scalars(drawn)}
    said = Word(
        earlier.verdict,
        earlier.reason,
        earlier.duplicate_of,
        earlier.comment,
        earlier.class_name,
        word.boxes,
    )
    if said != word or boxes != set(word.boxes) or earlier.user_id != principal.id:
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
