"""Versions of models as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Reason = Annotated[
    str, Field(min_length=3, max_length=2000, description="why, for those who ask later")
]


class RowView(BaseModel):
    """One line of the comparison with the model that was served: a class, a slice, the latency.

    `current`, `candidate` and `loss` are AP50 or counting error; of latency they are milliseconds
    and the ratio.
    """

    judged_set: str
    name: str = Field(examples=["pothole"])
    variant: str
    objects: int
    current: float
    candidate: float
    loss: float
    tolerance: float
    verdict: Literal["kept", "unsure", "few", "lost"]


class ModelVersionView(BaseModel):
    """A version that is kept. `id` is `shipped` for what comes with Xunjian."""

    id: str
    version: str = Field(examples=["1.1.0"])
    added_at: datetime | None = Field(description="null for what ships")
    added_by: str | None
    reason: str | None
    served: bool = Field(description="what services load when they start")
    loses: bool = Field(description="its comparison says that something is lost")
    rows: list[RowView] = Field(description="its comparison; empty where there was none")
    digests: dict[str, str] = Field(description="SHA-256 of its ONNX files")
    has_card: bool


class PromotionView(BaseModel):
    """One line of a model's log."""

    action: Literal["promote", "rollback"]
    at: datetime
    who: str
    version: str | None = Field(description="the version's id; null for what ships")
    forced: bool
    reason: str | None


class ModelView(BaseModel):
    """A model with every version that is kept of it."""

    name: str = Field(examples=["road_damage"])
    loaded: list[str] = Field(description="digests that this process inspects pictures with now")
    restart_needed: bool = Field(
        description="this process has loaded another version than the one that is to be served"
    )
    versions: list[ModelVersionView]
    log: list[PromotionView] = Field(description="newest first")


class ModelsView(BaseModel):
    """Every model."""

    items: list[ModelView]


class CardNode(BaseModel):
    """A part of a card: an element with what is in it, or a piece of text."""

    tag: str | None = Field(description="HTML's name of the element, null for text")
    text: str = ""
    href: str | None = None
    children: "list[CardNode]" = []


class CardView(BaseModel):
    """The card of a version: as it was written, and taken apart to be shown."""

    markdown: str
    nodes: list[CardNode]


class ServeVersion(BaseModel):
    """Which version is to be served."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(max_length=80)]
    reason: Reason
    force: bool = Field(default=False, description="although its comparison says it loses")


class RollBack(BaseModel):
    """Why the version before is to be served again."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
