"""Figures as they go over the wire; a row is a line of the table that is exported."""

from datetime import date
from typing import Generic, TypeVar

from pydantic import BaseModel, Field


class PrecisionRow(BaseModel):
    """How often people confirmed what was found of one class, or of one class by one camera."""

    inspection: str = Field(examples=["road_damage"])
    class_name: str = Field(description="as what it was found", examples=["pothole"])
    camera_id: str | None = Field(default=None, description="null in the figures by class")
    camera: str | None = Field(default=None, examples=["8路"])
    findings: int = Field(description="that were shown to people, judged or not")
    judged: int = Field(description="of them, confirmed or rejected by a person")
    confirmed: int
    rejected: int = Field(description="for whatever reason, and confirmed as another class")
    duplicates: int = Field(description="not part of the precision")
    not_judged: int = Field(description="by nobody: the precision says nothing of them")
    precision: float | None = Field(description="confirmed / judged; null where nothing was judged")
    low: float | None = Field(description="lower end of its 95 % Wilson interval")
    high: float | None = Field(description="upper end of its 95 % Wilson interval")


class TimesRow(BaseModel):
    """How long a step took; percentiles by nearest rank, in seconds."""

    step: str = Field(
        description="review: from being shown to people to their first word; "
        "close: from a case's opening to its closing",
        examples=["review"],
    )
    inspection: str | None = Field(description="null in the row of all classes")
    class_name: str | None = Field(description="null in the row of all classes")
    count: int = Field(description="how many reached the step")
    median_s: int
    p90_s: int


class BacklogDay(BaseModel):
    """What came on a day, what was dealt with, and what waited at its end."""

    day: date
    findings_came: int = Field(description="began to wait for a person")
    findings_judged: int = Field(description="waited no longer")
    findings_waiting: int = Field(description="for a person, at the end of the day; deferred too")
    cases_opened: int = Field(description="or taken up again")
    cases_ended: int = Field(description="closed or cancelled")
    cases_open: int = Field(description="at the end of the day")


class LightsRow(BaseModel):
    """How the cases of a department stand to their terms now."""

    destination_id: str | None = Field(description="null: no department has them yet")
    name: str | None = Field(examples=["道路养护处"])
    white: int = Field(description="planned: with no department yet, cancelled, or without a term")
    blue: int = Field(description="done with half of the term left")
    green: int = Field(description="in time")
    yellow: int = Field(description="something went wrong that is nobody's lateness")
    red: int = Field(description="late")
    cases: int


class DeliveriesRow(BaseModel):
    """What became of the messages to a department; percentiles by nearest rank, in seconds."""

    destination_id: str
    name: str
    delivered: int
    pending: int
    dead: int = Field(description="given up; somebody must look")
    withdrawn: int
    repeated: int = Field(description="that took more than one attempt")
    median_s: int | None = Field(description="from the message to its delivery")
    p90_s: int | None


Row = TypeVar("Row", bound=BaseModel)


class Figures(BaseModel, Generic[Row]):
    """The rows of one table, and the days that they are of."""

    first: date
    last: date
    items: list[Row]
