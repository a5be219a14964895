"""Plots as they go over the wire."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.plots.models import ViewKind
from api.plots.stages import Stage

PlotName = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["东升村3号田"]),
]
AreaHa = Annotated[float, Field(gt=0, le=10_000, description="hectares", examples=[0.8])]
Latitude = Annotated[float, Field(ge=-90, le=90, description="degrees, WGS-84", examples=[30.27])]
Longitude = Annotated[float, Field(ge=-180, le=180, description="degrees, WGS-84")]
Polygon = Annotated[
    list[tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]]
    | None,
    Field(min_length=3, max_length=1000, description="corners as [latitude, longitude], WGS-84"),
]
HillsPerM2 = Annotated[
    float | None,
    Field(gt=0, le=200, description="hills (丛) per square metre", examples=[22.5]),
]
GroundM2 = Annotated[
    float | None, Field(gt=0, le=1000, description="ground that a close picture shows, m²")
]
Traps = Annotated[int | None, Field(ge=1, le=100, description="traps that one picture shows")]
Note = Annotated[str | None, Field(max_length=500, pattern=r"^[^\x00]*$")]


class ViewView(BaseModel):
    """What a camera shows of a plot, and when."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    camera_id: str
    kind: ViewKind
    ground_m2: float | None
    traps: int | None
    since: datetime
    until: datetime | None


class ViewCreate(BaseModel):
    """A camera that looks at a plot from now on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"camera_id": "0199f0c2-…", "kind": "close", "ground_m2": 0.25},
                {"camera_id": "0199f0c2-…", "kind": "trap", "traps": 1},
            ]
        },
    )

    camera_id: str
    kind: ViewKind
    ground_m2: GroundM2 = None
    traps: Traps = None
    since: AwareDatetime | None = Field(None, description="now, if absent")
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        close = self.kind is ViewKind.CLOSE
        if (self.ground_m2 is None) == close or (self.traps is None) != close:
            raise ValueError("a close view has ground_m2, a trap view has traps, and not the other")
        return self


class ViewUpdate(BaseModel):
    """What of a view is to change; what is absent stays. All its counts follow."""

    model_config = ConfigDict(extra="forbid")

    ground_m2: GroundM2 = None
    traps: Traps = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(None, description="when the camera looked elsewhere")


class StageView(BaseModel):
    """How far the crop is from a day on."""

    since: date = Field(description="in the local time zone")
    bbch: int = Field(examples=[45])
    stage: Stage
    label_zh: str = Field(examples=["孕穗期"])
    note: str | None


class StagePut(BaseModel):
    """How far the crop is: by its BBCH code, or by the name of the stage."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"stage": "booting"}]}
    )

    bbch: Annotated[int | None, Field(ge=0, le=99)] = None
    stage: Stage | None = Field(None, description="stands for the code with which it begins")
    note: Note = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.bbch is None) == (self.stage is None):
            raise ValueError("give bbch or stage")
        return self

    @property
    def code(self) -> int:
        """Return the BBCH code."""
        if self.bbch is not None:
            return self.bbch
        return self.stage.first_bbch if self.stage else 0


class TrapServiceView(BaseModel):
    """That traps were changed or emptied."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    camera_id: str
    changed_at: datetime
    note: str | None


class TrapServiceCreate(BaseModel):
    """That traps were changed or emptied: from then on they hold nothing."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"camera_id": "0199f0c2-…"}]}
    )

    camera_id: str = Field(description="the camera that shows the traps")
    changed_at: AwareDatetime | None = Field(None, description="now, if absent")
    note: Note = None


class PlotView(BaseModel):
    """A plot. Position: degrees, WGS-84."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: PlotName
    crop: Literal["rice"]
    area_ha: float
    latitude: float
    longitude: float
    polygon: list[tuple[float, float]] | None
    hills_per_m2: float | None
    created_at: datetime
    disabled_at: datetime | None


class PlotDetail(PlotView):
    """A plot with all that is on record of it."""

    views: list[ViewView]
    stages: list[StageView] = Field(description="oldest first")
    trap_services: list[TrapServiceView] = Field(description="the newest 50, newest first")


class PlotCreate(BaseModel):
    """A new plot."""

    model_config = ConfigDict(extra="forbid")

    name: PlotName
    crop: Literal["rice"] = "rice"
    area_ha: AreaHa
    latitude: Latitude
    longitude: Longitude
    polygon: Polygon = None
    hills_per_m2: HillsPerM2 = None


class PlotUpdate(BaseModel):
    """What of a plot is to change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: PlotName | None = None
    area_ha: AreaHa | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    polygon: Polygon = None
    hills_per_m2: HillsPerM2 = None
    disabled: bool | None = None
