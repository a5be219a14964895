"""A person's word on a finding."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field

from api.cases.schemas import CaseSummary
from api.cases.views import summaries
from api.dependencies import Services, ServicesDep, allow
from api.findings.schemas import FindingSummary
from api.findings.summaries import summarise
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.reviews import service, undoing
from api.reviews.schemas import ConfirmAll, ReviewCreate, ReviewView
from api.reviews.service import Reviewed, Terms, Word
from api.reviews.views import views

router = APIRouter(tags=["reviews"])

Reviewer = Annotated[Principal, Depends(allow(Action.FINDINGS_REVIEW))]
IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="the same key counts once")
]


class ReviewResult(BaseModel):
    """What came of a review."""

    model_config = ConfigDict(populate_by_name=True)

    review: ReviewView
    finding: FindingSummary
    case: CaseSummary | None = Field(description="what a confirmation opened")
    undo_until: datetime | None = Field(description="null where it cannot be undone")


class ReviewResults(BaseModel):
    """What came of several reviews, in the order of the request."""

    items: list[ReviewResult]


class UndoResult(BaseModel):
    """The finding after its review was undone; it is leased to the caller."""

    finding: FindingSummary


@router.post(
    "/v1/findings/{finding_id}/review",
    summary="Review a finding",
    response_model=ReviewResult,
    responses=problem_responses(404, 409),
)
def review_finding(
    finding_id: str,
    body: ReviewCreate,
    principal: Reviewer,
    services: ServicesDep,
    idempotency_key: IdempotencyKey = None,
) -> ReviewResult:
    """Confirm, reject, defer or reopen a finding, or mark it as a duplicate.

    A confirmation opens its case; nothing is sent before `undo_until`. Where somebody else was
    quicker, or holds the finding, the answer is 409 and nothing changes. Only a supervisor
    reopens a rejection.
    """
    with services.database.write() as session:
        done = service.review(
            session,
            finding_id=finding_id,
            principal=principal,
            word=Word(**{**dict(body), "boxes": body.boxes or ()}),
            idempotency_key=idempotency_key,
            terms=_terms(services),
        )
    return _results(services, [done], principal)[0]


@router.post(
    "/v1/findings/reviews",
    summary="Confirm findings together",
    response_model=ReviewResults,
    responses=problem_responses(404, 409),
)
def confirm_findings(
    body: ConfirmAll,
    principal: Reviewer,
    services: ServicesDep,
    idempotency_key: IdempotencyKey = None,
) -> ReviewResults:
    """Confirm findings of one camera and one class: all of them, or none where one cannot be."""
    with services.database.write() as session:
        done = service.confirm_all(
            session,
            finding_ids=body.finding_ids,
            principal=principal,
            idempotency_key=idempotency_key,
            terms=_terms(services),
        )
    return ReviewResults(items=_results(services, done, principal))


@router.post(
    "/v1/reviews/{review_id}/undo",
    summary="Undo a review",
    response_model=UndoResult,
    responses=problem_responses(404, 409),
)
def undo_review(review_id: str, principal: Reviewer, services: ServicesDep) -> UndoResult:
    """Undo one's own review before `undo_until`: the finding is as it was, and nothing was sent.

    A case that it opened is cancelled. The review is kept and counts no longer.
    """
    with services.database.write() as session:
        finding = undoing.undo(session, review_id=review_id, principal=principal)
    with services.database.read() as session:
        (shown,) = summarise(session, [finding], visible=principal.camera_ids)
    return UndoResult(finding=shown)


def _terms(services: Services) -> Terms:
    return Terms(
        undo_for=timedelta(seconds=services.settings.undo_s),
        second_share=services.settings.second_review_share,
        classes={
            name: [one for model in inspection.models for one in model.class_names]
            for name, inspection in services.inspector.inspections.items()
        },
    )


def _results(
    services: Services, done: Sequence[Reviewed], principal: Principal
) -> list[ReviewResult]:
    visible = principal.camera_ids
    cases = [one.case for one in done if one.case]
    with services.database.read() as session:
        said = views(session, [one.review for one in done])
        findings = summarise(session, [one.finding for one in done], visible=visible)
        opened = {case.finding.id: case for case in summaries(session, cases, visible=visible)}
    return [
        ReviewResult(
            review=review,
            finding=finding,
            case=opened.get(finding.id),
            undo_until=one.review.undo_until if review.undone_at is None else None,
        )
        for one, review, finding in zip(done, said, findings, strict=True)
    ]
