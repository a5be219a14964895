"""Verifications as they go over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from api.verification.models import LookOutcome, Method, VerificationState


class VerificationView(BaseModel):
    """How a claim that a case is done is verified, and how far that has come."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    case_id: str
    finding_id: str
    inspection: str
    method: Method = Field(description="what decides; a person may at any time")
    state: VerificationState
    claimed_at: datetime = Field(description="looks count from here on")
    due_at: datetime = Field(description="a person is asked if nothing has decided it by then")
    needed: int | None = Field(
        validation_alias=AliasChoices("asked", "needed"),
        description="clean looks that close the case: one more for every doubtful one",
        examples=[3],
    )
    clean: int = Field(description="clean looks so far", examples=[1])
    gap_s: float = Field(description="least seconds between looks that count")
    derivation: "Derivation | None"
    reason: str | None = Field(description="why a person is needed")
    decided_at: datetime | None
    decided_by: str | None


class Derivation(BaseModel):
    """The figures that `needed` was derived from."""

    set: bool = Field(description="set by an administrator, not derived")
    seen: int = Field(description="passes before the claim that saw it")
    missed: int = Field(description="passes before the claim that covered the place in vain")
    false_share: float = Field(description="share of the department's claims expected to be false")
    model: str | None = Field(None, examples=["road_damage 1.0.0 int8"])
    miss_rate: float | None = Field(None, description="of one picture, as the card has it")
    false_close: float | None = Field(
        None, description="how probable it is that this claim is false and is closed all the same"
    )


class LookPicture(BaseModel):
    """What a pass saw of the place, best."""

    evidence_id: str
    plain_url: str
    annotated_url: str
    captured_at: datetime


class LookView(BaseModel):
    """One pass of a camera by the place after the claim."""

    id: str
    camera_id: str
    camera_name: str = Field(examples=["bus 17 front"])
    first_at: datetime
    last_at: datetime
    outcome: LookOutcome
    counted: bool = Field(description="a clean look, long enough after the one before")
    frames: int = Field(description="that covered the place")
    sightings: int = Field(description="frames that showed it still there")
    score: float | None
    picture: LookPicture | None = Field(
        description="null where none was kept, or the caller may not see it"
    )


class VerificationDetail(VerificationView):
    """A verification with every look since the claim, oldest first."""

    looks: list[LookView]


class RulePut(BaseModel):
    """How claims of a class are to be verified; null derives it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"looks": 3}]})

    looks: Annotated[
        int | None, Field(ge=1, le=50, description="clean looks that close a case")
    ] = None
    gap_minutes: Annotated[
        float | None, Field(ge=0, le=10_080, description="least time between looks; an hour")
    ] = None
    wait_hours: Annotated[
        float | None, Field(gt=0, le=8_760, description="before a person is asked")
    ] = None


class RuleView(BaseModel):
    """What is set for a class."""

    model_config = ConfigDict(from_attributes=True)

    inspection: str
    class_name: str = Field(examples=["pothole"])
    looks: int | None
    gap_minutes: float | None
    wait_hours: float | None
    updated_by: str
    updated_at: datetime
