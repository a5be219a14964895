"""Pictures that come as messages of an MQTT broker.

A message is acknowledged (QoS 1) only after the queue holds its picture: paho acknowledges by hand,
which aiomqtt does not offer. With a session that the broker keeps, what is not acknowledged comes
again, also after the gateway was switched off.
"""

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway.errors import GatewayError, SourceError, SourceRefused
from gateway.sources.clock import capture_clock, utc
from gateway.sources.config import MqttSource
from gateway.sources.still import Still, content_type

_KEEPALIVE_S = 30
_CONNECT_S = 10.0
_LOOP_S = 0.5
_FORBIDDEN = frozenset({"Bad user name or password", "Not authorized"})


def receive(
    source: MqttSource,
    camera: str,
    stop: threading.Event,
    keep: Callable[[Still], None],
    is_well: Callable[[], None],
) -> None:
    """Take the pictures of a topic until told to stop; they were taken when they arrive.

    A message that is no picture is acknowledged and dropped: the broker would send it for ever.

    Raises:
        SourceError: the connection broke off, or `keep` did not keep a picture; nothing of it is
            lost.
    """
    _Intake(source, camera, keep, is_well).run(stop)


class _Intake:
    """One connection."""

    def __init__(
        self,
        source: MqttSource,
        camera: str,
        keep: Callable[[Still], None],
        is_well: Callable[[], None],
    ) -> None:
        self._source, self._keep, self._is_well = source, keep, is_well
        self._name = f"{source.topic} at {source.host}"
        self._trouble: SourceError | None = None
        name = source.client_id or f"xunjian-{hashlib.sha256(camera.encode()).hexdigest()[:16]}"
        client = self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name, clean_session=False, manual_ack=True
        )
        if source.user is not None:
            password = source.password
            client.username_pw_set(
                source.user, None if password is None else password.get_secret_value()
            )
        if source.tls:
            client.tls_set(ca_certs=None if source.ca_file is None else str(source.ca_file))
        client.connect_timeout = _CONNECT_S
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._arrived

    def run(self, stop: threading.Event) -> None:
        port = self._source.port or (8883 if self._source.tls else 1883)
        try:
            self._client.connect(self._source.host, port, _KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise SourceError(
                f"the broker at {self._source.host}:{port} cannot be reached: {error}",
                hint="check host, port and TLS",
            ) from error
        try:
            while not stop.is_set():
                result = self._client.loop(_LOOP_S)
                if self._trouble is not None:
                    raise self._trouble
                if result != paho.MQTT_ERR_SUCCESS:
                    raise SourceError(f"{self._name}: {paho.error_string(result)}")
        finally:
            self._client.disconnect()

    def _connected(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _: Any) -> None:
        if reason.is_failure:
            kind = SourceRefused if str(reason) in _FORBIDDEN else SourceError
            self._trouble = kind(f"{self._name}: {reason}", hint="check user and password")
        else:
            client.subscribe(self._source.topic, qos=1)

    def _subscribed(self, _client: Any, _data: Any, _mid: int, reasons: list[Any], _: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._trouble = SourceRefused(
                f"{self._name} may not be read", hint="let the broker's user read the topic"
            )
        else:
            self._is_well()

    def _arrived(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if self._trouble is not None:
            return  # not acknowledged: it comes again, in its order
        data = bytes(message.payload)
        kind = content_type(data)
        if kind is not None:
            still = Still(data, kind, utc(capture_clock.now()))
            try:
                with suppress(ValueError):  # what cannot be masked is no picture either
                    self._keep(still)
            except (OSError, GatewayError) as error:
                self._trouble = SourceError(f"a picture of {self._name} has to wait: {error}")
                return
        client.ack(message.mid, message.qos)
