"""Gateways as they go over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

GatewayName = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["depot-east"]),
]


class GatewayView(BaseModel):
    """A gateway."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: GatewayName
    created_at: datetime
    disabled_at: datetime | None


class GatewayCreate(BaseModel):
    """A new gateway."""

    model_config = ConfigDict(extra="forbid")

    name: GatewayName


class GatewayUpdate(BaseModel):
    """Whether a gateway may post."""

    model_config = ConfigDict(extra="forbid")

    disabled: bool
