"""Cases as they go over the wire."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.cases.states import CaseEvent, CaseState
from api.deadlines.lights import Light
from api.deadlines.schemas import ClockView, Standing
from api.dispatch.models import DestinationKind, MessageType, OutboxState, Outcome
from api.findings.schemas import FindingSummary
from api.routing.labels import ClassCodeView, GridView
from api.verification.schemas import VerificationDetail, VerificationView


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class DestinationName(_Row):
    """The department that a case was sent to."""

    id: str
    name: str
    kind: DestinationKind


class EntryView(_Row):
    """One line of a case's timeline; `applied` is false for what was stored and moved nothing."""

    event: str = Field(examples=["accept"])
    from_state: CaseState | None
    to_state: CaseState | None
    applied: bool
    source: str = Field(examples=["destination:0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"])
    source_name: str | None = Field(
        None, description="of a person or a department", examples=["道路养护处"]
    )
    comment: str | None
    look_id: str | None = Field(None, description="of the pass of a camera that says so")
    occurred_at: datetime
    received_at: datetime


class PrescriptionView(_Row):
    """What an expert prescribed in answer to a case."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    id: str
    measure: str = Field(examples=["25% 吡蚜酮可湿性粉剂"])
    dose: str | None = Field(examples=["24 g/亩"])
    apply_on: date | None = Field(alias="date")
    text: str | None
    source: str = Field(examples=["destination:0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"])
    received_at: datetime


class DeliveryView(_Row):
    """One attempt to send a message; `sending` and `unknown` have no answer (yet)."""

    attempt: int
    started_at: datetime
    duration_ms: float | None
    status_code: int | None = Field(examples=[202])
    outcome: Outcome
    error: str | None


class MessageView(_Row):
    """One message to the department, with every attempt to send it."""

    id: str
    sequence: int
    destination: str = Field(description="the department's name", examples=["道路养护处"])
    event_type: MessageType
    state: OutboxState
    attempts: int
    next_attempt_at: datetime | None = Field(description="null unless it waits to be sent")
    delivered_at: datetime | None
    deliveries: list[DeliveryView]


class CommentView(BaseModel):
    """What somebody here said of a case."""

    id: str
    text: str = Field(examples=["请补拍修复后的照片"])
    author: str = Field(examples=["user:0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"])
    author_name: str | None = Field(description="of a person")
    told: DestinationName | None = Field(
        description="the department that it is for; null for one among ourselves"
    )
    told_state: OutboxState | None = Field(description="how far it has come to the department")
    created_at: datetime


class CaseCount(BaseModel):
    """How many cases stand so."""

    state: CaseState
    light: Light
    cases: int = Field(examples=[12])


class CaseCounts(BaseModel):
    """How many cases there are, by state and light; what there are none of is left out."""

    items: list[CaseCount]


class DepartmentChoice(BaseModel):
    """A department that has, or was to have, cases."""

    id: str
    name: str = Field(examples=["道路养护处"])
    cases: int


class ClassChoice(BaseModel):
    """A class that there are cases of."""

    model_config = ConfigDict(populate_by_name=True)

    inspection: str = Field(examples=["road_damage"])
    class_name: str = Field(alias="class", examples=["pothole"])
    cases: int


class GridChoice(GridView):
    """An area in which there are cases."""

    cases: int


class CaseChoices(BaseModel):
    """What a list of cases can be narrowed to."""

    departments: list[DepartmentChoice] = Field(description="by name")
    classes: list[ClassChoice]
    grids: list[GridChoice] = Field(description="by code")


class StepView(_Row):
    """One of the seven steps of digital city management (七步闭环)."""

    number: int = Field(ge=1, le=7)
    zh: str = Field(examples=["任务处理"])
    en: str = Field(examples=["task handling"])


class CaseSummary(_Row, Standing):
    """A case. `events` is what may be entered by hand now."""

    id: str
    number: str = Field(examples=["XJ-20261121-000123"])
    state: CaseState
    step: StepView | None = Field(description="null for a cancelled case")
    finding: FindingSummary
    class_code: ClassCodeView | None = Field(description="null where the routing table has none")
    grid: GridView | None = Field(description="null where no area holds its place")
    destination: DestinationName | None
    external_id: str | None = Field(description="the department's own number")
    opened_by: str = Field(examples=["user:0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"])
    created_at: datetime
    updated_at: datetime
    events: list[CaseEvent]
    last_delivery: DeliveryView | None
    verification: VerificationView | None = Field(
        description="of the newest claim; null for a case that was never claimed done"
    )


class CaseDetail(CaseSummary):
    """A case with all that was said of it, oldest first."""

    departments: list[DestinationName] = Field(
        description="those that a person may send it to now, enabled ones by name"
    )
    timeline: list[EntryView]
    comments: list[CommentView] = Field(description="of people here, oldest first")
    comments_to: DestinationName | None = Field(
        description="the department that a comment can be told to now; null where none can"
    )
    verifications: list[VerificationDetail] = Field(
        description="of every claim, oldest first, with every look"
    )
    prescriptions: list[PrescriptionView] = Field(description="of experts, oldest first")
    messages: list[MessageView]
    clocks: list[ClockView] = Field(description="every run of its clock, oldest first")


class EventCreate(BaseModel):
    """What happened to a case, entered by hand."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"event": "pass", "comment": "复查合格"}]}
    )

    event: CaseEvent
    comment: Annotated[str | None, Field(max_length=2000, pattern=r"^[^\x00]*$")] = None
    external_id: Annotated[
        str | None,
        Field(
            max_length=200,
            pattern=r"^[^\x00]+$",
            description="the department's own number, with `delivered` only",
        ),
    ] = None
    destination_id: str | None = Field(
        None, description="with `send` only: the department, if not the one of the routing table"
    )

    @model_validator(mode="after")
    def _fits_the_event(self) -> Self:
        if self.destination_id is not None and self.event is not CaseEvent.SEND:
            raise ValueError("destination_id comes with `send` only")
        return self
