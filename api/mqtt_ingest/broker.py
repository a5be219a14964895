"""How to come to the broker, and what is asked of it."""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import httpx
from aiomqtt import Client, Message, ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_SESSION_LASTS_S = 7 * 24 * 3600  # without us, after which the broker may forget it
_AT_ONCE = 16  # messages on their way to us that we have not acknowledged
_MOST_UNASKED = 64  # waiting messages of QoS 0, which nothing holds back


@dataclass(frozen=True, slots=True)
class Broker:
    """An address of a broker.

    Attributes:
        host: its name.
        port: its port.
        tls: whether the connection is encrypted.
        username: None where it knows no users.
        password: None where it asks for none.
    """

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None


def broker_of(url: str) -> Broker:
    """Read `mqtt://USER:PASSWORD@HOST:PORT`, or `mqtts://` over TLS.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be mqtt://USER:PASSWORD@HOST:PORT, or mqtts:// over TLS")
    return Broker(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        tls=parts.scheme == "mqtts",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class _Inbox(asyncio.Queue[Message]):
    """Messages that have come; those of QoS 0 are dropped where too many wait."""

    def put_nowait(self, item: Message) -> None:
        if item.qos == 0 and self.qsize() >= _MOST_UNASKED:
            raise asyncio.QueueFull
        super().put_nowait(item)


def connect(broker: Broker, *, client_id: str, largest: int) -> Client:
    """Return a client whose session the broker keeps for a week, with what we did not acknowledge.

    Messages are acknowledged by `acknowledge` only.

    Args:
        broker: where.
        client_id: whose session.
        largest: longest message in bytes; the broker keeps longer ones from us.
    """
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_LASTS_S
    properties.ReceiveMaximum = _AT_ONCE
    properties.MaximumPacketSize = largest
    context: ssl.SSLContext | None = httpx.create_ssl_context() if broker.tls else None
    client = Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        identifier=client_id,
        protocol=ProtocolVersion.V5,
        clean_start=False,
        properties=properties,
        queue_type=_Inbox,
        tls_context=context,
        keepalive=30,
    )
    # aiomqtt has no word for it; the client that it wraps has.
    client._client.manual_ack_set(True)
    return client


def acknowledge(client: Client, message: Message) -> None:
    """Tell the broker that a message is dealt with; to be called in the order of messages."""
    client._client.ack(message.mid, message.qos)
