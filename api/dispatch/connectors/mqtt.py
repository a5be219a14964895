"""CloudEvents over MQTT.

Source: CloudEvents 1.0.2, MQTT protocol binding (structured mode): the event as JSON is the
payload, and in MQTT 5 its content type is named.

The receiver knows a message by its `id`, so that sending one again is always safe.
"""

from collections.abc import Collection
from typing import Annotated, ClassVar

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import Field

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
from api.dispatch.connectors.mqtt_session import Login, Version, conversing
from api.dispatch.connectors.wire import Wire, address_problem
from api.dispatch.models import MessageType

_CONTENT_TYPE = f"{JSONFormat.CONTENT_TYPE}; charset=utf-8"
_SCHEMES = ("mqtts", "mqtt")
Topic = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^$#+\x00][^#+\x00]*$")]


class MqttSettings(ConnectorSettings):
    """Where at the broker a department listens."""

    topic: Annotated[Topic, Field(description="what cases are published to, with QoS 1")]
    username: Annotated[
        str | None, Field(min_length=1, max_length=200, description="its password is the secret")
    ] = None
    version: Annotated[
        Version,
        Field(description="5 says whether anybody is subscribed; 3.1.1 is for older brokers"),
    ] = Version.V5


class MqttConnector(Connector[MqttSettings]):
    """Tells a department through an MQTT broker."""

    settings_model = MqttSettings
    carries: ClassVar[frozenset[MessageType]] = frozenset(MessageType)
    manifest: ClassVar[Manifest] = Manifest(
        title=Label(zh="MQTT", en="MQTT"),
        summary=Label(
            zh="通过 MQTT 代理接收 CloudEvents 的部门",
            en="For departments that take CloudEvents from an MQTT broker",
        ),
        address=Address(
            label=Label(zh="代理地址", en="Address of the broker"),
            schemes=_SCHEMES,
            example="mqtts://broker.example.gov:8883",
        ),
        secret=Secret(SecretNeed.OPTIONAL, Label(zh="密码", en="Password")),
        settings={
            "datum": DATUM_LABEL,
            "topic": Label(zh="发布案件的主题", en="Topic of cases"),
            "username": Label(zh="用户名", en="User name"),
            "version": Label(zh="MQTT 版本", en="Version of MQTT"),
        },
        test=Label(
            zh="发布一个 dev.xunjian.test 事件，不产生工单",
            en="Publishes an event of type dev.xunjian.test, which makes no work",
        ),
        status_by=StatusBy.ASKING,
    )

    @classmethod
    def address_problem(cls, url: str) -> str | None:
        """Return what makes a URL unusable as a broker's address, or None."""
        if problem := address_problem(url, _SCHEMES):
            return problem
        _, _, path = url.partition("://")[2].partition("/")
        return "the address has no path; the topic is a setting" if path else None

    def problems(self, classes: Collection[str]) -> list[str]:
        """Return that a password needs a user, where it does."""
        if self.secret and self.settings.username is None:
            return ["a password needs settings.username"]
        return []

    def send(self, outgoing: Outgoing, wire: Wire) -> Sent:
        """Publish the event; that the broker acknowledged it says that it will be told.

        Raises:
            DeliveryFailed: the broker has not said so, or nobody listens.
        """
        self._publish(case_event(outgoing, self.settings.datum), wire)
        return Sent()

    def check(self, destination_id: str, source: str, wire: Wire) -> str:
        """Publish an event of a type that means nothing.

        Raises:
            DeliveryFailed: the broker does not take it, or nobody listens.
        """
        answer = self._publish(trial_event(destination_id, source), wire)
        return f"{answer} to an event of type {TEST_EVENT}"

    def _publish(self, event: CloudEvent, wire: Wire) -> str:
        payload = JSONFormat().write(event)
        topic = self.settings.topic
        told = f"PUBLISH {wire.url} {topic}\n{payload.decode()}"
        wire.note(told)
        with conversing(self._login(wire), wire.timeout_s) as session:
            answer = session.publish(topic, payload, _CONTENT_TYPE)
        wire.note(told, answer)
        return answer

    def _login(self, wire: Wire) -> Login:
        return Login(wire.url, self.settings.version, self.settings.username, self.secret)
