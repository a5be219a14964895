"""Verification of a demolition: composites after the department's claim that show nothing there."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent, CaseState
from api.findings.models import Finding
from api.sites.findings import keep_picture
from api.sites.models import Composite, SiteRegion
from inference.sites.persistence import Track


def verify(
    session: Session,
    *,
    region: SiteRegion,
    track: Track,
    composite: Composite,
    end: datetime,
    needed: int,
) -> None:
    """Hold a case that waits for verification against one composite.

    Only composites all of whose frames were taken after the claim count, in a light in which the
    structure was ever seen. One that shows it sends the case back; `needed` in a row that do not
    close it.

    Args:
        session: the open transaction; the camera is locked.
        region: the row of the region.
        track: what the state says of it, after the composite.
        composite: the row of the composite.
        end: end of the composite's half day.
        needed: composites without it that close the case.
    """
    if region.finding_id is None:
        return
    case_id = session.scalar(select(Case.id).where(Case.open_finding_id == region.finding_id))
    if case_id is None:
        return
    case = cases.locked(session, case_id)
    claimed = cases.last_at(session, case, CaseEvent.CLAIM_DONE)
    if case.state is not CaseState.VERIFYING or claimed is None or composite.first_at < claimed:
        return
    seen_in = {look.mode for look in track.looks if look.area is not None}
    if composite.light not in seen_in:
        return
    here = (composite.light, end)
    if any((look.mode, look.end) == here and look.area is not None for look in track.looks):
        words = f"{_named(composite)} still shows it"
        cases.change(session, case=case, report=_report(CaseEvent.FAIL, words, composite))
        return
    clear = _clear(session, region, track, claimed)
    words = f"{_named(composite)} shows it no longer: {min(clear, needed)} of {needed}"
    report = _report(CaseEvent.PASS, words, composite)
    if clear < needed:
        cases.store(session, case=case, report=report)
        return
    finding = session.get_one(Finding, region.finding_id)
    keep_picture(session, finding, composite, "cleared", composite.object_key, composite.last_at)
    cases.change(session, case=case, report=report)


def _clear(session: Session, region: SiteRegion, track: Track, claimed: datetime) -> int:
    """Return how many composites since the claim, in a row up to the newest, do not show it."""
    shown = {(look.mode, look.end) for look in track.looks if look.area is not None}
    seen_in = {mode for mode, _ in shown}
    rows = session.scalars(
        select(Composite)
        .where(
            Composite.camera_id == region.camera_id,
            Composite.round == region.round,
            Composite.first_at >= claimed,
            Composite.light.in_(seen_in),
        )
        .order_by(Composite.end_at.desc())
    )
    clear = 0
    for row in rows:
        if any(mode == row.light and end == row.end_at for mode, end in shown):
            break
        clear += 1
    return clear


def _named(composite: Composite) -> str:
    return (
        f"the {composite.light} composite of {len(composite.frames)} frames up to "
        f"{composite.last_at.isoformat(timespec='minutes')}"
    )


def _report(event: CaseEvent, words: str, composite: Composite) -> Report:
    return Report(
        event,
        SYSTEM,
        comment=words,
        occurred_at=composite.last_at,
        body={"composite_id": composite.id},
    )
