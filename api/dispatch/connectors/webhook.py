"""CloudEvents 1.0 over signed Standard Webhooks.

Sources: CloudEvents 1.0.2 (structured JSON mode of the HTTP binding); Standard Webhooks 1.0
(https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`.

The receiver knows a message by its `webhook-id`, so that sending one again is always safe.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from api.database import new_id, now
from api.dispatch.connectors.base import Connector, ConnectorSettings, Outgoing, Sent
from api.dispatch.connectors.wire import Wire
from api.dispatch.datums import located
from api.dispatch.models import MessageType
from api.dispatch.signatures import Keys, KeysInvalid

EVENT_PREFIX = "dev.xunjian.case."
TEST_EVENT = "dev.xunjian.test"
_IDS = ("evidence_ids", "clip_ids")  # links are sent instead


class WebhookSettings(ConnectorSettings):
    """A webhook needs an address and a secret; its settings may name a datum."""


class WebhookConnector(Connector[WebhookSettings]):
    """Tells a department by webhook."""

    settings_model = WebhookSettings
    carries: ClassVar[frozenset[MessageType]] = frozenset(MessageType)
    takes_callbacks = True

    def problems(self, classes: Collection[str]) -> list[str]:
        """Return what is wrong with the keys."""
        try:
            Keys.read(self.secret or "")
        except KeysInvalid as error:
            return [f"{error}. {error.hint}"]
        return []

    def send(self, outgoing: Outgoing, wire: Wire) -> Sent:
        """POST the event; every status 2xx says that the department has it.

        Raises:
            DeliveryFailed: the department has not said so.
        """
        data = {key: value for key, value in outgoing.facts.items() if key not in _IDS}
        data["media"] = [
            {"url": media.url, "content_type": media.content_type} for media in outgoing.media
        ]
        data["location"] = located(outgoing.facts["location"], self.settings.datum)
        data["callback_url"] = outgoing.callback_url
        self._post(
            wire,
            event_id=outgoing.id,
            event_type=f"{EVENT_PREFIX}{outgoing.event_type}",
            source=outgoing.source,
            subject=outgoing.case_id,
            time=outgoing.created_at,
            data=data,
        )
        return Sent()

    def check(self, destination_id: str, source: str, wire: Wire) -> str:
        """Send a signed event of a type that means nothing.

        Raises:
            DeliveryFailed: the department does not take it.
        """
        self._post(
            wire,
            event_id=new_id(),
            event_type=TEST_EVENT,
            source=source,
            subject=destination_id,
            time=now(),
            data={},
        )
        answered = f"answered {wire.status_code} to a signed event of type {TEST_EVENT}"
        public = Keys.read(self.secret or "").public_of_private
        return f"{answered}; v1a is checked with {' '.join(public)}" if public else answered

    def _post(
        self,
        wire: Wire,
        *,
        event_id: str,
        event_type: str,
        source: str,
        subject: str,
        time: datetime,
        data: dict[str, Any],
    ) -> None:
        event = CloudEvent(
            {
                "id": event_id,
                "type": event_type,
                "source": source,
                "subject": subject,
                "time": time,
                "datacontenttype": "application/json",
            },
            data,
        )
        message = to_structured(event, JSONFormat())
        headers = Keys.read(self.secret or "").sign(event_id, now(), message.body)
        wire.request("POST", content=message.body, headers={**message.headers, **headers})
