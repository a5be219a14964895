"""Deadlines as they go over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.deadlines.cards import Color
from api.deadlines.lights import Light, Shape


class LightWords(BaseModel):
    """A light for those who do not see its colour."""

    zh: str = Field(examples=["逾期"])
    en: str = Field(examples=["late"])
    shape: Shape


class ClockView(BaseModel):
    """One run of a case's clock; seconds are those that its term counts."""

    model_config = ConfigDict(from_attributes=True)

    round: int = Field(description="how often the case was given to a department, from 1")
    rework: bool = Field(description="whether it was given back because a repair had failed")
    destination_id: str
    term: str = Field(examples=["3 working days"])
    total_s: float | None = Field(description="of the whole term; null until it has started")
    before_s: float = Field(description="of them, passed before the case was suspended")
    started_at: datetime | None = Field(description="null until the department has it")
    due_at: datetime | None
    stopped_at: datetime | None = Field(description="null while it runs")
    stopped_by: str | None = Field(examples=["claim_done"])
    used_s: float | None = Field(description="of the term, when it stopped")
    escalated_at: datetime | None = Field(description="since when the people here must look")
    failed_at: datetime | None = Field(description="when the claim was found untrue")


class Standing(BaseModel):
    """How a case stands to its term."""

    light: Light
    light_words: LightWords
    due_at: datetime | None = Field(
        description="null without a term, before a department has it, and while it is suspended"
    )
    escalated_at: datetime | None = Field(
        description="since when the people here must look at a late case; null if they need not"
    )


class UnitCardView(BaseModel):
    """A department's month: cases count in the month of their deadline, once for each round."""

    model_config = ConfigDict(from_attributes=True)

    destination_id: str
    name: str = Field(examples=["道路养护处"])
    card: Color | None = Field(description="null while nothing is decided")
    in_time: int = Field(description="claimed done in time")
    ahead: int = Field(description="of them, with at least half of the term left")
    late: int = Field(description="not claimed done in time, done by now or not")
    returned: int = Field(description="sent back in time")
    running: int = Field(description="not yet due")
    claimed: int = Field(description="claimed done, in time or late")
    failed: int = Field(description="of them, found undone by looking again")
    escalated: int = Field(description="that the people here had to look at")
    on_time_share: float | None = Field(description="in_time / (in_time + late)")
    failed_share: float | None = Field(description="failed / claimed")


class UnitCards(BaseModel):
    """The cards of a month."""

    month: str = Field(examples=["2026-11"])
    items: list[UnitCardView]
