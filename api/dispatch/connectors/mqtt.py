"""CloudEvents over MQTT.

Source: CloudEvents 1.0.2, MQTT protocol binding (structured mode): the event as JSON is the
payload, and in MQTT 5 its content type is named.

The receiver knows a message by its `id`, so that sending one again is always safe.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, ClassVar

import structlog
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel, Field, ValidationError

from api.dispatch.connectors.base import (
    DATUM_LABEL,
    Connector,
    ConnectorSettings,
    Mailbox,
    Outgoing,
    Sent,
    Word,
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
from api.dispatch.connectors.mqtt_session import Login, MqttSession, Version, conversing
from api.dispatch.connectors.wire import Wire, address_problem
from api.dispatch.models import MessageType
from api.errors import ProblemError, Unprocessable

_CONTENT_TYPE = f"{JSONFormat.CONTENT_TYPE}; charset=utf-8"
_SCHEMES = ("mqtts", "mqtt")
_QUIET_S = 1.0  # so long without a message, and all that waited has come
_log = structlog.get_logger()
Topic = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^$#+\x00][^#+\x00]*$")]


class MqttSettings(ConnectorSettings):
    """Where at the broker a department listens."""

    topic: Annotated[Topic, Field(description="what cases are published to, with QoS 1")]
    status_topic: Annotated[
        Topic | None, Field(description="what the department publishes its status events to")
    ] = None
    username: Annotated[
        str | None, Field(min_length=1, max_length=200, description="its password is the secret")
    ] = None
    version: Annotated[
        Version,
        Field(description="5 says whether anybody is subscribed; 3.1.1 is for older brokers"),
    ] = Version.V5


class _Identified(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class MqttConnector(Connector[MqttSettings], Mailbox):
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
            "status_topic": Label(zh="部门回传状态的主题", en="Topic of the department's status"),
            "username": Label(zh="用户名", en="User name"),
            "version": Label(zh="MQTT 版本", en="Version of MQTT"),
        },
        test=Label(
            zh="发布一个 dev.xunjian.test 事件，不产生工单；并订阅状态主题",
            en="Publishes an event of type dev.xunjian.test, which makes no work, and subscribes "
            "to the topic of the status",
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
        """Return that a password lacks its user, or that we would hear ourselves."""
        problems = []
        if self.secret and self.settings.username is None:
            problems.append("a password needs settings.username")
        if self.settings.topic == self.settings.status_topic:
            problems.append("settings.topic and settings.status_topic must differ")
        return problems

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
        answer = f"{self._publish(trial_event(destination_id, source), wire)} to {TEST_EVENT}"
        if self.settings.status_topic is None:
            return f"{answer}; without status_topic the department's status is entered by hand"
        with self._listening(destination_id, self.settings.status_topic, wire):
            return f"{answer}; subscribed to {self.settings.status_topic}"

    def collect(
        self, destination_id: str, wire: Wire, take: Callable[[Sequence[Word]], int]
    ) -> int:
        """Take what was published since the last time; the broker has kept it for us.

        Raises:
            DeliveryFailed: the broker does not let us.
        """
        if self.settings.status_topic is None:
            return 0
        heard = 0
        with self._listening(destination_id, self.settings.status_topic, wire) as session:
            for payload in session.arrivals(_QUIET_S):
                try:
                    heard += take([Word(_id_of(payload), payload)])
                except ProblemError as problem:
                    _log.warning(
                        "a status was dropped", destination=destination_id, error=problem.detail
                    )
        return heard

    @contextmanager
    def _listening(self, destination_id: str, topic: str, wire: Wire) -> Iterator[MqttSession]:
        """Go on with our lasting session, in which the broker keeps what we have not taken."""
        client_id = f"xunjian{destination_id[-12:]}"  # 23 letters and digits at most: MQTT 3.1.1
        with conversing(
            replace(self._login(wire), lasting_id=client_id), wire.timeout_s
        ) as session:
            session.subscribe(topic)
            yield session

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


def _id_of(payload: bytes) -> str:
    try:
        return _Identified.model_validate_json(payload).id
    except ValidationError:
        raise Unprocessable("Not a status event: it has no id.", code="callback-invalid") from None
