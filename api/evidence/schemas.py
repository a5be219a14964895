"""Evidence as it is asked for."""

from pydantic import BaseModel, ConfigDict

from api.registers.schemas import Purpose


class OriginalRequest(BaseModel):
    """Why somebody wants to see what is hidden from everybody else."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"purpose": "police request 2026-118: who threw it"}]},
    )

    purpose: Purpose
