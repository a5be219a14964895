"""Verification of the kind `area`: the next period below the threshold (see docs/design.md)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.advisories.assessment import Assessment
from api.advisories.models import PestAdvisory
from api.cases import service as cases
from api.cases.models import Case, CaseEntry
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent, CaseState
from api.counts.pests import UNIT, VIEW_OF
from api.plots.models import Plot


def note_next(session: Session, plot: Plot, *, pest: str, said: Assessment) -> None:
    """Tell earlier findings of a plot and pest, and their open cases, what a later period showed.

    A case that waits for verification is closed by a period below the threshold, and goes back to
    the department by one that is not, if the whole period lies after the department's claim. On
    every other case the timeline says what the period showed, and nothing moves.

    Args:
        session: the open transaction; the plot is locked.
        plot: where.
        pest: its class name.
        said: what a period says that is over, a frame having come since; it had a threshold and
            enough usable frames.
    """
    period, below = said.period, not said.crossed
    earlier = session.scalars(
        select(PestAdvisory)
        .where(
            PestAdvisory.plot_id == plot.id,
            PestAdvisory.pest == pest,
            PestAdvisory.period_kind == period.kind,
            PestAdvisory.period_end <= period.start,
        )
        .order_by(PestAdvisory.period_start)
    )
    for advisory in earlier:
        if advisory.next_period is None or period.name <= advisory.next_period:
            advisory.next_period = period.name
            advisory.next_value = said.value
            advisory.next_below = below
        case_id = session.scalar(select(Case.id).where(Case.open_finding_id == advisory.finding_id))
        if case_id is not None:
            _verify(session, cases.locked(session, case_id), pest, said, below=below)


def _verify(session: Session, case: Case, pest: str, said: Assessment, *, below: bool) -> None:
    body = {"period": said.period.name, "below": below}
    claimed = cases.last_at(session, case, CaseEvent.CLAIM_DONE)
    moves = (
        case.state is CaseState.VERIFYING and claimed is not None and claimed <= said.period.start
    )
    if not moves and _last_word(session, case, said.period.name) == below:
        return
    report = Report(
        CaseEvent.PASS if below else CaseEvent.FAIL,
        SYSTEM,
        comment=_words(pest, said, below=below),
        occurred_at=said.period.end,
        body=body,
    )
    if moves:
        cases.change(session, case=case, report=report)
    else:
        cases.store(session, case=case, report=report)


def _last_word(session: Session, case: Case, period: str) -> bool | None:
    """Return what was last said of a period on a case: below, or not; None if nothing was."""
    entries = session.scalars(
        select(CaseEntry)
        .where(
            CaseEntry.case_id == case.id,
            CaseEntry.source == SYSTEM,
            CaseEntry.event.in_([CaseEvent.PASS, CaseEvent.FAIL]),
        )
        .order_by(CaseEntry.id.desc())
    )
    said = [entry.body for entry in entries if entry.body and entry.body.get("period") == period]
    return said[0]["below"] if said else None


def _words(pest: str, said: Assessment, *, below: bool) -> str:
    limit = said.limit.value if said.limit else 0.0
    version = said.limit.version.version if said.limit else ""
    unit = UNIT[VIEW_OF[pest]]
    return (
        f"{said.period.name}: {pest} {said.value or 0.0:.3g} {unit}, "
        f"{'below' if below else 'still at or above'} {limit:.3g} ({version})"
    )
