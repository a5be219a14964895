"""Coverage as it goes over the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class CoverageView(BaseModel):
    """What one frame could see of the ground."""

    model_config = ConfigDict(from_attributes=True)

    frame_id: str
    camera_id: str
    inspection: str
    captured_at: datetime
    footprint: list[tuple[float, float]] | None = Field(
        description="corners as [latitude, longitude]; null where the place is not known"
    )
    accuracy_m: float | None = Field(description="radius (68 %) of the far edge's place")
    sharpness: float
    brightness: float = Field(description="0 (black) to 1 (white)")
    usable: bool = Field(description="a problem there would have been seen")
