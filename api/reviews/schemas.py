"""Reviews as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.reviews.models import RejectReason, Verdict

ClassName = Annotated[str, Field(min_length=1, max_length=60, examples=["pothole"])]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class DrawnBox(BaseModel):
    """A box that a reviewer drew in a picture of the finding, as shares of the picture's sides."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", from_attributes=True, populate_by_name=True
    )

    evidence_id: Annotated[str, Field(max_length=36, description="the picture")]
    class_name: Annotated[ClassName, Field(alias="class")]
    x1: Share
    y1: Share
    x2: Share
    y2: Share

    @model_validator(mode="after")
    def _has_an_area(self) -> Self:
        if not (self.x1 < self.x2 and self.y1 < self.y2):
            raise ValueError("a box has x1 < x2 and y1 < y2")
        return self


class ReviewCreate(BaseModel):
    """A word on a finding."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {"verdict": "confirm"},
                {"verdict": "confirm", "class": "pothole"},
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
    class_name: Annotated[
        ClassName | None,
        Field(alias="class", description="the right class, with a confirmation only"),
    ] = None
    boxes: Annotated[
        tuple[DrawnBox, ...] | None,
        Field(
            max_length=100,
            description="what the reviewer drew, with a confirmation only: in every picture that "
            "is named, all that is seen of the finding",
        ),
    ] = None

    @model_validator(mode="after")
    def _fits_verdict(self) -> Self:
        if (self.reason is not None) != (self.verdict is Verdict.REJECT):
            raise ValueError("a rejection needs a reason, and nothing else has one")
        if (self.duplicate_of is not None) != (self.verdict is Verdict.DUPLICATE):
            raise ValueError("a duplicate needs duplicate_of, and nothing else has it")
        if (self.class_name or self.boxes) and self.verdict is not Verdict.CONFIRM:
            raise ValueError("class and boxes come with a confirmation only")
        return self


class ReviewView(BaseModel):
    """What a person said of a finding."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    id: str
    finding_id: str
    user_id: str
    verdict: Verdict
    reason: RejectReason | None
    duplicate_of: str | None
    comment: str | None
    class_name: str | None = Field(alias="class", description="the right class, if one was named")
    boxes: list[DrawnBox] = Field(description="what the reviewer drew")
    created_at: datetime
    undone_at: datetime | None = Field(description="it counts no longer")


class ConfirmAll(BaseModel):
    """Findings of one camera and one class that are confirmed together."""

    model_config = ConfigDict(extra="forbid")

    finding_ids: Annotated[list[str], Field(min_length=1, max_length=100)]
    verdict: Literal["confirm"]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.finding_ids)) != len(self.finding_ids):
            raise ValueError("every finding is named once")
        return self
