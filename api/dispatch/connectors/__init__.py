"""The ways to speak to departments, by the kind of destination."""

from typing import Any

from api.dispatch.connectors.base import Connector
from api.dispatch.connectors.drop import DropConnector
from api.dispatch.connectors.mqtt import MqttConnector
from api.dispatch.connectors.open311 import Open311Connector
from api.dispatch.connectors.webhook import WebhookConnector
from api.dispatch.models import Destination, DestinationKind, MessageType

CONNECTORS: dict[DestinationKind, type[Connector[Any]]] = {
    DestinationKind.OPEN311: Open311Connector,
    DestinationKind.WEBHOOK: WebhookConnector,
    DestinationKind.MQTT: MqttConnector,
    DestinationKind.DROP: DropConnector,
}


def carried(destination: Destination) -> frozenset[MessageType]:
    """Return what a destination is told of: by its connector, and as its settings say."""
    connector = CONNECTORS[destination.kind]
    return connector.carried(connector.settings_model.model_validate(destination.settings))
