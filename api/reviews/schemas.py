"""Reviews as they go over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.reviews.models import RejectReason, Verdict


class ReviewCreate(BaseModel):
    """A word on a finding."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"verdict": "confirm"},
                {"verdict": "reject", "reason": "not_a_problem"},
                {"verdict": "duplicate", "duplicate_of": "0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"},
            ]
        },
    )

    verdict: Verdict
    reason: RejectReason | None = Field(None, description="of a rejection, and only of one")
    duplicate_of: Annotated[
        str | None, Field(max_length=36, description="of a duplicate: the finding that it is")
    ] = None
    comment: Annotated[str | None, Field(max_length=2000, pattern=r"^[^\x00]*$")] = None

    @model_validator(mode="after")
    def _fits_verdict(self) -> "ReviewCreate":
        if (self.reason is not None) != (self.verdict is Verdict.REJECT):
            raise ValueError("a rejection needs a reason, and nothing else has one")
        if (self.duplicate_of is not None) != (self.verdict is Verdict.DUPLICATE):
            raise ValueError("a duplicate needs duplicate_of, and nothing else has it")
        return self


class ReviewView(BaseModel):
    """What a person said of a finding."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    finding_id: str
    user_id: str
    verdict: Verdict
    reason: RejectReason | None
    duplicate_of: str | None
    comment: str | None
    created_at: datetime
