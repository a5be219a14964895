"""The sender: leases messages, sends them, records what became of them.

One attempt is three steps, and a sender may die between any two of them:

1. lease, and write the attempt to the log: one transaction;
2. send;
3. record the outcome, with what it means for the case: one transaction.

After a death the lease runs out, the attempt is logged as unknown, and the message is sent again
under the same id, or treated as its connector treats doubt.
"""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import SYSTEM, Report
from api.cases.states import WITH_DEPARTMENT, CaseEvent, CaseState
from api.database import Database, now
from api.dispatch import outbox
from api.dispatch.connectors.base import Media, Outgoing, Sent
from api.dispatch.connectors.wire import DeliveryFailed, Wire, open_client
from api.dispatch.destinations import callback_url, connect, disable
from api.dispatch.models import (
    Delivery,
    Doubt,
    OutboxMessage,
    OutboxState,
    Outcome,
)
from api.dispatch.monitoring import DeliveryMetrics
from api.dispatch.schedule import DEFAULT_SCHEDULE_S, next_wait
from api.dispatch.sealing import Seal
from api.evidence.signing import Medium
from models.errors import XunjianError

_POLL_S = 0.5
_LEASE_MARGIN_S = 15.0
_COMMENT = 2000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SenderOptions:
    """How the sender behaves.

    Attributes:
        public_url: our own address, the `source` of every message.
        schedule_s: seconds before the first attempt, before the second, ….
        timeout_s: how long a department may take to answer.
        threads: how many messages are sent at the same time.
        drop_dir: where the folders of departments that get files are.
    """

    public_url: str
    schedule_s: Sequence[float] = DEFAULT_SCHEDULE_S
    timeout_s: float = 15.0
    threads: int = 4
    drop_dir: Path | None = None


class Sender:
    """Sends what is in the outbox. Any number may work on one database.

    Args:
        database: where the outbox is.
        seal: opens the destinations' secrets.
        media: makes the link to a piece of evidence, its picture or its video.
        options: see `SenderOptions`.
        metrics: where deliveries are counted.
        clock: gives the present time.
    """

    def __init__(
        self,
        database: Database,
        seal: Seal,
        media: Callable[[str, Medium], Media],
        options: SenderOptions,
        *,
        metrics: DeliveryMetrics | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._seal = seal
        self._media = media
        self._options = options
        self._metrics = metrics
        self._clock = clock
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._client = open_client(options.timeout_s)
        self._in_flight: Counter[str] = Counter()
        self._counting = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Send until stopped; what is being sent is finished first."""
        threads = [
            threading.Thread(target=self._work, args=(stop,), name=f"sender-{number}")
            for number in range(self._options.threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._client.close()

    def run_once(self) -> bool:
        """Make one attempt at the message that is due; return whether there was one."""
        lease = self.lease()
        if lease is None:
            return False
        started = time.monotonic()
        wire = self.wire(lease)
        self._count(lease.destination.id, 1)
        try:
            result = self.send(lease, wire)
        finally:
            self._count(lease.destination.id, -1)
        self.record(lease, wire, result, duration_s=time.monotonic() - started)
        return True

    def lease(self) -> outbox.Lease | None:
        """Do step 1: take a message, if one is due."""
        at, avoid = self._clock(), self.busy_destinations()
        with self._database.read() as session:
            if not outbox.anything_due(session, at=at, avoid=avoid):
                return None
        # Longer than an attempt lasts: a search and a post, each to send, to be answered, to read.
        lease_for = timedelta(seconds=6 * self._options.timeout_s + _LEASE_MARGIN_S)
        with self._database.write() as session:
            return outbox.lease(session, worker=self._name, lease_for=lease_for, at=at, avoid=avoid)

    def send(self, lease: outbox.Lease, wire: Wire) -> Sent | DeliveryFailed:
        """Do step 2: make the attempt; nothing is written."""
        try:
            return self._attempt(lease, wire)
        except DeliveryFailed as failure:
            return failure
        except XunjianError as error:
            return DeliveryFailed(f"{error}. {error.hint or ''}".strip(), final=True)
        except Exception as error:
            _log.exception("sending failed unexpectedly", message=lease.message.id)
            return DeliveryFailed(f"unexpected {type(error).__name__}", uncertain=True)

    def record(
        self,
        lease: outbox.Lease,
        wire: Wire,
        result: Sent | DeliveryFailed,
        *,
        duration_s: float,
    ) -> bool:
        """Do step 3: write what became of the attempt, and move the case.

        Returns:
            Whether it was written; not so when another sender has taken the message over.
        """
        with self._database.write() as session:
            case = cases.locked(session, lease.message.case_id)
            message = outbox.held(session, lease)
            if message is None:
                _log.warning("lease lost", message=lease.message.id, fence=lease.fence)
                return False
            if isinstance(result, Sent):
                outcome = self._delivered(session, case, message, result)
            else:
                outcome = self._failed(session, case, message, result)
            delivery = session.get_one(Delivery, lease.delivery_id)
            delivery.duration_ms = round(1000 * duration_s, 1)
            delivery.status_code = wire.status_code
            delivery.outcome = outcome
            delivery.request_excerpt = wire.request_excerpt
            delivery.response_excerpt = wire.response_excerpt
            delivery.error = str(result) if isinstance(result, DeliveryFailed) else None
        _log.info(
            "delivery",
            message=message.id,
            case=case.id,
            attempt=message.attempts,
            outcome=outcome.value,
            status=wire.status_code,
            error=delivery.error,
        )
        if self._metrics:
            self._metrics.observe(lease.destination.kind, outcome, duration_s)
        return True

    def _work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            rung = self._database.bell.rung
            try:
                busy = self.run_once()
            except Exception:
                # The lease stands in the database: whoever comes next goes on from there.
                _log.exception("the sender cannot use the database")
                busy = False
            if not busy:
                self._database.bell.wait(rung, _POLL_S)

    def busy_destinations(self) -> list[str]:
        """Return the destinations that have their share of the threads.

        A department that hangs holds up no other as long as there is more than one thread.
        """
        share = max(1, self._options.threads - 1)
        with self._counting:
            return [key for key, count in self._in_flight.items() if count >= share]

    def _count(self, destination_id: str, change: int) -> None:
        with self._counting:
            self._in_flight[destination_id] += change

    def wire(self, lease: outbox.Lease) -> Wire:
        """Return the line to the department for one attempt."""
        sealed = lease.destination.sealed_secret
        try:
            secrets = (self._seal.open(sealed),) if sealed else ()
        except XunjianError:
            secrets = ()  # the attempt itself says so, clearly
        return Wire(
            self._client,
            url=lease.destination.url,
            timeout_s=self._options.timeout_s,
            secrets=secrets,
            drop_dir=self._options.drop_dir,
        )

    def _attempt(self, lease: outbox.Lease, wire: Wire) -> Sent:
        message, destination = lease.message, lease.destination
        if destination.disabled_at is not None:
            raise DeliveryFailed(
                f"{destination.name} is disabled: {destination.disabled_reason}", final=True
            )
        if message.attempts > len(self._options.schedule_s):
            raise DeliveryFailed("every attempt of the schedule is used up", final=True)
        if self._clock() >= lease.until:
            raise DeliveryFailed("the lease ran out before anything was sent")
        source = self._options.public_url
        outgoing = Outgoing(
            id=message.id,
            event_type=message.event_type,
            case_id=message.case_id,
            facts=message.payload,
            media=(
                *(self._media(key, Medium.PICTURE) for key in message.payload["evidence_ids"]),
                *(self._media(key, Medium.CLIP) for key in message.payload.get("clip_ids", ())),
            ),
            created_at=message.created_at,
            started_at=self._clock(),
            first_started_at=self._first_started(message),
            doubt=message.doubt,
            source=source,
            callback_url=callback_url(source, destination),
            known_as=self._known_as(message),
        )
        return connect(destination, self._seal).send(outgoing, wire)

    def _known_as(self, message: OutboxMessage) -> Sent | None:
        """Return what the department called the case in the message that gave it last."""
        given = (
            select(OutboxMessage.external_id, OutboxMessage.external_token)
            .where(
                OutboxMessage.case_id == message.case_id,
                OutboxMessage.destination_id == message.destination_id,
                OutboxMessage.sequence < message.sequence,
                OutboxMessage.event_type.in_(outbox.GIVES_THE_CASE),
            )
            .order_by(OutboxMessage.sequence.desc())
            .limit(1)
        )
        with self._database.read() as session:
            row = session.execute(given).one_or_none()
        return Sent(*row) if row else None

    def _first_started(self, message: OutboxMessage) -> datetime:
        with self._database.read() as session:
            first = session.scalar(
                select(func.min(Delivery.started_at)).where(Delivery.message_id == message.id)
            )
        return first or message.created_at

    def _delivered(
        self, session: Session, case: Case, message: OutboxMessage, sent: Sent
    ) -> Outcome:
        outbox.release(message, OutboxState.DELIVERED)
        message.external_token = sent.external_token
        message.external_id = sent.external_id or message.external_id
        if _gives_the_case(session, message):
            case.external_id = message.external_id
            cases.take(session, case=case, report=Report(CaseEvent.DELIVERED, SYSTEM))
        return Outcome.DELIVERED

    def _failed(
        self, session: Session, case: Case, message: OutboxMessage, failure: DeliveryFailed
    ) -> Outcome:
        if failure.uncertain:
            message.doubt = Doubt.UNCERTAIN
        if failure.gone:
            disable(
                session,
                destination_id=message.destination_id,
                reason="answered 410 Gone",
                actor=SYSTEM,
            )
        if outbox.gives_the_case(message):
            present = _gives_the_case(session, message)
            if not present or case.state == CaseState.CANCELLED:
                outbox.release(message, OutboxState.WITHDRAWN)
                return Outcome.DEAD
            if case.state != CaseState.DISPATCHING:
                # The department has told of the case meanwhile, by which it has the message.
                outbox.release(message, OutboxState.DELIVERED)
                return Outcome.DEAD
        if outbox.is_notice(message) and _is_over(session, case, message):
            outbox.release(message, OutboxState.WITHDRAWN)
            return Outcome.DEAD
        wait = next_wait(
            self._options.schedule_s, message.attempts, retry_after_s=failure.retry_after_s
        )
        if wait is None or failure.final:
            outbox.release(message, OutboxState.DEAD)
            report = Report(CaseEvent.UNDELIVERABLE, SYSTEM, comment=str(failure)[:_COMMENT])
            heard = cases.take if outbox.gives_the_case(message) else cases.store
            heard(session, case=case, report=report)
            return Outcome.DEAD
        outbox.release(message, OutboxState.PENDING)
        message.next_attempt_at = self._clock() + wait
        return Outcome.RETRY


def _gives_the_case(session: Session, message: OutboxMessage) -> bool:
    """Say whether this is the message that gave the case to its department last."""
    last = outbox.round_message(session, message.case_id)
    return last is not None and last.id == message.id


def _is_over(session: Session, case: Case, message: OutboxMessage) -> bool:
    """Say whether the department of which a notice tells has the case no longer."""
    given = outbox.round_message(session, case.id)
    return case.state not in WITH_DEPARTMENT or given is None or given.sequence > message.sequence
