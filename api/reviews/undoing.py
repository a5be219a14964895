"""A review undone before anything of it has left the house: the finding is as it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import Report
from api.cases.states import CaseEvent, CaseState
from api.database import now
from api.dispatch import outbox
from api.errors import Conflict, NotFound
from api.findings import upkeep
from api.findings.models import Finding, FindingDetection, Look
from api.findings.states import BACK_TO, FindingState
from api.leases import service as leases
from api.principal import Principal
from api.reviews.holding import finding_not_found, hold
from api.reviews.models import Review, ReviewUndo, Verdict, stands
from api.second_reviews import drawing
from api.verification.service import look_again
from inference.inspections import Kind

_UNSENT = (CaseState.OPENED, CaseState.DISPATCHING)


def remember(
    session: Session, finding: Finding, verdict: Verdict, other: Finding | None
) -> dict[str, Any] | None:
    """Return what has to be put back when a review is undone, before it changes anything.

    Args:
        session: the open transaction.
        finding: locked, as it is.
        verdict: what is about to be said of it.
        other: what it is a duplicate of.

    Returns:
        None for what cannot be undone: a reopening, and a duplicate whose sightings another
        finding counts from now on.
    """
    if verdict is Verdict.REOPEN:
        return None
    if other is not None and finding.kind in (Kind.SUBJECT, Kind.MOMENT):
        return None
    ids = [finding.id, *([other.id] if other else [])]
    looks = session.scalars(select(Look).where(Look.finding_id.in_(ids))).all()
    return {
        "state": finding.state.value,
        "open_key": finding.open_key,
        "reviewed_at": finding.reviewed_at and finding.reviewed_at.isoformat(),
        "class": finding.class_name,
        "corrected_class": finding.corrected_class,
        "looks": [look.id for look in looks if look.finding_id == finding.id],
        "unpinned": [
            look.id for look in looks if look.finding_id == finding.id and not look.pinned
        ],
        "cells": {look.id: look.cell for look in looks if look.cell is not None},
    }


def undo(session: Session, *, review_id: str, principal: Principal) -> Finding:
    """Undo one's own review; undoing it again changes nothing.

    The finding goes back to the queue and stays with the person. A case that the review opened is
    cancelled; its department never hears of it.

    Args:
        session: the open transaction.
        review_id: which.
        principal: who said it.

    Raises:
        NotFound: there is no such review of this person.
        Conflict: it is too late, or it cannot be undone, or something came of it meanwhile.
    """
    said = session.get(Review, review_id)
    if said is None or said.user_id != principal.id:
        raise NotFound("There is no review of yours with this id.", code="review-not-found")
    ids = [said.finding_id, *([said.duplicate_of] if said.duplicate_of else [])]
    held = hold(session, ids, principal)
    if said.finding_id not in held:
        raise finding_not_found()
    finding = held[said.finding_id]
    if session.get(ReviewUndo, review_id) is not None:
        return finding
    before = _still_possible(session, said)
    if said.verdict is Verdict.CONFIRM:
        _take_case_back(session, finding, principal)
    session.add(ReviewUndo(review_id=review_id))
    drawing.forget(session, review_id)
    finding.duplicate_of = None
    event = BACK_TO[FindingState(before["state"])]
    upkeep.change_state(session, finding, event, actor=principal.actor)
    finding.class_name = before["class"]
    finding.corrected_class = before["corrected_class"]
    finding.reviewed_at = before["reviewed_at"] and datetime.fromisoformat(before["reviewed_at"])
    session.flush()
    if said.duplicate_of in held:
        _take_looks_back(session, finding, held[said.duplicate_of], before)
    _put_looks_back(session, before)
    _open_again(session, finding, before["open_key"])
    session.flush()
    leases.give(session, finding, principal)
    return finding


def _still_possible(session: Session, said: Review) -> dict[str, Any]:
    if said.before is None or said.undo_until is None:
        raise Conflict("This review cannot be undone.", code="undo-not-possible")
    if now() >= said.undo_until:
        raise Conflict("It is too late: the review stands.", code="undo-too-late")
    later = session.scalar(
        select(Review.id).where(Review.finding_id == said.finding_id, Review.id > said.id, stands())
    )
    if later is not None:
        raise Conflict("The finding was reviewed again since.", code="reviewed-again")
    return said.before


def _take_case_back(session: Session, finding: Finding, principal: Principal) -> None:
    """Cancel the case that the confirmation opened, if nothing of it was sent."""
    case = session.scalar(
        select(Case)
        .where(Case.open_finding_id == finding.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    message = outbox.round_message(session, case.id) if case else None
    if case is None or case.state not in _UNSENT or (message and message.fence):
        raise Conflict(
            "The case is on its way already: cancel the case instead.", code="case-already-sent"
        )
    cases.change(session, case=case, report=Report(CaseEvent.CANCEL, principal.actor))


def _take_looks_back(
    session: Session, finding: Finding, other: Finding, before: dict[str, Any]
) -> None:
    """Undo what `api.reviews.service` gave to the finding that this was a duplicate of."""
    if not before["looks"]:
        return
    session.execute(
        update(Look)
        .where(Look.id.in_(before["looks"]), Look.finding_id == other.id)
        .values(finding_id=finding.id)
    )
    session.execute(
        update(FindingDetection)
        .where(
            FindingDetection.look_id.in_(before["looks"]), FindingDetection.finding_id == other.id
        )
        .values(finding_id=finding.id)
    )
    _put_looks_back(session, before)
    upkeep.judge_again(session, other)
    look_again(session, other.id)


def _put_looks_back(session: Session, before: dict[str, Any]) -> None:
    """Put looks where they were on the map, and let them go where somebody had acted on none."""
    looks = session.scalars(
        select(Look)
        .where(Look.id.in_([*before["cells"], *before["unpinned"]]))
        .execution_options(populate_existing=True)
    )
    for look in looks:
        look.cell = before["cells"].get(look.id, look.cell)
        look.pinned = look.pinned and look.id not in before["unpinned"]
    session.flush()


def _open_again(session: Session, finding: Finding, key: str | None) -> None:
    """Give a finding its open key back, or the next free one where another has taken it."""
    if finding.open_key == key:
        return
    taken = session.scalar(select(Finding.id).where(Finding.open_key == key))
    if taken is None:
        finding.open_key = key
    elif finding.latitude is not None and finding.longitude is not None:
        finding.open_key = upkeep.free_key(
            session, finding.inspection, finding.class_group, finding.latitude, finding.longitude
        )
    else:
        raise Conflict("The same was found again since: review that.", code="found-again")
