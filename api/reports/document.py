"""What a daily report says. Counts of classes and of departments; nobody is named in it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

FORMAT: Literal["xunjian-daily-report/1"] = "xunjian-daily-report/1"

Moment = Annotated[
    datetime,
    PlainSerializer(
        lambda at: at.isoformat(timespec="seconds").replace("+00:00", "Z"), return_type=str
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ClassDay(_Part):
    """A day of one class: what was found and what people said of it, and its cases."""

    inspection: str = Field(examples=["road_damage"])
    class_name: str = Field(alias="class", examples=["pothole"])
    found: int = Field(description="findings that are new")
    confirmed: int = Field(description="reviews that say so; a finding may be reviewed again")
    rejected: int
    opened: int = Field(description="cases")
    closed: int = Field(description="cases whose place was looked at again and is clean")
    reopened: int = Field(description="cases whose repair had not held, or never was")


class DepartmentDay(_Part):
    """A day of one department: what was given to it, and what it said and did."""

    department: str = Field(examples=["道路养护处"])
    dispatched: int = Field(description="cases that arrived there")
    accepted: int
    claimed_done: int
    returned: int
    suspended: int
    closed: int
    reopened: int
    undeliverable: int = Field(description="cases that could not be given to it")
    done_in_time: int = Field(description="of those claimed done, in the term that they had")
    done_late: int
    overdue: int = Field(description="cases with it at the end of the day, past their term")
    open: int = Field(description="cases that it had at the end of the day")


class StateCount(_Part):
    """Cases that stood in one state at the end of the day."""

    state: str = Field(examples=["in_progress"])
    cases: int


class DeliveryDay(_Part):
    """What had become of the day's messages when the report was made; `made` is their sum."""

    department: str
    made: int
    delivered: int
    waiting: int
    dead: int
    withdrawn: int


class FaultCount(_Part):
    """How often something did not agree when the day's messages were accounted for."""

    fault: str = Field(examples=["unproved"])
    count: int


class MatterDay(_Part):
    """The same class that came back in the same cell of the grid within twelve weeks."""

    inspection: str
    class_name: str = Field(alias="class")
    cell: str = Field(description="H3 index", examples=["8930e1d8c2bffff"])
    weeks: int = Field(description="in how many of them it began anew")
    findings: int
    reopened: int = Field(description="repairs of them that did not hold")


class Report(_Part):
    """One day of an installation, from midnight to midnight in its time zone."""

    format: Literal["xunjian-daily-report/1"] = FORMAT
    source: str = Field(description="the installation", examples=["https://xunjian.example"])
    day: date
    time_zone: str = Field(examples=["Asia/Shanghai"])
    begins_at: Moment
    ends_at: Moment
    made_at: Moment
    classes: list[ClassDay]
    departments: list[DepartmentDay]
    open_cases: list[StateCount]
    deliveries: list[DeliveryDay]
    discrepancies: list[FaultCount]
    matters: list[MatterDay]


class SignatureView(_Part):
    """Ed25519 (RFC 8032) over `report` in its canonical form (RFC 8785)."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    key_id: str = Field(description="SHA-256 of the public key (DER), hexadecimal")
    value: str = Field(description="64 bytes in base64")


class SignedReport(_Part):
    """A report and its signature, as it is handed on."""

    report: Report
    signature: SignatureView
