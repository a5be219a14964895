"""How cases stand to their terms, for those who look at them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.states import CaseEvent
from api.deadlines.lights import WORDS, Light, escalated, light
from api.deadlines.models import CaseClock
from api.deadlines.schemas import ClockView, LightWords, Standing


def narrow(
    query: Select[Case],
    *,
    lights: Collection[Light] | None,
    late: bool | None,
    at: datetime,
) -> Select[Case]:
    """Narrow a selection of cases down.

    Args:
        query: of `Case`.
        lights: only cases with one of these; None means any.
        late: only cases that the people here must look at, or only others; None means both.
        at: the present time.
    """
    if lights:
        query = query.outerjoin(CaseClock, CaseClock.current_case_id == Case.id)
        query = query.where(light(at).in_([each.value for each in lights]))
    if late is not None:
        waiting = select(CaseClock.case_id).where(escalated())
        query = query.where(Case.id.in_(waiting) if late else Case.id.not_in(waiting))
    return query


def standings(session: Session, case_ids: Collection[str], *, at: datetime) -> dict[str, Standing]:
    """Return how cases stand to their terms, by their ids."""
    rows = session.execute(
        select(Case.id, light(at), CaseClock)
        .outerjoin(CaseClock, CaseClock.current_case_id == Case.id)
        .where(Case.id.in_(case_ids))
    )
    return {case_id: _standing(Light(shown), clock) for case_id, shown, clock in rows}


def clocks(session: Session, case_id: str) -> list[ClockView]:
    """Return every run of a case's clock, oldest first."""
    rows = session.scalars(
        select(CaseClock).where(CaseClock.case_id == case_id).order_by(CaseClock.id)
    )
    return [ClockView.model_validate(row) for row in rows]


def _standing(shown: Light, clock: CaseClock | None) -> Standing:
    zh, en, shape = WORDS[shown]
    running = clock is not None and clock.stopped_at is None
    stands = clock is not None and clock.stopped_by == CaseEvent.SUSPEND
    return Standing(
        light=shown,
        light_words=LightWords(zh=zh, en=en, shape=shape),
        due_at=clock.due_at if clock is not None and not stands else None,
        escalated_at=clock.escalated_at if clock is not None and running else None,
    )
