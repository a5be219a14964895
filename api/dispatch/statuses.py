"""The words in which departments tell what they do."""

from enum import StrEnum

from api.cases.states import CaseEvent


class Status(StrEnum):
    """What a department says it has done."""

    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    RESUMED = "resumed"


STATUS_EVENTS: dict[Status, CaseEvent] = {
    Status.ACCEPTED: CaseEvent.ACCEPT,
    Status.IN_PROGRESS: CaseEvent.START,
    Status.DONE: CaseEvent.CLAIM_DONE,
    Status.RETURNED: CaseEvent.RETURN,
    Status.SUSPENDED: CaseEvent.SUSPEND,
    Status.RESUMED: CaseEvent.RESUME,
}
