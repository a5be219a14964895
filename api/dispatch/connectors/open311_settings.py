"""How one department's GeoReport server is spoken to."""

from enum import StrEnum
from string import Template
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from api.dispatch.connectors.base import ConnectorSettings
from api.dispatch.connectors.open311_attributes import FIELDS
from api.dispatch.statuses import Status
from api.open311.spark import Format

# GeoReport v2 knows two words; the others are FixMyStreet's extended statuses. What is not here
# (`open`, `internal_referral`, `reopen`) moves nothing.
DEFAULT_STATUSES = {
    "closed": Status.DONE,
    "fixed": Status.DONE,
    "in_progress": Status.IN_PROGRESS,
    "investigating": Status.ACCEPTED,
    "action_scheduled": Status.ACCEPTED,
    "not_councils_responsibility": Status.RETURNED,
    "no_further_action": Status.RETURNED,
    "duplicate": Status.RETURNED,
}


class AfterDoubt(StrEnum):
    """What to do when the department may have taken a request without our hearing of it.

    `ask`: never post again by itself; a person looks, then sends or enters `delivered`.
    `search`: look for our reference in the department's list of requests first, and post again
    only when it is not there. Safe with a department that lists a request as soon as it has it.
    `resend`: post again; for a department that knows `attribute[idempotency_key]`.
    """

    ASK = "ask"
    SEARCH = "search"
    RESEND = "resend"


def as_word(text: str) -> str:
    """Return a status as it is compared: `In Progress` and `IN_PROGRESS` are the same word."""
    return text.strip().casefold().replace(" ", "_")


def _known_fields(value: str) -> str:
    template = Template(value)
    if not template.is_valid():
        raise ValueError(f"{value!r}: write $$ for a dollar sign")
    if unknown := sorted(set(template.get_identifiers()) - FIELDS.keys()):
        raise ValueError(
            f"unknown ${unknown[0]}; known: {', '.join(f'${name}' for name in FIELDS)}"
        )
    return value


AttributeValue = Annotated[str, Field(max_length=1000), AfterValidator(_known_fields)]


class Open311Settings(ConnectorSettings):
    """How one department's GeoReport server is spoken to."""

    format: Format = Field(
        default=Format.JSON, description="what its answers are written in; every server knows xml"
    )
    service_codes: dict[str, str] = Field(
        default_factory=dict,
        description="class name to the department's service_code; the class name when absent",
    )
    jurisdiction_id: Annotated[str | None, Field(max_length=200)] = None
    attributes: dict[str, dict[str, AttributeValue | list[AttributeValue]]] = Field(
        default_factory=dict,
        description="class name to the attributes of the department's service: code to a value, or "
        "to several of a multivaluelist; $severity and other fields are filled in",
        examples=[{"pothole": {"WHERE": "STREET", "SIZE": "$size_m m"}}],
    )
    updates: bool = Field(
        default=False,
        description="whether it knows FixMyStreet's servicerequestupdates: then these are read "
        "instead of the requests' statuses, and cancellations and reminders are posted",
    )
    after_doubt: AfterDoubt = AfterDoubt.ASK
    statuses: dict[str, Status] = Field(
        default_factory=DEFAULT_STATUSES.copy,
        description="the department's word, also an extended status, to ours",
    )

    @field_validator("statuses")
    @classmethod
    def _as_compared(cls, statuses: dict[str, Status]) -> dict[str, Status]:
        return {as_word(word): status for word, status in statuses.items()}

    def meaning(self, *words: str | None) -> Status | None:
        """Return what the first of some words that means something means."""
        known = (self.statuses.get(as_word(word)) for word in words if word)
        return next((status for status in known if status), None)

    def service_code(self, class_name: str) -> str:
        """Return what the department calls a class."""
        return self.service_codes.get(class_name, class_name)

    @property
    def jurisdiction(self) -> dict[str, str]:
        """Return the argument that every request carries, where the server wants one."""
        return {"jurisdiction_id": self.jurisdiction_id} if self.jurisdiction_id else {}
