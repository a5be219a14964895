"""Findings at a checkpoint as they go over the wire: all but what a plate says."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.registers.schemas import Purpose


class RuleName(BaseModel):
    """The rule that was broken, as it stood in the version that was in force."""

    code: str = Field(examples=["emissions_failed"])
    label_zh: str = Field(examples=["排放检验不合格车辆"])
    label_en: str = Field(examples=["Failed its emission test"])
    version: int = Field(description="of the rule set")


class RegisterName(BaseModel):
    """The register that has the plate, or one like it."""

    id: str
    name: str | None = Field(description="null if it was deleted since")
    version: int


class PassageView(BaseModel):
    """One passage that breaks the rule."""

    model_config = ConfigDict(from_attributes=True)

    first_at: datetime
    last_at: datetime
    frames: int = Field(description="that show it")
    confidence: float
    similar: bool
    settled_at: datetime | None = Field(description="after this no frame changes it")
    cleared_at: datetime | None = Field(
        description="when later frames spoke for the vehicle although somebody had judged it"
    )


class ViolationDetails(BaseModel):
    """Which rule a vehicle broke. `POST /v1/findings/{id}/plate` tells what its plate says."""

    inspection: Literal["checkpoint_vehicle"] = "checkpoint_vehicle"
    rule: RuleName
    site: str = Field(description="its code, or the camera's id where it is in no site")
    department: str | None = Field(description="that receives it")
    register_entry: RegisterName | None
    similar: bool = Field(
        description="the plate is one edit away from the register's: look closely"
    )
    has_plate: bool = Field(description="whether a plate was read")
    plate_color: str | None
    vehicle: str | None
    passages: list[PassageView] = Field(description="oldest first")


class PlateRequest(BaseModel):
    """Why somebody wants to know what a plate says."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose


class PlateView(BaseModel):
    """What the plate of a violation says."""

    text: str = Field(examples=["京A12345"])
    score: float = Field(ge=0, le=1, description="how sure the reading is")
    color: str | None
    similar: bool = Field(description="the register's plate is another one")
    note: str | None = Field(description="of the register's entry")
    by_device: list[str] = Field(description="what the camera itself read in its passages")
