"""Reconciliation as it goes over the wire."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.cases.schemas import DestinationName
from api.reconciliation.service import Fault


class AccountView(BaseModel):
    """What became of the messages made for one destination; `made` is the sum of the others."""

    destination: DestinationName
    made: int
    delivered: int
    waiting: int
    dead: int = Field(description="given up; they wait for a person (GET /v1/outbox?state=dead)")
    withdrawn: int = Field(description="not needed any more")


class DiscrepancyView(BaseModel):
    """One thing that does not agree."""

    fault: Fault
    detail: str = Field(examples=["delivered, and the department does not list it"])
    case_id: str
    message_id: str | None
    destination_id: str | None
    external_ids: list[str] = Field(description="what the department calls it")


class ComparisonView(BaseModel):
    """What a department that can list its work lists of what was delivered to it."""

    destination: DestinationName
    delivered: int
    listed: int | None = Field(description="null when it could not be asked")
    problem: str | None = Field(description="why it could not be asked")


class ReconciliationView(BaseModel):
    """A day's messages, each accounted for; `agrees` says that nothing is amiss."""

    day: date
    time_zone: str = Field(examples=["Asia/Shanghai"])
    at: datetime = Field(description="when it was counted")
    agrees: bool
    destinations: list[AccountView]
    departments: list[ComparisonView] | None = Field(description="null when none was asked")
    discrepancies: list[DiscrepancyView]
