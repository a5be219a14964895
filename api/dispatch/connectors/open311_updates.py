"""Updates of service requests: FixMyStreet's extension of GeoReport v2, `servicerequestupdates`.

Source: https://github.com/mysociety/fixmystreet/wiki/Open311-FMS---Proposed-differences-to-Open311
(GET and POST Service Request Updates).

The department knows an update by its `update_id`, so that posting one again is safe: at the worst
its text stands there twice, the status is the same.
"""

from dataclasses import dataclass
from datetime import datetime

from api.dispatch.connectors.base import Outgoing
from api.dispatch.models import MessageType
from api.dispatch.statuses import Status

POSTED = frozenset({MessageType.CANCELLED, MessageType.REMINDED, MessageType.COMMENTED})
"""What is told as an update of a request that the department has."""
_STATUSES = {
    MessageType.CANCELLED: "CLOSED",
    MessageType.REMINDED: "OPEN",
    MessageType.COMMENTED: "OPEN",
}
_WORDS = {
    MessageType.CANCELLED: "Cancelled: nobody needs it any more.",
    MessageType.REMINDED: "A reminder: it is still to be done.",
}


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What a department said of a request at one time; `status` is None for a mere remark."""

    id: str
    external_id: str
    status: Status | None
    notes: str | None
    at: datetime | None


def update_form(outgoing: Outgoing, external_id: str) -> dict[str, str]:
    """Return the fields of a POST that tells of a case what has become of it.

    Args:
        outgoing: the message, of a type in `POSTED`.
        external_id: the department's number of the request.
    """
    case = outgoing.facts["case"]["number"]
    comment = outgoing.facts.get("comment")
    words = comment["text"] if comment else _WORDS[outgoing.event_type]
    if due_at := (outgoing.facts.get("deadline") or {}).get("due_at"):
        words += f" It is due {due_at[:16]}Z."
    return {
        "update_id": outgoing.id,
        "service_request_id": external_id,
        "updated_datetime": outgoing.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": _STATUSES[outgoing.event_type],
        "description": f"{words} Case {case}. Reference {outgoing.id}",
    }
