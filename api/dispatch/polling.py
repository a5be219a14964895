"""Asks departments that do not call back what has become of our cases.

Open311 servers are asked for the status of requests: every answer that differs from the last is
stored once, and applied where it moves the case forward. From brokers and folders is collected what
departments have left there. Two services that ask at the same time do no harm.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import select

from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import Report
from api.cases.states import CaseState
from api.database import Database, now
from api.dispatch import updates
from api.dispatch.callbacks import take_callback, take_status
from api.dispatch.connectors import CONNECTORS
from api.dispatch.connectors.base import Mailbox, Word
from api.dispatch.connectors.manifest import StatusBy
from api.dispatch.connectors.open311 import Open311Connector, RequestStatus
from api.dispatch.connectors.wire import DeliveryFailed, Wire, open_client
from api.dispatch.destinations import connect
from api.dispatch.models import Destination, OutboxMessage, OutboxState
from api.dispatch.sealing import Seal
from api.dispatch.statuses import STATUS_EVENTS
from models.errors import XunjianError

_BATCH = 50
_ASKED = [
    kind
    for kind, connector in CONNECTORS.items()
    if connector.manifest.status_by == StatusBy.ASKING
]
_WITH_DEPARTMENT = (
    CaseState.DISPATCHED,
    CaseState.ACCEPTED,
    CaseState.IN_PROGRESS,
    CaseState.SUSPENDED,
)
_log = structlog.get_logger()


class Poller:
    """Asks for the status of every case that lies with a department that does not call back.

    Args:
        database: where the cases are.
        seal: opens the destinations' secrets.
        interval_s: how long to wait between two rounds.
        timeout_s: how long a department may take to answer.
        drop_dir: where the folders of departments that get files are.
        clock: gives the present time.
    """

    def __init__(
        self,
        database: Database,
        seal: Seal,
        *,
        interval_s: float = 300.0,
        timeout_s: float = 15.0,
        drop_dir: Path | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._seal = seal
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._drop_dir = drop_dir
        self._clock = clock
        self._client = open_client(timeout_s)

    def run(self, stop: threading.Event) -> None:
        """Ask until stopped."""
        while not stop.wait(self._interval_s):
            try:
                self.run_once(stop)
            except Exception:
                _log.exception("polling failed")
        self._client.close()

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Ask every department once; return how many new words they had."""
        heard = 0
        for destination in self._destinations():
            if stop is not None and stop.is_set():
                break
            try:
                heard += self._ask(destination)
            except XunjianError as error:
                _log.warning(
                    "a department cannot be asked", destination=destination.id, error=error
                )
            except Exception:
                # The others are asked all the same; what was not stored is still over there.
                _log.exception("asking a department failed", destination=destination.id)
        return heard

    def _destinations(self) -> Sequence[Destination]:
        with self._database.read() as session:
            query = select(Destination).where(Destination.kind.in_(_ASKED))
            return session.scalars(query).all()

    def _ask(self, destination: Destination) -> int:
        connector = connect(destination, self._seal)
        wire = Wire(
            self._client,
            url=destination.url,
            timeout_s=self._timeout_s,
            secrets=(connector.secret,) if connector.secret else (),
            drop_dir=self._drop_dir,
        )
        if isinstance(connector, Mailbox):
            return connector.collect(destination.id, wire, partial(self._take_words, destination))
        assert isinstance(connector, Open311Connector)  # noqa: S101 - the only other one
        self._learn_numbers(destination, connector, wire)
        if connector.settings.updates:
            return updates.hear(self._database, destination, connector, wire, at=self._clock())
        return sum(
            self._take(destination, status)
            for numbers in self._numbers(destination)
            for status in connector.statuses(numbers, wire)
        )

    def _take_words(self, destination: Destination, words: Sequence[Word]) -> int:
        with self._database.write() as session:
            return sum(
                take_callback(session, destination=destination, message_id=word.id, body=word.body)
                for word in words
            )

    def _learn_numbers(
        self, destination: Destination, connector: Open311Connector, wire: Wire
    ) -> None:
        """Ask for the numbers of requests of which the department has only given a token."""
        with self._database.read() as session:
            waiting = session.execute(
                select(OutboxMessage.id, OutboxMessage.case_id, OutboxMessage.external_token).where(
                    OutboxMessage.destination_id == destination.id,
                    OutboxMessage.state == OutboxState.DELIVERED,
                    OutboxMessage.external_id.is_(None),
                    OutboxMessage.external_token.is_not(None),
                )
            ).all()
        for message_id, case_id, token in waiting:
            try:
                number = connector.number_of(str(token), wire)
            except DeliveryFailed as failure:
                _log.warning("no number for a token yet", message=message_id, error=str(failure))
                continue
            if number is None:
                continue
            with self._database.write() as session:
                case = cases.locked(session, case_id)
                message = session.get_one(OutboxMessage, message_id, with_for_update=True)
                message.external_id = number
                if case.destination_id == destination.id and case.external_id is None:
                    case.external_id = number

    def _numbers(self, destination: Destination) -> Iterator[list[str]]:
        """Yield the departments' numbers of the cases that lie with it, some at a time."""
        after = ""
        while True:
            with self._database.read() as session:
                rows = session.execute(
                    select(Case.id, Case.external_id)
                    .where(
                        Case.destination_id == destination.id,
                        Case.external_id.is_not(None),
                        Case.state.in_(_WITH_DEPARTMENT),
                        Case.id > after,
                    )
                    .order_by(Case.id)
                    .limit(_BATCH)
                ).all()
            if not rows:
                return
            after = rows[-1][0]
            yield [str(row[1]) for row in rows]

    def _take(self, destination: Destination, found: RequestStatus) -> bool:
        if found.status is None:
            return False
        with self._database.write() as session:
            case_id = session.scalar(
                select(OutboxMessage.case_id).where(
                    OutboxMessage.destination_id == destination.id,
                    OutboxMessage.external_id == found.external_id,
                )
            )
            if case_id is None:
                return False
            case = cases.locked(session, case_id)
            changed_at = found.updated_at.isoformat() if found.updated_at else ""
            return take_status(
                session,
                case=case,
                destination_id=destination.id,
                status=found.status,
                report=Report(
                    STATUS_EVENTS[found.status],
                    f"destination:{destination.id}",
                    comment=found.notes,
                    # What is polled is how it stands now, whatever the department's clock says.
                    occurred_at=self._clock(),
                    message_id=f"{found.external_id} {found.word} {changed_at}".strip(),
                ),
                of_this_round=case.external_id == found.external_id,
            )
