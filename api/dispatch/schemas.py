"""Destinations and class policies as they go over the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.dispatch.connectors.manifest import Address, Label, Secret, StatusBy
from api.dispatch.models import DestinationKind, MessageType

DepartmentName = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["道路养护处"]),
]
Url = Annotated[
    str,
    Field(
        max_length=500,
        description="of the scheme that its connector names; host and port are pinned: nothing "
        "else is ever called, and redirects are not followed",
        examples=["https://311.example.gov/open311/v2"],
    ),
]
ConnectorValues = Annotated[
    dict[str, Any],
    Field(
        description="of its kind: `GET /v1/connectors` tells their schema; see docs/integrators.md",
        examples=[{"service_codes": {"pothole": "001"}, "after_doubt": "search"}],
    ),
]
SecretText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        description="the api_key of an Open311 server, the keys that sign webhooks (whsec_, "
        "whsk_, whpk_; several with white space between), the password of an MQTT user; never "
        "shown again",
    ),
]
ClassNames = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=60)]],
    Field(max_length=200, description="the classes it receives", examples=[["pothole"]]),
]


class ConnectorView(BaseModel):
    """A way to speak to departments, with all that a form for such a destination needs."""

    kind: DestinationKind
    title: Label
    summary: Label
    address: Address
    secret: Secret
    settings: dict[str, Label] = Field(description="what each setting is called")
    settings_schema: dict[str, Any] = Field(
        description="JSON Schema of the settings: types, defaults, choices, and what is required"
    )
    carries: list[MessageType] = Field(description="the messages that it can tell")
    test: Label = Field(description="what `POST /v1/destinations/{id}/test` does")
    status_by: StatusBy = Field(
        description="whether the department calls back, or is asked; by hand it always can tell"
    )


class ConnectorsView(BaseModel):
    """Every way to speak to departments."""

    items: list[ConnectorView]


class DestinationView(BaseModel):
    """A department's address. Its secret is never shown."""

    id: str
    name: str
    kind: DestinationKind
    url: str
    settings: dict[str, Any]
    has_secret: bool
    signing_keys: int | None = Field(
        description="keys of a webhook; more than one while they are changed, null of other kinds"
    )
    classes: list[str]
    callback_url: str | None = Field(
        description="where the department tells what it does; null where it is asked instead"
    )
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: str | None
    created_at: datetime


class DestinationCreate(BaseModel):
    """A new destination."""

    model_config = ConfigDict(extra="forbid")

    name: DepartmentName
    kind: DestinationKind
    url: Url
    settings: ConnectorValues = Field(default_factory=dict)
    secret: SecretText | None = None
    classes: ClassNames = Field(default_factory=list)


class DestinationUpdate(BaseModel):
    """What of a destination is to change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: DepartmentName | None = None
    url: Url | None = None
    settings: ConnectorValues | None = None
    secret: SecretText | None = None
    classes: ClassNames | None = None
    enabled: bool | None = None


class NewKey(BaseModel):
    """A key that signs from now on, shown this once."""

    secret: str = Field(examples=["whsec_…"])
    signing_keys: int


class TrialView(BaseModel):
    """What trying a destination showed."""

    model_config = ConfigDict(from_attributes=True)

    ok: bool
    detail: str = Field(examples=["answered 200 to a signed event of type dev.xunjian.test"])
    status_code: int | None


class PolicyView(BaseModel):
    """A written permission to dispatch a class unreviewed, with the figures as they are now."""

    id: str
    inspection: str
    class_name: str = Field(serialization_alias="class")
    min_confidence: float
    min_looks: int
    required_precision: float
    reason: str
    written_by: str
    created_at: datetime
    revoked_at: datetime | None
    confirmed: int = Field(description="of the reviews that count now")
    rejected: int
    lower_bound: float = Field(description="of the precision: 95 % Wilson interval")
    in_force: bool = Field(description="whether it allows anything now")


class PolicyCreate(BaseModel):
    """A new policy."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)

    inspection: Annotated[str, Field(max_length=30, examples=["road_damage"])]
    class_name: Annotated[str, Field(alias="class", max_length=60, examples=["pothole"])]
    min_confidence: Annotated[float, Field(ge=0, le=1, examples=[0.9])]
    min_looks: Annotated[int, Field(ge=1, le=1000, examples=[2])]
    required_precision: Annotated[float, Field(gt=0, lt=1, examples=[0.95])]
    reason: Annotated[
        str, Field(min_length=10, max_length=2000, description="why, for those who ask later")
    ]
