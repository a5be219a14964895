"""What comes back: the same class in the same place, as one matter."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.database import now
from api.dependencies import ServicesDep, allow
from api.matters.areas import in_areas
from api.matters.gathering import gather, in_cells
from api.matters.schemas import MattersView
from api.matters.service import occurrences
from api.matters.views import as_map, as_table, view
from api.permissions import Action
from api.principal import Principal
from api.spreadsheets import MEDIA_TYPE

router = APIRouter(tags=["findings"])

_MOST_WEEKS = 104


class Format(StrEnum):
    """How matters are written."""

    JSON = "json"
    CSV = "csv"
    GEOJSON = "geojson"


class By(StrEnum):
    """In what places are counted together."""

    CELL = "cell"
    AREA = "area"


@router.get(
    "/v1/matters",
    summary="What comes back in the same place",
    response_model=MattersView,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/geo+json": {"schema": {"type": "object"}},
            },
            "description": "The matters",
        }
    },
)
def list_matters(
    principal: Annotated[Principal, Depends(allow(Action.FINDINGS_READ))],
    services: ServicesDep,
    weeks: Annotated[
        int, Query(ge=2, le=_MOST_WEEKS, description="the last weeks, this one included")
    ] = 12,
    least_weeks: Annotated[
        int, Query(ge=2, le=_MOST_WEEKS, description="in how many of them it must begin anew")
    ] = 2,
    resolution: Annotated[
        int, Query(ge=6, le=11, description="of the H3 grid; a cell's side at 9 is about 200 m")
    ] = 9,
    by: Annotated[
        By, Query(description="cells of the H3 grid, or the areas of the county")
    ] = By.CELL,
    inspection: Annotated[str | None, Query(max_length=30, examples=["road_damage"])] = None,
    class_name: Annotated[
        str | None, Query(alias="class", max_length=60, examples=["pothole"])
    ] = None,
    as_format: Annotated[
        Format, Query(alias="format", description="csv: a line a week; geojson: the places")
    ] = Format.JSON,
) -> Any:
    """Return classes of confirmed findings that came back in a place, most often first.

    A matter is a class that began anew in a cell of the grid in several weeks: a cause to be
    dealt with, not one more repair. Findings of the cameras that the caller may see count. By
    area, each counts in the smallest imported one that holds it.
    """
    with services.database.read() as session:
        found = occurrences(
            session,
            weeks=weeks,
            at=now(),
            zone=services.settings.zone,
            inspection=inspection,
            class_name=class_name,
            visible=principal.camera_ids,
        )
        place_of = in_areas(session) if by is By.AREA else in_cells(resolution)
    matters = gather(found, place_of=place_of, least_weeks=least_weeks)
    if as_format is Format.CSV:
        return Response(as_table(matters), media_type=MEDIA_TYPE)
    if as_format is Format.GEOJSON:
        return Response(
            as_map(matters).model_dump_json(by_alias=True), media_type="application/geo+json"
        )
    return MattersView(
        weeks=weeks, resolution=resolution, items=[view(matter) for matter in matters]
    )
