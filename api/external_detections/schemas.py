"""What devices say, as it goes over the wire: all but what a plate says."""

from pydantic import BaseModel, ConfigDict, Field


class ExternalDetectionView(BaseModel):
    """What a device said of one thing in its picture; no model of ours was asked."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    frame_id: str
    class_name: str = Field(alias="class", examples=["car"])
    score: float | None = Field(
        ge=0, le=1, description="null where the device does not say, or it is hidden"
    )
    box: tuple[float, float, float, float] | None = Field(
        description="x1, y1, x2, y2 in pixels of the picture as displayed"
    )
    attributes: dict[str, str] = Field(examples=[{"plate_color": "blue", "lane": "2"}])
    has_plate: bool = Field(
        description="it read a plate; `POST /v1/findings/{id}/plate` tells that of a violation"
    )
