"""Messages put together for those who look at them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.schemas import DeliveryView, DestinationName
from api.dispatch.models import Delivery, Destination, OutboxMessage, OutboxState
from api.outbox.schemas import LetterDetail, LetterView, LoggedDelivery
from api.outbox.service import asks


def letters(session: Session, messages: Sequence[OutboxMessage]) -> list[LetterView]:
    """Return messages as a list shows them."""
    ids = [message.id for message in messages]
    attempts = {
        delivery.message_id: delivery
        for delivery in session.scalars(
            select(Delivery).where(Delivery.message_id.in_(ids)).order_by(Delivery.id)
        )
    }
    destinations = {
        row.id: row
        for row in session.scalars(
            select(Destination).where(Destination.id.in_({m.destination_id for m in messages}))
        )
    }
    numbers = dict(
        session.execute(
            select(Case.id, Case.number).where(Case.id.in_({m.case_id for m in messages}))
        )
        .tuples()
        .all()
    )
    return [
        LetterView(
            id=message.id,
            case_id=message.case_id,
            case_number=numbers[message.case_id],
            destination=DestinationName.model_validate(destinations[message.destination_id]),
            sequence=message.sequence,
            event_type=message.event_type,
            state=message.state,
            doubt=message.doubt,
            asks=asks(message, destinations[message.destination_id]),
            attempts=message.attempts,
            external_id=message.external_id,
            created_at=message.created_at,
            next_attempt_at=message.next_attempt_at
            if message.state == OutboxState.PENDING
            else None,
            delivered_at=message.delivered_at,
            last_delivery=DeliveryView.model_validate(attempts[message.id])
            if message.id in attempts
            else None,
        )
        for message in messages
    ]


def detail(session: Session, message: OutboxMessage) -> LetterDetail:
    """Return a message with what it tells and every attempt to send it."""
    (letter,) = letters(session, [message])
    deliveries = session.scalars(
        select(Delivery).where(Delivery.message_id == message.id).order_by(Delivery.id)
    )
    return LetterDetail(
        **dict(letter),
        payload=message.payload,
        deliveries=[LoggedDelivery.model_validate(row) for row in deliveries],
    )
