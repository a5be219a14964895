"""Takes what devices publish, one process at a time, and acknowledges it after the commit."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import structlog
from aiomqtt import Client, Message, MqttError
from paho.mqtt.reasoncodes import ReasonCode
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from api.database import new_id, now
from api.dependencies import Services
from api.devices import service as devices
from api.devices.models import Protocol
from api.devices.pushing import push
from api.devices.service import KnownDevice
from api.errors import ProblemError
from api.mqtt_ingest.broker import Broker, acknowledge, broker_of, connect
from api.mqtt_ingest.lease import give_back, hold
from api.mqtt_ingest.message import read_message, topic_matches
from api.secrets import derive_key, load_secret_key

_DOOR = Protocol.MQTT.value
_AT_LEAST_ONCE = 1
_FAILURES = 0x80  # MQTT 5.0, 3.9.3
_EVERY_S = 10.0  # between two looks at the lease and the devices
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_JSON_OVERHEAD = 64 * 1024
_log = structlog.get_logger()


class _NotOurs(Exception):
    """Another process has the lease."""


@asynccontextmanager
async def consuming(services: Services) -> AsyncIterator[None]:
    """Take what devices publish beside the service, until the block ends."""
    settings = services.settings
    if Protocol.MQTT not in settings.front_doors or settings.mqtt_url is None:
        yield
        return
    consumer = Consumer(services, broker_of(settings.mqtt_url.get_secret_value()))
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await run_in_threadpool(give_back, services.database, door=_DOOR, holder=consumer.holder)


class Consumer:
    """Reads the topics of every enabled MQTT device while it holds the lease.

    Args:
        services: what takes pictures in.
        broker: where devices publish.
    """

    def __init__(self, services: Services, broker: Broker) -> None:
        self.holder = new_id()
        self._services = services
        self._broker = broker
        self._devices: Sequence[KnownDevice] = ()
        self._served = False
        self._at_once = asyncio.Semaphore(services.intake.workers)
        key = load_secret_key(services.settings.data_dir)
        # One session for all processes of an installation: the lease says whose it is.
        self._client_id = f"xunjian-{derive_key(key, 'mqtt session').hex()[:12]}"
        registry = services.metrics.registry
        self._messages = Counter(
            "xunjian_mqtt_messages",
            "MQTT messages, by what became of them",
            ["outcome"],
            registry=registry,
        )
        self._connected = Gauge(
            "xunjian_mqtt_connected", "Whether this process reads the broker", registry=registry
        )

    async def run(self) -> None:
        """Take messages until it is cancelled; whatever fails is tried again."""
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                while not await self._hold():
                    await asyncio.sleep(_EVERY_S)
                await self._serve()
            except* _NotOurs:
                _log.warning("another process reads the MQTT broker now")
            except* MqttError as group:
                _log.warning(
                    "the MQTT broker is not there; trying again",
                    broker=f"{self._broker.host}:{self._broker.port}",
                    error=str(group.exceptions[0]),
                )
            except* Exception:
                _log.exception("reading the MQTT broker failed; trying again")
            wait_s = _FIRST_WAIT_S if self._served else min(2 * wait_s, _LONGEST_WAIT_S)
            self._served = False
            self._connected.set(0)
            await asyncio.sleep(wait_s)

    async def _hold(self) -> bool:
        return await run_in_threadpool(
            hold, self._services.database, door=_DOOR, holder=self.holder
        )

    async def _serve(self) -> None:
        largest = self._services.settings.max_picture_bytes * 4 // 3 + _JSON_OVERHEAD
        async with connect(self._broker, client_id=self._client_id, largest=largest) as client:
            self._devices = ()
            await self._subscribe(client)
            self._connected.set(1)
            self._served = True
            in_order: asyncio.Queue[tuple[Message, asyncio.Task[None]]] = asyncio.Queue()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(client))
                group.create_task(_acknowledge(client, in_order))
                async for message in client.messages:
                    in_order.put_nowait((message, group.create_task(self._take(message))))

    async def _watch(self, client: Client) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            if not await self._hold():
                raise _NotOurs
            await self._subscribe(client)

    async def _subscribe(self, client: Client) -> None:
        """Make our subscriptions those of the devices."""

        def look() -> list[KnownDevice]:
            with self._services.database.read() as session:
                return devices.known_all(session, protocol=Protocol.MQTT)

        known = await run_in_threadpool(look)
        had, wanted = ({one.identifier for one in some} for some in (self._devices, known))
        self._devices = known
        for topic_filter in sorted(wanted - had):
            granted = await client.subscribe(topic_filter, qos=_AT_LEAST_ONCE)
            if any(_value(code) >= _FAILURES for code in granted):
                _log.error("the MQTT broker does not let us read a topic", topic=topic_filter)
        for topic_filter in sorted(had - wanted):
            await client.unsubscribe(topic_filter)

    async def _take(self, message: Message) -> None:
        """Take a message in; what may pass later is tried until it does."""
        topic = str(message.topic)
        device = next((one for one in self._devices if topic_matches(topic, one.identifier)), None)
        if device is None or not isinstance(message.payload, bytes):
            self._messages.labels("unknown").inc()
            return
        received_at = now()
        outcome = None
        while outcome is None:
            outcome = await self._try(device, topic, message.payload, received_at)
        self._messages.labels(outcome).inc()

    async def _try(
        self, device: KnownDevice, topic: str, payload: bytes, received_at: datetime
    ) -> str | None:
        """Return what became of a message, None where it is to be tried again."""
        try:
            pushed = await run_in_threadpool(
                read_message,
                topic,
                payload,
                topic_filter=device.identifier,
                received_at=received_at,
                zone=self._services.settings.zone,
            )
            async with self._at_once:
                with self._services.intake.receiving(device.id, live=True) as held:
                    held.reserve(len(payload))
                    await push(self._services, device, pushed)
                await run_in_threadpool(devices.seen, self._services.database, device)
        except ProblemError as problem:
            if problem.retry_after_s is not None:
                await asyncio.sleep(problem.retry_after_s)
                return None
            _log.warning("an MQTT message was refused", device=device.id, code=problem.code)
            return "refused"
        except OperationalError:
            await asyncio.sleep(_FIRST_WAIT_S)
            return None
        except Exception:  # the broker would bring it again for ever
            _log.exception("an MQTT message cannot be taken", device=device.id)
            return "failed"
        return "taken"


def _value(code: int | ReasonCode) -> int:
    return code if isinstance(code, int) else code.value


async def _acknowledge(
    client: Client, in_order: "asyncio.Queue[tuple[Message, asyncio.Task[None]]]"
) -> None:
    """Acknowledge messages once they are dealt with, in their order (MQTT 5.0, 4.6)."""
    while True:
        message, taken = await in_order.get()
        await taken
        acknowledge(client, message)
