"""How the cases of each department stand to their terms."""

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.database import now
from api.deadlines.lights import Light, light
from api.deadlines.models import CaseClock
from api.dispatch.models import Destination
from api.figures.schemas import LightsRow
from api.figures.scope import Scope
from api.findings.models import Finding


def lights(session: Session, scope: Scope) -> list[LightsRow]:
    """Return the lights of the cases opened in a time, for each department, most cases first.

    Args:
        session: the open transaction.
        scope: which; cases that no department has yet stand in a row without one.
    """
    shown = scope.narrow(
        select(Case.destination_id, light(now()).label("light"))
        .join(Finding, Finding.id == Case.finding_id)
        .outerjoin(CaseClock, CaseClock.current_case_id == Case.id)
        .where(*scope.within(Case.created_at))
    ).subquery()
    counts = [
        func.sum(case((shown.c.light == each.value, 1), else_=0)).label(each.value)
        for each in Light
    ]
    rows = session.execute(
        select(shown.c.destination_id, Destination.name, *counts, func.count().label("cases"))
        .outerjoin(Destination, Destination.id == shown.c.destination_id)
        .group_by(shown.c.destination_id, Destination.name)
        .order_by(func.count().desc(), Destination.name)
    )
    return [LightsRow(**dict(row)) for row in rows.mappings()]
