"""What we say was delivered, held against what the department lists."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from sqlalchemy import select

from api.counts.periods import Period
from api.database import Database
from api.dispatch import outbox
from api.dispatch.connectors import CONNECTORS
from api.dispatch.connectors.base import Ledger
from api.dispatch.connectors.wire import Wire
from api.dispatch.destinations import connect
from api.dispatch.models import Destination, OutboxMessage, OutboxState
from api.dispatch.sealing import Seal
from api.reconciliation.service import Discrepancy, Fault, made_on
from models.errors import XunjianError

_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What asking one department showed.

    Attributes:
        destination: which.
        delivered: messages of the day that we say it has.
        listed: how many of them it lists, or None when it could not be asked.
        problem: why it could not be asked.
        discrepancies: what does not agree.
    """

    destination: Destination
    delivered: int
    listed: int | None
    problem: str | None
    discrepancies: Sequence[Discrepancy]


def compare(
    database: Database, *, seal: Seal, day: Period, client: httpx.Client, timeout_s: float
) -> list[Comparison]:
    """Ask every department that can list its work for what was delivered to it of a day's messages.

    Args:
        database: where the messages are; no transaction is open while departments are asked.
        seal: opens the destinations' secrets.
        day: when the messages were made.
        client: of `open_client`.
        timeout_s: how long one answer may take.
    """
    with database.read() as session:
        destinations = session.scalars(
            select(Destination)
            .where(
                Destination.disabled_at.is_(None),
                Destination.kind.in_(
                    kind for kind, each in CONNECTORS.items() if issubclass(each, Ledger)
                ),
            )
            .order_by(Destination.name)
        ).all()
        delivered: defaultdict[str, list[OutboxMessage]] = defaultdict(list)
        for message in session.scalars(
            select(OutboxMessage)
            .where(
                made_on(day),
                OutboxMessage.state == OutboxState.DELIVERED,
                OutboxMessage.event_type.in_(outbox.GIVES_THE_CASE),
            )
            .order_by(OutboxMessage.id)
        ):
            delivered[message.destination_id].append(message)
    return [
        _compare(each, delivered[each.id], seal=seal, client=client, timeout_s=timeout_s)
        for each in destinations
    ]


def _compare(
    destination: Destination,
    messages: Sequence[OutboxMessage],
    *,
    seal: Seal,
    client: httpx.Client,
    timeout_s: float,
) -> Comparison:
    if not messages:
        return Comparison(destination, 0, 0, None, ())
    try:
        connector = connect(destination, seal)
        assert isinstance(connector, Ledger)  # noqa: S101 - of the kinds selected above
        wire = Wire(
            client,
            url=destination.url,
            timeout_s=timeout_s,
            secrets=(connector.secret,) if connector.secret else (),
        )
        known = connector.listed(
            {message.id: message.external_id for message in messages},
            classes={message.payload["finding"]["class"] for message in messages},
            since=messages[0].created_at - _CLOCKS_DIFFER,
            until=max(map(_arrived_at, messages)) + _CLOCKS_DIFFER,
            wire=wire,
        )
    except XunjianError as error:
        return Comparison(destination, len(messages), None, str(error), ())
    discrepancies = [
        Discrepancy(
            Fault.LISTED_TWICE if known[message.id] else Fault.NOT_LISTED,
            message.case_id,
            message.id,
            destination.id,
            tuple(sorted(known[message.id])),
        )
        for message in messages
        if len(known[message.id]) != 1
    ]
    listed = sum(bool(known[message.id]) for message in messages)
    return Comparison(destination, len(messages), listed, None, discrepancies)


def _arrived_at(message: OutboxMessage) -> datetime:
    return message.delivered_at or message.created_at
