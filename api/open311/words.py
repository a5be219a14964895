"""What a case's state is called when others follow it over Open311."""

from dataclasses import dataclass
from enum import StrEnum

from api.cases.states import OPEN_STATES, CaseState


class Standing(StrEnum):
    """The two statuses of GeoReport v2."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class StateWords:
    """One state in the words of those who follow.

    Attributes:
        extended: FixMyStreet's extended status, in small letters as its updates have it.
        zh: in Chinese.
        en: in English.
    """

    extended: str
    zh: str
    en: str

    @property
    def notes(self) -> str:
        """Return it for people."""
        return f"{self.zh} {self.en}"


STATE_WORDS: dict[CaseState, StateWords] = {
    CaseState.OPENED: StateWords("open", "立案", "Opened"),
    CaseState.DISPATCHING: StateWords("open", "派遣中", "Dispatching"),
    CaseState.DISPATCHED: StateWords("open", "已派遣", "Dispatched"),
    CaseState.ACCEPTED: StateWords("action_scheduled", "已受理", "Accepted"),
    CaseState.IN_PROGRESS: StateWords("in_progress", "处置中", "In progress"),
    CaseState.CLAIMED_DONE: StateWords("investigating", "已反馈", "Claimed done"),
    CaseState.VERIFYING: StateWords("investigating", "核查中", "Verifying"),
    CaseState.CLOSED: StateWords("fixed", "已结案", "Closed"),
    CaseState.RETURNED: StateWords("internal_referral", "已退回", "Returned"),
    CaseState.SUSPENDED: StateWords("action_scheduled", "挂账", "Suspended"),
    CaseState.REOPENED: StateWords("reopen", "返工", "Reopened"),
    CaseState.CANCELLED: StateWords("no_further_action", "已取消", "Cancelled"),
    CaseState.UNDELIVERABLE: StateWords("open", "无法送达", "Undeliverable"),
}
_STATES = {
    Standing.OPEN: OPEN_STATES,
    Standing.CLOSED: tuple(state for state in CaseState if state not in OPEN_STATES),
}


def standing(state: CaseState) -> Standing:
    """Return the status of a state in GeoReport v2; a claim alone closes nothing."""
    return Standing.OPEN if state in OPEN_STATES else Standing.CLOSED


def states_of(chosen: Standing) -> tuple[CaseState, ...]:
    """Return the states that have a status of GeoReport v2."""
    return _STATES[chosen]
