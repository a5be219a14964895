"""The outbox as it goes over the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.cases.schemas import DeliveryView, DestinationName
from api.dispatch.models import Doubt, MessageType, OutboxState
from api.outbox.service import REPLAY_AT_ONCE, Replay


class LetterView(BaseModel):
    """A message to a department.

    `asks` says that nobody knows whether it arrived and that it is not sent again before a person
    has looked at the department's desk.
    """

    id: str
    case_id: str
    case_number: str = Field(examples=["XJ-20261121-000123"])
    destination: DestinationName
    sequence: int = Field(description="its place among the messages of the case")
    event_type: MessageType
    state: OutboxState
    doubt: Doubt = Field(description="whether the department may have it without having said so")
    asks: bool
    attempts: int = Field(description="since it was queued last")
    external_id: str | None = Field(description="what the department calls it")
    created_at: datetime
    next_attempt_at: datetime | None = Field(description="null unless it waits to be sent")
    delivered_at: datetime | None
    last_delivery: DeliveryView | None


class LoggedDelivery(DeliveryView):
    """An attempt with what was said, secrets and personal data masked."""

    request_excerpt: str | None
    response_excerpt: str | None


class LetterDetail(LetterView):
    """A message with what it tells and every attempt to send it, oldest first."""

    payload: dict[str, Any] = Field(description="the facts; links are made when it is sent")
    deliveries: list[LoggedDelivery]


class ReplayRequest(BaseModel):
    """Which dead letters are to be sent again: those named, or those made in a time range."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"message_ids": ["0199f0c2-7e2a-7c41-9a52-6f3f5d1c2b10"], "reason": "line mended"},
                {
                    "since": "2026-11-21T00:00:00Z",
                    "until": "2026-11-22T00:00:00Z",
                    "destination_id": "0199f0c2-11aa-7000-8000-0c0ffee0c0de",
                    "reason": "the department's server was down",
                },
            ]
        },
    )

    message_ids: Annotated[
        list[Annotated[str, Field(max_length=36)]] | None,
        Field(min_length=1, max_length=REPLAY_AT_ONCE),
    ] = None
    since: AwareDatetime | None = Field(default=None, description="made at this time or later")
    until: AwareDatetime | None = Field(default=None, description="made before this time")
    destination_id: Annotated[str | None, Field(max_length=36)] = None
    looked: bool = Field(
        default=False,
        description="also those that may have arrived (`asks`): you have looked at the "
        "department's desk, and they are not there",
    )
    reason: Annotated[
        str, Field(min_length=3, max_length=2000, description="why, for those who ask later")
    ]
    cursor: Annotated[
        str | None,
        Field(max_length=500, description="`next_cursor` of the answer before, of a range"),
    ] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "ReplayRequest":
        ranged = self.since is not None and self.until is not None
        if (self.message_ids is None) == (not ranged):
            raise ValueError("name either message_ids, or a range by since and until")
        if self.message_ids is not None and (self.since or self.until or self.destination_id):
            raise ValueError("message_ids stand alone: leave since, until and destination_id out")
        if self.since and self.until and self.since >= self.until:
            raise ValueError("since lies before until")
        return self


class ReplayedView(BaseModel):
    """What became of one dead letter."""

    model_config = ConfigDict(from_attributes=True)

    message_id: str
    case_id: str
    outcome: Replay
    detail: str = Field(examples=["queued again under the same id"])


class ReplayView(BaseModel):
    """What became of the dead letters, in the order they were made."""

    queued: int
    left: int = Field(description="those that were not queued; `items` says why")
    items: list[ReplayedView]
    next_cursor: str | None = Field(description="for the rest of a range; null when it is done")
