"""Camera health as it goes over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.camera_health.models import Trouble


class TroubleView(BaseModel):
    """A time in which a camera could not do its work."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    camera_id: str
    trouble: Trouble
    message: str = Field(description="what it means and how to mend it")
    first_at: datetime = Field(description="when the first such frame was captured")
    last_at: datetime
    frames: int = Field(description="in a row that could not be used")
    shift_px: float | None = Field(description="by how much a moved camera moved")
    lasting: bool
