"""The life of a baseline."""

from enum import StrEnum

from api.transitions import StateMachine


class BaselineState(StrEnum):
    """Where a baseline stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


class BaselineEvent(StrEnum):
    """What can happen to a baseline."""

    APPROVE = "approve"
    SUPERSEDE = "supersede"


_S, _E = BaselineState, BaselineEvent

BASELINE_MACHINE: StateMachine[BaselineState, BaselineEvent] = StateMachine(
    "baseline",
    {
        (_S.PROPOSED, _E.APPROVE): _S.APPROVED,
        (_S.PROPOSED, _E.SUPERSEDE): _S.SUPERSEDED,
        (_S.APPROVED, _E.SUPERSEDE): _S.SUPERSEDED,
    },
)
