"""The life of a case: 立案 派遣 处置 反馈 核查 结案."""

from enum import StrEnum

from api.transitions import StateMachine


class CaseState(StrEnum):
    """Where a case stands."""

    OPENED = "opened"
    DISPATCHING = "dispatching"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    CLAIMED_DONE = "claimed_done"
    VERIFYING = "verifying"
    CLOSED = "closed"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    UNDELIVERABLE = "undeliverable"


class CaseEvent(StrEnum):
    """What can happen to a case."""

    SEND = "send"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    ACCEPT = "accept"
    START = "start"
    CLAIM_DONE = "claim_done"
    VERIFY = "verify"
    PASS = "pass"  # noqa: S105 - the verification passed
    FAIL = "fail"
    RETURN = "return"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    REMARK = "remark"  # somebody says something that moves nothing


_S, _E = CaseState, CaseEvent
WITH_DEPARTMENT = (_S.DISPATCHED, _S.ACCEPTED, _S.IN_PROGRESS)
OPEN_STATES = tuple(state for state in _S if state not in (_S.CLOSED, _S.CANCELLED))

CASE_MACHINE: StateMachine[CaseState, CaseEvent] = StateMachine(
    "case",
    {
        (_S.OPENED, _E.SEND): _S.DISPATCHING,
        (_S.RETURNED, _E.SEND): _S.DISPATCHING,
        (_S.REOPENED, _E.SEND): _S.DISPATCHING,
        (_S.UNDELIVERABLE, _E.SEND): _S.DISPATCHING,
        (_S.DISPATCHING, _E.DELIVERED): _S.DISPATCHED,
        (_S.DISPATCHING, _E.UNDELIVERABLE): _S.UNDELIVERABLE,
        (_S.UNDELIVERABLE, _E.DELIVERED): _S.DISPATCHED,  # it had arrived after all
        (_S.DISPATCHED, _E.ACCEPT): _S.ACCEPTED,
        (_S.DISPATCHED, _E.START): _S.IN_PROGRESS,
        (_S.ACCEPTED, _E.START): _S.IN_PROGRESS,
        **{(state, _E.CLAIM_DONE): _S.CLAIMED_DONE for state in WITH_DEPARTMENT},
        **{(state, _E.RETURN): _S.RETURNED for state in WITH_DEPARTMENT},
        **{(state, _E.SUSPEND): _S.SUSPENDED for state in WITH_DEPARTMENT},
        (_S.SUSPENDED, _E.RESUME): _S.IN_PROGRESS,
        (_S.SUSPENDED, _E.START): _S.IN_PROGRESS,
        (_S.SUSPENDED, _E.RETURN): _S.RETURNED,
        (_S.SUSPENDED, _E.CLAIM_DONE): _S.CLAIMED_DONE,
        (_S.CLAIMED_DONE, _E.VERIFY): _S.VERIFYING,
        (_S.VERIFYING, _E.PASS): _S.CLOSED,
        (_S.VERIFYING, _E.FAIL): _S.REOPENED,
        **{(state, _E.CANCEL): _S.CANCELLED for state in OPEN_STATES},
    },
)
