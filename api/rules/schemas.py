"""Rule sets as they go over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class RuleSetView(BaseModel):
    """A version of the rules, without its text."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: int = Field(description="versions count from 1", examples=[3])
    name: str = Field(examples=["Example city, checkpoint rules"])
    time_zone: str = Field(description="where the text says none", examples=["Asia/Shanghai"])
    loaded_by: str
    loaded_at: datetime
    ended_at: datetime | None = Field(description="null while it is in force")


class RuleSetText(RuleSetView):
    """A version of the rules with its text."""

    text: str = Field(description="YAML")


class RuleSetChecked(BaseModel):
    """What a rule set that was checked holds."""

    name: str
    rules: list[str] = Field(description="their codes", examples=[["emissions_failed"]])
