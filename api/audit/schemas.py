"""Audit records as they go over the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class AuditView(BaseModel):
    """Who changed what, when."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: datetime
    actor: str = Field(examples=["user:0199f0c2-…"])
    actor_name: str | None = Field(description="what people call them, where they have a name")
    action: str = Field(examples=["camera.update"])
    object_type: str = Field(examples=["camera"])
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None


class AuditWords(BaseModel):
    """The words that the audit record uses, to choose from."""

    actions: list[str] = Field(examples=[["camera.update"]])
    object_types: list[str] = Field(examples=[["camera"]])
