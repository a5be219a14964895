"""A second person's word on a finding, and how often two people agree."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from api.database import now
from api.dependencies import ServicesDep, allow
from api.errors import Unprocessable
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.second_reviews import service
from api.second_reviews.agreement import agreement
from api.second_reviews.schemas import AgreementView, SecondReviewCreate, SecondReviewView

router = APIRouter(tags=["reviews"])

_PERIOD = timedelta(days=30)


@router.post(
    "/v1/second-reviews/{second_review_id}",
    summary="Give a second word on a finding",
    response_model=SecondReviewView,
    responses=problem_responses(404, 409),
)
def say_second_word(
    second_review_id: str,
    body: SecondReviewCreate,
    principal: Annotated[Principal, Depends(allow(Action.FINDINGS_REVIEW))],
    services: ServicesDep,
) -> SecondReviewView:
    """Say what one thinks of a finding that somebody else has reviewed; it moves nothing."""
    with services.database.write() as session:
        second = service.say(
            session,
            second_review_id=second_review_id,
            principal=principal,
            verdict=body.verdict,
            reason=body.reason,
        )
        return SecondReviewView.model_validate(second)


@router.get(
    "/v1/agreement",
    summary="How often two people agree",
    response_model=AgreementView,
)
def read_agreement(
    principal: Annotated[Principal, Depends(allow(Action.AGREEMENT_READ))],
    services: ServicesDep,
    since: Annotated[
        AwareDatetime | None, Query(description="30 days before the end by default")
    ] = None,
    until: Annotated[AwareDatetime | None, Query(description="now by default")] = None,
) -> AgreementView:
    """Return how often the second people said the same as the first; nobody is named."""
    end = until or now()
    begin = since or end - _PERIOD
    if begin >= end:
        raise Unprocessable("`since` lies before `until`.", code="period-empty")
    with services.database.read() as session:
        return agreement(session, since=begin, until=end, visible=principal.camera_ids)
