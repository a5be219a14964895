"""A person's word on a finding."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field

from api.cases import views
from api.cases.schemas import CaseSummary
from api.dependencies import ServicesDep, allow
from api.findings.schemas import FindingSummary
from api.findings.summaries import summarise
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.reviews import service
from api.reviews.schemas import ReviewCreate, ReviewView
from api.reviews.service import Word

router = APIRouter(tags=["reviews"])


class ReviewResult(BaseModel):
    """What came of a review."""

    model_config = ConfigDict(populate_by_name=True)

    review: ReviewView
    finding: FindingSummary
    case: CaseSummary | None = Field(description="what a confirmation opened")


@router.post(
    "/v1/findings/{finding_id}/review",
    summary="Review a finding",
    response_model=ReviewResult,
    responses=problem_responses(404, 409),
)
def review_finding(
    finding_id: str,
    body: ReviewCreate,
    principal: Annotated[Principal, Depends(allow(Action.FINDINGS_REVIEW))],
    services: ServicesDep,
    idempotency_key: Annotated[
        str | None, Header(max_length=200, description="the same key counts once")
    ] = None,
) -> ReviewResult:
    """Confirm, reject, defer or reopen a finding, or mark it as a duplicate.

    A confirmation opens its case. Where somebody else was quicker the answer is 409 and nothing
    changes. Only a supervisor reopens a rejection.
    """
    with services.database.write() as session:
        done = service.review(
            session,
            finding_id=finding_id,
            principal=principal,
            word=Word(**body.model_dump()),
            idempotency_key=idempotency_key,
        )
        (finding,) = summarise(session, [done.finding], visible=principal.camera_ids)
        cases = [done.case] if done.case else []
        opened = views.summaries(session, cases, visible=principal.camera_ids)
        return ReviewResult(
            review=ReviewView.model_validate(done.review),
            finding=finding,
            case=opened[0] if opened else None,
        )
