"""Facades as they go over the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Point = Annotated[
    tuple[
        Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]
    ],
    Field(description="x, y in pixels", examples=[(412.0, 88.5)]),
]
_EXAMPLE: dict[str, Any] = {
    "picture": {"width": 1920, "height": 1080},
    "region": [[380, 40], [1530, 60], [1600, 1079], [300, 1079]],
    "grid": {
        "corners": [[430, 60], [1480, 75], [1560, 1010], [340, 1000]],
        "floors": 18,
        "columns": 8,
    },
}


class PictureSize(BaseModel):
    """Of the picture that was measured; clips of another size are scaled to it."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(ge=16, le=16384, examples=[1920])
    height: int = Field(ge=16, le=16384, examples=[1080])


class FacadeGrid(BaseModel):
    """Floors and window columns of the facade, so that a fall's floor can be named."""

    model_config = ConfigDict(extra="forbid")

    corners: tuple[Point, Point, Point, Point] = Field(
        description="of the facade: top left, top right, bottom right, bottom left; they may lie "
        "outside the picture, of which the facade must be seen in a part"
    )
    floors: int = Field(ge=1, le=200, description="between the upper and the lower corners")
    columns: int = Field(ge=1, le=200, description="of windows, from the left to the right")


class FacadeBody(BaseModel):
    """The building in a fixed camera's picture: at least one of `region` and `grid`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    picture: PictureSize
    region: Annotated[list[Point], Field(min_length=3, max_length=64)] | None = Field(
        None, description="corners of a polygon around the building; nothing is looked for outside"
    )
    grid: FacadeGrid | None = None


class FacadeView(FacadeBody):
    """The building in a camera's picture, as it is used now."""

    updated_at: datetime
