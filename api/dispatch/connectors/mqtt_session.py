"""One short conversation with an MQTT broker: connect, publish or collect, disconnect.

Sources: MQTT 5.0 and 3.1.1 (OASIS). A message is published with QoS 1 and counts as taken when
the broker has acknowledged it; in MQTT 5 the broker also says whether anybody is subscribed.
"""

import selectors
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import httpx
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from api.dispatch.connectors.wire import DeliveryFailed

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_KEEPALIVE_S = 60
_CONNECT_S = 5.0
_AT_LEAST_ONCE = 1
_NO_MATCHING_SUBSCRIBERS = 0x10  # MQTT 5.0, 3.4.2.1
_SESSION_LASTS_S = 30 * 24 * 3600  # without us, after which the broker may forget it
_FAILURES = 0x80


class Version(StrEnum):
    """Which MQTT is spoken."""

    V5 = "5"
    V311 = "3.1.1"


_PROTOCOLS = {Version.V5: MQTTProtocolVersion.MQTTv5, Version.V311: MQTTProtocolVersion.MQTTv311}


@dataclass(frozen=True, slots=True)
class Login:
    """How to come to a broker.

    Attributes:
        url: `mqtt://HOST:PORT`, or `mqtts://` over TLS.
        version: which MQTT it speaks.
        username: None where it knows no users.
        password: None where it asks for none.
        lasting_id: the client id whose session the broker keeps between two conversations; None
            for a conversation that leaves nothing behind.
    """

    url: str
    version: Version
    username: str | None = None
    password: str | None = None
    lasting_id: str | None = None


class MqttSession:
    """A conversation with a broker; made by `conversing`."""

    def __init__(self, login: Login, timeout_s: float) -> None:
        self._login = login
        self._deadline = time.monotonic() + timeout_s
        self._timeout_s = timeout_s
        self._answers: dict[tuple[str, int], ReasonCode] = {}
        self._arrived: list[MQTTMessage] = []
        lasting = login.lasting_id is not None
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=login.lasting_id or "",
            clean_session=None if login.version == Version.V5 else not lasting,
            protocol=_PROTOCOLS[login.version],
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self._client.connect_timeout = min(timeout_s, _CONNECT_S)
        if login.username is not None:
            self._client.username_pw_set(login.username, login.password)
        if urlsplit(login.url).scheme == "mqtts":
            self._client.tls_set_context(httpx.create_ssl_context())
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def open(self) -> None:
        """Connect and be let in.

        Raises:
            DeliveryFailed: the broker is not reached, or refuses us.
        """
        parts = urlsplit(self._login.url)
        options: dict[str, Any] = {}
        if self._login.version == Version.V5:
            options["clean_start"] = self._login.lasting_id is None
            if self._login.lasting_id is not None:
                options["properties"] = _properties(PacketTypes.CONNECT)
                options["properties"].SessionExpiryInterval = _SESSION_LASTS_S
        try:
            self._client.connect(
                str(parts.hostname), parts.port or _PORTS[parts.scheme], _KEEPALIVE_S, **options
            )
            code = self._answer("connect", 0)
        except (OSError, ValueError, MQTTException) as error:
            raise DeliveryFailed(f"not reached: {type(error).__name__} {error}".strip()) from error
        if code.value != 0:
            raise DeliveryFailed(f"the broker refused the connection: {code}{self._advice(code)}")

    def publish(self, topic: str, payload: bytes, content_type: str) -> str:
        """Publish a message; return what the broker answered.

        Raises:
            DeliveryFailed: the broker has not said that it took it, or nobody is subscribed.
        """
        properties = None
        if self._login.version == Version.V5:
            properties = _properties(PacketTypes.PUBLISH)
            properties.ContentType = content_type
            properties.PayloadFormatIndicator = 1  # UTF-8
        try:
            message = self._client.publish(topic, payload, _AT_LEAST_ONCE, properties=properties)
            code = self._answer("publish", message.mid)
        except (OSError, MQTTException) as error:
            raise DeliveryFailed(
                f"not acknowledged: {type(error).__name__} {error}".strip(), uncertain=True
            ) from error
        if code.value >= _FAILURES:
            raise DeliveryFailed(f"the broker refused the message: {code}")
        if code.value == _NO_MATCHING_SUBSCRIBERS:
            raise DeliveryFailed(
                f"nobody is subscribed to {topic}: the broker has thrown the message away. The "
                "department must subscribe with QoS 1 and a session that outlives its connection"
            )
        return f"PUBACK {code}"

    def subscribe(self, topic: str) -> None:
        """Subscribe with QoS 1.

        Raises:
            DeliveryFailed: the broker does not let us.
        """
        try:
            _, message_id = self._client.subscribe(topic, _AT_LEAST_ONCE)
            code = self._answer("subscribe", message_id or 0)
        except (OSError, MQTTException) as error:
            raise DeliveryFailed(f"no subscription: {type(error).__name__} {error}") from error
        if code.value >= _FAILURES:
            raise DeliveryFailed(f"the broker refused the subscription to {topic}: {code}")

    def arrivals(self, quiet_s: float) -> Iterator[bytes]:
        """Yield what waits for us, until nothing has come for a while or the time is up.

        A message is acknowledged when the next one is asked for: what is not, comes again.
        """
        with suppress(OSError, MQTTException):
            while True:
                until = min(time.monotonic() + quiet_s, self._deadline)
                self._turn_until(lambda: bool(self._arrived), until)
                message = self._arrived.pop(0)
                yield bytes(message.payload)
                self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Say goodbye, as far as there is still somebody to say it to."""
        with suppress(OSError, MQTTException):
            self._client.disconnect()

    def _answer(self, what: str, message_id: int) -> ReasonCode:
        self._turn_until(lambda: (what, message_id) in self._answers, self._deadline)
        return self._answers.pop((what, message_id))

    def _turn_until(self, true: Callable[[], bool], deadline: float) -> None:
        """Serve the connection until something is true.

        Raises:
            TimeoutError: it was not in time.
            ConnectionError: the broker has hung up.
        """
        while not true():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no answer within {self._timeout_s:g} s")
            error = self._turn(left)
            if error != MQTTErrorCode.MQTT_ERR_SUCCESS and not true():
                raise ConnectionError(error.name)

    def _turn(self, timeout_s: float) -> MQTTErrorCode:
        # Not the client's own loop, whose select() fails from the 1024th open file on.
        connection = self._client.socket()
        if connection is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        waits = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE * self._client.want_write())
        with selectors.DefaultSelector() as selector:
            selector.register(connection, events)
            ready = selector.select(0 if waits else min(timeout_s, 1.0))
        happened = ready[0][1] if ready else 0
        if waits or happened & selectors.EVENT_READ:
            error = self._client.loop_read()
            if error != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return error
        if happened & selectors.EVENT_WRITE:
            error = self._client.loop_write()
            if error != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return error
        return self._client.loop_misc()

    def _advice(self, code: ReasonCode) -> str:
        if self._login.version == Version.V5 and "rotocol version" in str(code):
            return "; set `version` to 3.1.1"
        return ""

    def _on_connect(
        self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        self._answers["connect", 0] = code

    def _on_publish(
        self, _client: Client, _data: Any, message_id: int, code: ReasonCode, _properties: Any
    ) -> None:
        self._answers["publish", message_id] = code

    def _on_subscribe(
        self,
        _client: Client,
        _data: Any,
        message_id: int,
        codes: list[ReasonCode],
        _properties: Any,
    ) -> None:
        self._answers["subscribe", message_id] = codes[0]

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._arrived.append(message)


def _properties(packet_type: int) -> Properties:
    return Properties(packet_type)  # type: ignore[no-untyped-call]


@contextmanager
def conversing(login: Login, timeout_s: float) -> Iterator[MqttSession]:
    """Open a conversation with a broker, and end it.

    Args:
        login: how to come to it.
        timeout_s: how long all of it may take.

    Raises:
        DeliveryFailed: the broker is not reached, or refuses us.
    """
    session = MqttSession(login, timeout_s)
    try:
        session.open()
        yield session
    finally:
        session.close()
