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
    BACK_TO_CANDIDATE = "back_to_candidate"
    BACK_TO_PENDING_REVIEW = "back_to_pending_review"
    BACK_TO_DEFERRED = "back_to_deferred"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


_S, _E = FindingState, FindingEvent
_REVIEWABLE = (_S.CANDIDATE, _S.PENDING_REVIEW, _S.DEFERRED)

BACK_TO = {
    _S.CANDIDATE: _E.BACK_TO_CANDIDATE,
    _S.PENDING_REVIEW: _E.BACK_TO_PENDING_REVIEW,
    _S.DEFERRED: _E.BACK_TO_DEFERRED,
}
"""What undoes a review, by the state that the finding had before."""

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
        **{
            (reviewed, event): state
            for state, event in BACK_TO.items()
            for reviewed in (_S.CASED, _S.REJECTED, _S.DUPLICATE)
        },
        (_S.DEFERRED, _E.BACK_TO_PENDING_REVIEW): _S.PENDING_REVIEW,
    },
)


def possible_events(state: FindingState) -> list[FindingEvent]:
    """Return what can happen to a finding in a state; undoing is a matter of the review."""
    undoing = BACK_TO.values()
    return [event for event in FINDING_MACHINE.events(state) if event not in undoing]
