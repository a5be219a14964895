"""The queue of whoever reviews, as it goes over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.findings.schemas import FindingSummary
from api.findings.states import FindingState


class QueueRequest(BaseModel):
    """What a reviewer wants to look at next."""

    model_config = ConfigDict(extra="forbid")

    state: Literal[FindingState.PENDING_REVIEW, FindingState.DEFERRED]
    count: int = Field(6, ge=1, le=20, description="how many findings to hold")
    holding: list[Annotated[str, Field(max_length=36)]] = Field(
        default_factory=list,
        max_length=20,
        description="ids of the findings that the caller holds, in their order",
    )


class SecondReviewRef(BaseModel):
    """That a second word is asked for: `POST /v1/second-reviews/{id}` instead of a review."""

    id: str


class QueueItem(FindingSummary):
    """A finding that the caller holds; nobody else is given it until the lease ends."""

    lease_expires_at: datetime
    second_review: SecondReviewRef | None = Field(
        description="where somebody else has reviewed it: their word and the score are hidden"
    )


class ReviewQueue(BaseModel):
    """What the caller holds: what was held before first, then by priority."""

    items: list[QueueItem]
    lease_s: int = Field(description="seconds after which leases run out", examples=[120])
    remaining: int = Field(description="findings in the state that nobody else holds, these too")
