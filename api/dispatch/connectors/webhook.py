"""CloudEvents 1.0 over signed Standard Webhooks.

Sources: CloudEvents 1.0.2 (structured JSON mode of the HTTP binding); Standard Webhooks 1.0
(https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`.

The receiver knows a message by its `webhook-id`, so that sending one again is always safe.
"""

from collections.abc import Collection
from typing import ClassVar

from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from api.database import now
from api.dispatch.connectors.base import (
    DATUM_LABEL,
    Connector,
    ConnectorSettings,
    Outgoing,
    Sent,
)
from api.dispatch.connectors.events import TEST_EVENT, case_event, trial_event
from api.dispatch.connectors.manifest import (
    Address,
    Label,
    Manifest,
    Secret,
    SecretNeed,
    StatusBy,
)
from api.dispatch.connectors.wire import WEB_SCHEMES, Wire
from api.dispatch.models import MessageType
from api.dispatch.signatures import Keys, KeysInvalid


class WebhookSettings(ConnectorSettings):
    """A webhook needs an address and a secret; its settings may name a datum."""


class WebhookConnector(Connector[WebhookSettings]):
    """Tells a department by webhook."""

    settings_model = WebhookSettings
    carries: ClassVar[frozenset[MessageType]] = frozenset(MessageType)
    manifest: ClassVar[Manifest] = Manifest(
        title=Label(zh="签名 Webhook", en="Signed webhook"),
        summary=Label(
            zh="CloudEvents 事件，按 Standard Webhooks 签名；部门签名回传状态",
            en="CloudEvents signed by Standard Webhooks; the department calls back, signed",
        ),
        address=Address(
            label=Label(zh="接收地址", en="Address that receives"),
            schemes=WEB_SCHEMES,
            example="https://roads.example.gov/xunjian",
        ),
        secret=Secret(
            SecretNeed.ALWAYS,
            Label(
                zh="签名密钥 whsec_（24 至 64 字节 base64），或 whsk_ 与 whpk_；换密钥时可并列多个",
                en="Key that signs: whsec_ and 24 to 64 bytes in base64, or whsk_ and whpk_; "
                "several, with white space between, while they are changed",
            ),
        ),
        settings={"datum": DATUM_LABEL},
        test=Label(
            zh="发送一个签名的 dev.xunjian.test 事件，不产生工单",
            en="Sends a signed event of type dev.xunjian.test, which makes no work",
        ),
        status_by=StatusBy.CALLBACK,
    )

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
        self._post(case_event(outgoing, self.settings.datum), wire)
        return Sent()

    def check(self, destination_id: str, source: str, wire: Wire) -> str:
        """Send a signed event of a type that means nothing.

        Raises:
            DeliveryFailed: the department does not take it.
        """
        self._post(trial_event(destination_id, source), wire)
        answered = f"answered {wire.status_code} to a signed event of type {TEST_EVENT}"
        public = Keys.read(self.secret or "").public_of_private
        return f"{answered}; v1a is checked with {' '.join(public)}" if public else answered

    def _post(self, event: CloudEvent, wire: Wire) -> None:
        message = to_structured(event, JSONFormat())
        headers = Keys.read(self.secret or "").sign(event.get_id(), now(), message.body)
        wire.request("POST", content=message.body, headers={**message.headers, **headers})
