"""The life of a finding."""

from enum import StrEnum

from api.transitions import StateMachine


class FindingState(StrEnum):
    """Where a finding stands."""

    CANDIDATE = "candidate"
    PENDING_REVIEW = "pending_review"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    DEFERRED = "deferred"
    CASED = "cased"
    EXPIRED_UNREVIEWED = "expired_unreviewed"
    WITHDRAWN = "withdrawn"


class FindingEvent(StrEnum):
    """What can happen to a finding."""

    ENOUGH_SEEN = "enough_seen"
    CONFIRM = "confirm"
    REJECT = "reject"
    MARK_DUPLICATE = "mark_duplicate"
    DEFER = "defer"
    OPEN_CASE = "open_case"
    REOPEN = "reopen"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


_S, _E = FindingState, FindingEvent
_REVIEWABLE = (_S.CANDIDATE, _S.PENDING_REVIEW, _S.DEFERRED)

FINDING_MACHINE: StateMachine[FindingState, FindingEvent] = StateMachine(
    "finding",
    {
        (_S.CANDIDATE, _E.ENOUGH_SEEN): _S.PENDING_REVIEW,
        **{(state, _E.CONFIRM): _S.CONFIRMED for state in _REVIEWABLE},
        **{(state, _E.REJECT): _S.REJECTED for state in _REVIEWABLE},
        **{(state, _E.MARK_DUPLICATE): _S.DUPLICATE for state in _REVIEWABLE},
        (_S.PENDING_REVIEW, _E.DEFER): _S.DEFERRED,
        **{(state, _E.EXPIRE): _S.EXPIRED_UNREVIEWED for state in _REVIEWABLE},
        # What made it a finding holds no longer and nobody has judged it; it may hold again.
        (_S.CANDIDATE, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.PENDING_REVIEW, _E.WITHDRAW): _S.WITHDRAWN,
        (_S.WITHDRAWN, _E.ENOUGH_SEEN): _S.PENDING_REVIEW,
        (_S.CONFIRMED, _E.OPEN_CASE): _S.CASED,
        (_S.REJECTED, _E.REOPEN): _S.PENDING_REVIEW,
    },
)
