"""Second reviews as they go over the wire."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.reviews.models import RejectReason, Verdict


class SecondReviewCreate(BaseModel):
    """A second word on a finding."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"verdict": "confirm"}]}
    )

    verdict: Literal[Verdict.CONFIRM, Verdict.REJECT, Verdict.DEFER] = Field(
        description="defer: it cannot be told"
    )
    reason: RejectReason | None = Field(None, description="of a rejection, and only of one")

    @model_validator(mode="after")
    def _fits_verdict(self) -> Self:
        if (self.reason is not None) != (self.verdict is Verdict.REJECT):
            raise ValueError("a rejection needs a reason, and nothing else has one")
        return self


class SecondReviewView(BaseModel):
    """What the second person said."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    finding_id: str
    verdict: Verdict
    reason: RejectReason | None
    said_at: datetime


class Agreement(BaseModel):
    """How often two people said the same, of one class or of all."""

    pairs: int = Field(description="findings on which both confirmed or rejected")
    agreed: int
    share: float | None = Field(ge=0, le=1, description="agreed of pairs; null without pairs")
    low: float | None = Field(description="lower end of the share's 95 % Wilson interval")
    high: float | None = Field(description="upper end")
    kappa: float | None = Field(
        ge=-1,
        le=1,
        description="Cohen's kappa: 1 always the same, 0 no more often than by chance; null where "
        "chance alone would always agree",
    )


class ClassAgreement(Agreement):
    """How often two people said the same of a class."""

    inspection: str = Field(examples=["road_damage"])
    class_name: str = Field(alias="class", examples=["pothole"])

    model_config = ConfigDict(populate_by_name=True)


class SaidOnce(BaseModel):
    """One of two words."""

    verdict: Verdict
    reason: RejectReason | None


class Disagreement(BaseModel):
    """A finding that one person confirmed and another rejected."""

    model_config = ConfigDict(populate_by_name=True)

    finding_id: str
    inspection: str
    class_name: str = Field(alias="class")
    first: SaidOnce
    second: SaidOnce
    said_at: datetime


class AgreementView(Agreement):
    """How often two people said the same in a period; who they are is not told."""

    since: datetime
    until: datetime
    waiting: int = Field(description="drawn, and not said yet")
    deferred: int = Field(description="the second person could not tell")
    classes: list[ClassAgreement]
    disagreements: list[Disagreement] = Field(description="the newest 200, newest first")
