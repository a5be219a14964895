"""How messages reached the departments."""

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.dispatch.models import Destination, OutboxMessage, OutboxState
from api.figures.percentiles import percentiles
from api.figures.schemas import DeliveriesRow
from api.figures.scope import Scope, seconds
from api.findings.models import Finding

_STATES = {
    "delivered": (OutboxState.DELIVERED,),
    "pending": (OutboxState.PENDING, OutboxState.LEASED),
    "dead": (OutboxState.DEAD,),
    "withdrawn": (OutboxState.WITHDRAWN,),
}


def deliveries(session: Session, scope: Scope) -> list[DeliveriesRow]:
    """Return what became of the messages written in a time, for each department, by name.

    Args:
        session: the open transaction.
        scope: of which cases.
    """
    messages = scope.narrow(
        select(
            OutboxMessage.destination_id,
            OutboxMessage.state,
            OutboxMessage.attempts,
            (seconds(OutboxMessage.delivered_at) - seconds(OutboxMessage.created_at)).label(
                "value"
            ),
        )
        .join(Case, Case.id == OutboxMessage.case_id)
        .join(Finding, Finding.id == Case.finding_id)
        .where(*scope.within(OutboxMessage.created_at))
    )
    took = {
        row["destination_id"]: row
        for row in session.execute(percentiles(messages, "destination_id")).mappings()
    }
    each = messages.subquery()
    rows = session.execute(
        select(
            Destination.id.label("destination_id"),
            Destination.name,
            *(
                func.sum(case((each.c.state.in_(states), 1), else_=0)).label(name)
                for name, states in _STATES.items()
            ),
            func.sum(case((each.c.attempts > 1, 1), else_=0)).label("repeated"),
        )
        .join(each, each.c.destination_id == Destination.id)
        .group_by(Destination.id, Destination.name)
        .order_by(Destination.name)
    )
    return [
        DeliveriesRow(
            **dict(row),
            median_s=took[row["destination_id"]]["median"] if row["delivered"] else None,
            p90_s=took[row["destination_id"]]["p90"] if row["delivered"] else None,
        )
        for row in rows.mappings()
    ]
