"""The seven steps of digital city management, as cases go through them (七步闭环).

Information collection, case filing, task dispatch, task handling, feedback, check and closing,
evaluation: the workflow that China's digital city management has used since its first trials.
"""

from dataclasses import dataclass

from api.cases.states import CaseState


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven.

    Attributes:
        number: 1 … 7.
        zh: its name in Chinese.
        en: its name in English.
    """

    number: int
    zh: str
    en: str


STEPS = (
    Step(1, "信息收集", "information collection"),
    Step(2, "案卷建立", "case filing"),
    Step(3, "任务派遣", "task dispatch"),
    Step(4, "任务处理", "task handling"),
    Step(5, "处理反馈", "feedback"),
    Step(6, "核查结案", "check and closing"),
    Step(7, "综合评价", "evaluation"),
)

_S = CaseState
_NUMBERS = {
    _S.OPENED: 2,
    _S.DISPATCHING: 3,
    _S.RETURNED: 3,
    _S.REOPENED: 3,
    _S.UNDELIVERABLE: 3,
    _S.DISPATCHED: 4,
    _S.ACCEPTED: 4,
    _S.IN_PROGRESS: 4,
    _S.SUSPENDED: 4,
    _S.CLAIMED_DONE: 5,
    _S.VERIFYING: 6,
    _S.CLOSED: 7,
}


def step_of(state: CaseState) -> Step | None:
    """Return the step at which a case is, None for one that is cancelled.

    A finding that waits for its review is at the first, which no case is at any more; a closed
    case is at the last: it counts in the cards of its department.
    """
    number = _NUMBERS.get(state)
    return STEPS[number - 1] if number else None
