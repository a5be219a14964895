"""Areas of the county: imported from GeoJSON, and shown."""

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from api.dependencies import Services, ServicesDep, allow
from api.dispatch.datums import Datum
from api.frames.bodies import read_body
from api.grids import geojson, service
from api.grids.schemas import AreaFeatures, AreasImported, AreaView
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, page
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses
from api.routing.service import areas_in_use

router = APIRouter(tags=["routing"])

Reader = Annotated[Principal, Depends(allow(Action.ROUTING_READ))]
Manager = Annotated[Principal, Depends(allow(Action.ROUTING_MANAGE))]
_LONGEST_BODY = 32 * 1024 * 1024
_MOST_WARNINGS = 100
_GEOJSON: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/geo+json": {
                "schema": {"type": "object"},
                "example": {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "properties": {"code": "330106001", "name": "北山街道"},
                            "geometry": {
                                "type": "Polygon",
                                "coordinates": [
                                    [
                                        [120.13, 30.25],
                                        [120.16, 30.25],
                                        [120.16, 30.28],
                                        [120.13, 30.28],
                                        [120.13, 30.25],
                                    ]
                                ],
                            },
                        }
                    ],
                },
            }
        },
    }
}


@router.get("/v1/grids", summary="List areas", response_model=Page[AreaView])
def list_grids(
    services: ServicesDep, _: Reader, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[AreaView]:
    """Return the areas in force, without their shapes."""
    with services.database.read() as session:
        rows = service.grids(session, limit=limit, after_id=decode_id_cursor(cursor))
    return page(rows, limit, AreaView)


@router.get("/v1/grids.geojson", summary="Areas as GeoJSON", response_model=AreaFeatures)
def read_grids(services: ServicesDep, _: Reader) -> JSONResponse:
    """Return the areas in force, longitude before latitude, degrees, WGS-84."""
    with services.database.read() as session:
        rows = service.in_force(session)
    features = [geojson.feature(row.code, row.name, row.shape) for row in rows]
    return JSONResponse(
        {"type": "FeatureCollection", "features": features}, media_type="application/geo+json"
    )


@router.put(
    "/v1/grids",
    summary="Import areas",
    response_model=AreasImported,
    responses=problem_responses(408, 409, 413),
    openapi_extra=_GEOJSON,
)
async def import_grids(
    request: Request,
    services: ServicesDep,
    principal: Manager,
    datum: Annotated[
        Datum, Query(description="what the coordinates refer to; they are kept in WGS-84")
    ] = Datum.WGS84,
    check: Annotated[bool, Query(description="change nothing, say what would change")] = False,
) -> AreasImported:
    """Put areas in force in place of those before: polygons with a `code` and a `name`.

    One inside another is meant: a case belongs to the smallest that holds its place. A 422 names
    every mistake; nothing is changed then.
    """
    data = await read_body(request, _LONGEST_BODY)
    return await run_in_threadpool(_import, services, data, datum, check, principal.actor)


def _import(
    services: Services, data: bytes, datum: Datum, check: bool, actor: str
) -> AreasImported:
    areas = geojson.read_areas(data, datum=datum)
    if check:
        with services.database.read() as session:
            done = service.compare(session, areas)
    else:
        with services.database.write() as session:
            in_use = areas_in_use(session)
            done = service.replace(session, areas=areas, in_use=in_use, actor=actor)
    return AreasImported(
        added=list(done.added),
        changed=list(done.changed),
        removed=list(done.removed),
        unchanged=done.unchanged,
        warnings=[
            f"{one.code} and {two.code} overlap: the smaller one has what they share"
            for one, two in islice(geojson.overlaps(areas), _MOST_WARNINGS)
        ],
    )
