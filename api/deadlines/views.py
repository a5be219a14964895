"""How cases stand to their terms, for those who look at them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.cases.states import CaseEvent
from api.deadlines.lights import WORDS, Light, light
from api.deadlines.models import CaseClock
from api.deadlines.schemas import ClockView, LightWords, Standing


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
