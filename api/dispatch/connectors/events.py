"""Cases as CloudEvents 1.0, the same by every way that carries events.

Source: CloudEvents 1.0.2 (JSON event format, structured mode).
"""

from cloudevents.core.v1.event import CloudEvent

from api.database import new_id, now
from api.dispatch.connectors.base import Outgoing
from api.dispatch.datums import Datum, located

EVENT_PREFIX = "dev.xunjian.case."
TEST_EVENT = "dev.xunjian.test"
_IDS = ("evidence_ids", "clip_ids")  # links are sent instead


def case_event(outgoing: Outgoing, datum: Datum) -> CloudEvent:
    """Return what a message tells of a case; its id is the idempotency key."""
    data = {key: value for key, value in outgoing.facts.items() if key not in _IDS}
    data["media"] = [
        {"url": media.url, "content_type": media.content_type} for media in outgoing.media
    ]
    data["location"] = located(outgoing.facts["location"], datum)
    data["callback_url"] = outgoing.callback_url
    return CloudEvent(
        {
            "id": outgoing.id,
            "type": f"{EVENT_PREFIX}{outgoing.event_type}",
            "source": outgoing.source,
            "subject": outgoing.case_id,
            "time": outgoing.created_at,
            "datacontenttype": "application/json",
        },
        data,
    )


def trial_event(destination_id: str, source: str) -> CloudEvent:
    """Return an event that means nothing but that the way is open."""
    return CloudEvent(
        {
            "id": new_id(),
            "type": TEST_EVENT,
            "source": source,
            "subject": destination_id,
            "time": now(),
            "datacontenttype": "application/json",
        },
        {},
    )
