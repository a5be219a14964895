"""Cases as they go over the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.cases.states import CaseEvent, CaseState
from api.dispatch.models import DestinationKind, MessageType, OutboxState, Outcome
from api.findings.schemas import FindingSummary


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
    comment: str | None
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
    event_type: MessageType
    state: OutboxState
    attempts: int
    next_attempt_at: datetime | None = Field(description="null unless it waits to be sent")
    delivered_at: datetime | None
    deliveries: list[DeliveryView]


class CaseSummary(_Row):
    """A case. `events` is what may be entered by hand now."""

    id: str
    number: str = Field(examples=["XJ-20261121-000123"])
    state: CaseState
    finding: FindingSummary
    destination: DestinationName | None
    external_id: str | None = Field(description="the department's own number")
    opened_by: str = Field(examples=["user:0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"])
    created_at: datetime
    updated_at: datetime
    events: list[CaseEvent]
    last_delivery: DeliveryView | None


class CaseDetail(CaseSummary):
    """A case with all that was said of it, oldest first."""

    timeline: list[EntryView]
    prescriptions: list[PrescriptionView] = Field(description="of experts, oldest first")
    messages: list[MessageView]


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
