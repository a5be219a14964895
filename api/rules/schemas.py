"""Rule sets as they go over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, computed_field

from api.rules.document import read_rules


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


class RuleLabel(BaseModel):
    """What one rule is called; its code is the class of its findings."""

    code: str = Field(examples=["emissions_failed"])
    label_zh: str = Field(examples=["排放检验不合格车辆"])
    label_en: str = Field(examples=["Failed its emission test"])


class RuleSetText(RuleSetView):
    """A version of the rules with its text."""

    text: str = Field(description="YAML")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def rules(self) -> list[RuleLabel]:
        """What its rules are called."""
        return [
            RuleLabel(code=rule.code, label_zh=rule.label.zh, label_en=rule.label.en)
            for rule in read_rules(self.text).rules
        ]


class RuleSetChecked(BaseModel):
    """What a rule set that was checked holds."""

    name: str
    rules: list[str] = Field(description="their codes", examples=[["emissions_failed"]])
    differences: list[str] = Field(
        description="to the text in force, as lines of a unified diff", examples=[["-  code: a"]]
    )


class RuleSetDifferences(BaseModel):
    """What changed from one version to another."""

    before: int | None = Field(description="the version; null compares with nothing")
    after: int
    differences: list[str] = Field(description="lines of a unified diff")
