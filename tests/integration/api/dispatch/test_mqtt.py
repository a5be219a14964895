"""MQTT, against a broker that is not ours: told, heard, and what goes wrong between."""

import json
import multiprocessing
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from sqlalchemy import select

from api.cases.models import CaseEntry
from api.cases.states import CaseEvent, CaseState
from api.dispatch import destinations
from api.dispatch.connectors.wire import open_client
from api.dispatch.destinations import Trial
from api.dispatch.models import Destination, DestinationKind, Doubt, OutboxState
from tests import mosquitto
from tests.conftest import sqlite_only
from tests.integration.api.dispatch import victim
from tests.integration.api.dispatch.town import SEAL, SOURCE, Town, until

_TOPIC, _STATUS_TOPIC = "roads/cases", "roads/status"
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([victim.__name__])


class Subscriber:
    """A department at a broker whose session outlives its connection."""

    def __init__(self, url: str) -> None:
        self.messages: list[MQTTMessage] = []
        self._port = int(url.rpartition(":")[2])
        self.come()
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.subscribe(_TOPIC, 1)
        assert subscribed.wait(10)

    def come(self) -> None:
        """Connect, and go on with the session."""
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="roads", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = lambda _client, _data, message: self.messages.append(message)
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = 3600
        self._client.connect("127.0.0.1", self._port, clean_start=False, properties=lasting)
        self._client.loop_start()

    def go(self) -> None:
        """Disconnect; the broker keeps the session."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, payload: bytes) -> None:
        """Tell something, and wait until the broker has it."""
        self._client.publish(_STATUS_TOPIC, payload, 1).wait_for_publish(10)

    def events(self) -> list[dict[str, Any]]:
        """Return what it was told."""
        return [json.loads(message.payload) for message in self.messages]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    try:
        with mosquitto.broker(tmp_path) as url:
            yield url
    except mosquitto.MosquittoMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def subscriber(broker: str) -> Iterator[Subscriber]:
    subscriber = Subscriber(broker)
    yield subscriber
    subscriber.go()


def _destination(town: Town, url: str, **settings: object) -> Destination:
    return town.destination(url, kind=DestinationKind.MQTT, settings={"topic": _TOPIC, **settings})


def _trial(destination: Destination) -> Trial:
    with open_client(2.0) as client:
        return destinations.trial(
            destination,
            seal=SEAL,
            source=SOURCE,
            client=client,
            timeout_s=2.0,
            drop_dir=Path("nowhere"),
        )


def test_a_case_arrives_as_an_event(town: Town, broker: str, subscriber: Subscriber) -> None:
    _destination(town, broker, datum="GCJ-02")
    case_id = town.case()

    assert town.send_all() == 1

    until(lambda: len(subscriber.messages) == 1)
    (message,) = subscriber.messages
    event = JSONFormat().read(None, bytes(message.payload))
    assert event.get_id() == town.messages(case_id)[0].id
    assert event.get_type() == "dev.xunjian.case.opened"
    assert event.get_subject() == case_id
    data = event.get_data()
    assert isinstance(data, dict)
    assert data["location"]["datum"] == "GCJ-02"
    assert data["callback_url"] is None
    properties: Any = message.properties
    assert properties.ContentType == "application/cloudevents+json; charset=utf-8"
    assert message.qos == 1
    assert not message.retain
    assert town.get(case_id).state == CaseState.DISPATCHED
    (delivery,) = town.deliveries(case_id)
    assert delivery.request_excerpt is not None
    assert delivery.request_excerpt.startswith(f"PUBLISH {broker} {_TOPIC}\n")
    assert "abc123" not in delivery.request_excerpt, "a signed link is in the log"
    assert delivery.response_excerpt == "PUBACK Success"


def test_what_nobody_hears_is_not_delivered(town: Town, broker: str) -> None:
    _destination(town, broker)
    case_id = town.case()

    assert town.send_all() == 1

    assert town.get(case_id).state == CaseState.DISPATCHING
    (message,) = town.messages(case_id)
    assert (message.state, message.doubt) == (OutboxState.PENDING, Doubt.NONE)
    assert "nobody is subscribed to roads/cases" in (town.deliveries(case_id)[0].error or "")

    subscriber = Subscriber(broker)
    subscriber.go()
    town.clock.advance(6)
    assert town.send_all() == 1
    assert town.get(case_id).state == CaseState.DISPATCHED
    assert subscriber.messages == []
    subscriber.come()
    until(lambda: [event["subject"] for event in subscriber.events()] == [case_id])
    subscriber.go()


@sqlite_only
def test_a_cancelled_case_is_told(town: Town, broker: str, subscriber: Subscriber) -> None:
    _destination(town, broker)
    case_id = town.case()
    town.send_all()
    town.enter(case_id, CaseEvent.CANCEL)
    town.send_all()

    until(lambda: len(subscriber.messages) == 2)
    assert [event["type"] for event in subscriber.events()] == [
        "dev.xunjian.case.opened",
        "dev.xunjian.case.cancelled",
    ]


@sqlite_only
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_that_asks_for_a_password_gets_it(
    town: Town, tmp_path: Path, version: str
) -> None:
    settings = {"topic": _TOPIC, "username": mosquitto.USER, "version": version}
    try:
        with mosquitto.broker(tmp_path, users=True) as url:
            right = town.destination(
                url, kind=DestinationKind.MQTT, settings=settings, secret=mosquitto.PASSWORD
            )
            wrong = town.destination(
                url, kind=DestinationKind.MQTT, classes=(), settings=settings, secret="wrong"
            )
            case_id = town.case()
            town.send_all()
            found, refused = _trial(right), _trial(wrong)
    except mosquitto.MosquittoMissing as missing:
        pytest.skip(str(missing))

    (delivery,) = town.deliveries(case_id)
    assert mosquitto.PASSWORD not in (delivery.request_excerpt or "")
    assert not refused.ok
    assert "the broker refused the connection: Not authorized" in refused.detail
    if version == "5":
        assert "nobody is subscribed" in found.detail
    else:
        assert found.ok
        assert town.get(case_id).state == CaseState.DISPATCHED


@sqlite_only
def test_over_tls_only_a_broker_that_is_known_is_told(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = mosquitto.certificate_at(tmp_path / "known.pem")
    try:
        with mosquitto.broker(tmp_path, certificate=known) as url:
            destination = _destination(town, url, version="3.1.1")
            monkeypatch.setenv("SSL_CERT_FILE", str(known))
            trusted = _trial(destination)
            monkeypatch.setenv(
                "SSL_CERT_FILE", str(mosquitto.certificate_at(tmp_path / "other.pem"))
            )
            strange = _trial(destination)
    except mosquitto.MosquittoMissing as missing:
        pytest.skip(str(missing))

    assert trusted.ok, trusted.detail
    assert not strange.ok
    assert "CERTIFICATE_VERIFY_FAILED" in strange.detail


@pytest.mark.parametrize("step", ["after lease", "after send"])
def test_a_sender_killed_at_any_step_tells_it_under_one_id(
    town: Town, broker: str, subscriber: Subscriber, step: str
) -> None:
    _destination(town, broker)
    case_id = town.case()
    url = town.database.url.render_as_string(hide_password=False)
    process = _processes.Process(target=victim.run, args=(url, step))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL

    town.clock.advance(120)
    town.send_all()

    times = 1 if step == "after lease" else 2
    until(lambda: len(subscriber.messages) == times)
    assert {event["id"] for event in subscriber.events()} == {town.messages(case_id)[0].id}
    assert town.get(case_id).state == CaseState.DISPATCHED


@sqlite_only
def test_the_test_button_makes_no_work(town: Town, broker: str, subscriber: Subscriber) -> None:
    destination = _destination(town, broker, status_topic=_STATUS_TOPIC)

    trial = _trial(destination)

    assert trial.ok
    assert trial.detail == "PUBACK Success to dev.xunjian.test; subscribed to roads/status"
    until(lambda: len(subscriber.messages) == 1)
    assert subscriber.events()[0]["type"] == "dev.xunjian.test"


def _says(case_id: str, status: str, event_id: str) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "roads",
            "type": "dev.xunjian.case.status",
            "data": {"case_id": case_id, "status": status, "comment": "crew 3"},
        }
    ).encode()


def test_what_a_department_publishes_is_taken_once(
    town: Town, broker: str, subscriber: Subscriber
) -> None:
    _destination(town, broker, status_topic=_STATUS_TOPIC)
    case_id = town.case()
    town.send_all()
    poller = town.poller()
    assert poller.run_once() == 0, "from now on the broker keeps what is published"

    subscriber.publish(_says(case_id, "accepted", "a"))
    subscriber.publish(b"not an event at all")
    subscriber.publish(_says(case_id, "done", "n").replace(b"crew 3", b"crew\\u0000"))
    subscriber.publish(_says("0199f0c2-11aa-7000-8000-0c0ffee0c0de", "done", "b"))
    subscriber.publish(_says(case_id, "in_progress", "c"))
    subscriber.publish(_says(case_id, "in_progress", "c"))

    assert poller.run_once() == 2
    assert poller.run_once() == 0, "what was taken came again"
    assert town.get(case_id).state == CaseState.IN_PROGRESS
    with town.database.read() as session:
        told = session.scalars(
            select(CaseEntry.message_id).where(CaseEntry.message_id.is_not(None))
        ).all()
    assert told == ["a", "c"]


@sqlite_only
def test_what_could_not_be_stored_comes_again(
    town: Town, broker: str, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    _destination(town, broker, status_topic=_STATUS_TOPIC)
    case_id = town.case()
    town.send_all()
    town.poller().run_once()
    subscriber.publish(_says(case_id, "accepted", "a"))

    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("api.dispatch.polling.take_callback", broken)
        assert town.poller().run_once() == 0
    assert town.get(case_id).state == CaseState.DISPATCHED

    assert town.poller().run_once() == 1
    assert town.get(case_id).state == CaseState.ACCEPTED


@contextmanager
def _answering(*answers: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection by hand: each answer follows something that was received."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                for answer in answers:
                    connection.recv(65_536)
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"mqtt://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


_LET_IN = b"\x20\x03\x00\x00\x00"  # CONNACK: success, no properties


@sqlite_only
@pytest.mark.parametrize(
    ("answers", "doubt", "says"),
    [
        ([b""], Doubt.NONE, "not reached"),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], Doubt.NONE, "not reached"),
        ([b"\x20\x02\x00\x01"], Doubt.NONE, "set `version` to 3.1.1"),
        ([b"\x20\x03\x00\x88\x00"], Doubt.NONE, "Server unavailable"),
        ([_LET_IN, b""], Doubt.UNCERTAIN, "not acknowledged"),
        ([_LET_IN, b"nonsense"], Doubt.UNCERTAIN, "not acknowledged"),
        ([_LET_IN, b"\x40\x04\x00\x01\x87\x00"], Doubt.NONE, "refused the message: Not authorized"),
    ],
)
def test_what_may_have_been_taken_is_told_apart(
    town: Town, answers: list[bytes], doubt: Doubt, says: str
) -> None:
    def sending(answer: bytes) -> Callable[[socket.socket], None]:
        return lambda connection: connection.sendall(answer)

    with _answering(*map(sending, answers)) as url:
        _destination(town, url)
        case_id = town.case()
        town.send_all()

    (message,) = town.messages(case_id)
    assert (message.state, message.doubt) == (OutboxState.PENDING, doubt)
    assert says in (town.deliveries(case_id)[0].error or "")


@sqlite_only
def test_a_broker_that_says_nothing_is_left(town: Town) -> None:
    def silent(_: socket.socket) -> None:
        time.sleep(1.0)

    with _answering(lambda connection: connection.sendall(_LET_IN), silent) as url:
        _destination(town, url)
        case_id = town.case()
        town.sender(timeout_s=0.3).run_once()

    assert town.messages(case_id)[0].doubt == Doubt.UNCERTAIN
    assert "no answer within 0.3 s" in (town.deliveries(case_id)[0].error or "")
    town.clock.advance(6)
    assert town.send_all() == 1
    assert town.messages(case_id)[0].doubt == Doubt.UNCERTAIN
    assert "not reached: ConnectionRefusedError" in (town.deliveries(case_id)[1].error or "")
