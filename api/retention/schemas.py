"""Retention as it goes over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.retention.models import RetentionKind

Days = Annotated[
    int | None, Field(ge=1, le=36_500, description="how long; null for good", examples=[365])
]


class RetentionView(BaseModel):
    """How long things of a kind are kept, and what the next clean-up removes.

    `unreviewed`: findings, from when they were last seen; they become `expired_unreviewed`.
    `evidence`: pictures and videos of findings, from the last change of a finding that is over
    and of its cases. `pictures`: those of frames that are nobody's evidence, from when they came.
    """

    kind: RetentionKind
    days: Days
    set_by: str | None
    set_at: datetime | None
    count: int = Field(description="how many are kept")
    oldest_at: datetime | None
    due: int = Field(description="how many the next clean-up removes")


class RetentionsView(BaseModel):
    """How long things are kept."""

    items: list[RetentionView]


class RetentionPut(BaseModel):
    """How long things of a kind are to be kept."""

    model_config = ConfigDict(extra="forbid")

    days: Days
    reason: Annotated[
        str, Field(min_length=3, max_length=2000, description="why, for those who ask later")
    ]
    check: bool = Field(
        default=False, description="change nothing, say in `due` what would be removed"
    )
