"""Coverage, to read."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from api.areas import BoundingBox, BoundingBoxQuery
from api.coverage import service
from api.coverage.cells import CellCollection, cell_collection
from api.coverage.passes import PassCollection, pass_collection
from api.coverage.schemas import CoverageView
from api.database import now
from api.dependencies import ServicesDep, allow
from api.errors import Unprocessable
from api.maps import NOT_MODIFIED, geojson
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["coverage"])

Reader = Annotated[Principal, Depends(allow(Action.COVERAGE_READ))]
Since = Annotated[
    AwareDatetime | None, Query(description="taken then or later; a week before `until` if absent")
]
Until = Annotated[
    AwareDatetime | None, Query(description="taken before then; the present time if absent")
]
_WEEK = timedelta(weeks=1)
_LONGEST = timedelta(days=31)


@router.get(
    "/v1/coverage",
    summary="List what frames could see",
    response_model=Page[CoverageView],
    responses=problem_responses(400),
)
def list_coverage(
    principal: Reader,
    services: ServicesDep,
    camera: Annotated[str | None, Query(max_length=36, description="a camera's id")] = None,
    since: Annotated[AwareDatetime | None, Query(description="taken then or later")] = None,
    until: Annotated[AwareDatetime | None, Query(description="taken before then")] = None,
    bbox: BoundingBoxQuery = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CoverageView]:
    """Return coverage in order of time, of the cameras that the caller may see."""
    within = BoundingBox.parse(bbox)
    after = decode_cursor(cursor, datetime, str, str) if cursor else None
    with services.database.read() as session:
        rows = service.coverages(
            session,
            limit=limit,
            after=after,
            camera_id=camera,
            since=since,
            until=until,
            within=within,
            visible=principal.camera_ids,
        )
    last = next_cursor(rows, limit, "captured_at", "frame_id", "inspection")
    return Page(items=[CoverageView.model_validate(row) for row in rows[:limit]], next_cursor=last)


@router.get(
    "/v1/coverage.geojson",
    summary="Where was looked, for a map",
    response_model=CellCollection,
    responses=NOT_MODIFIED,
)
def coverage_geojson(
    request: Request,
    principal: Reader,
    services: ServicesDep,
    since: Since = None,
    until: Until = None,
    usual_weeks: Annotated[
        int, Query(ge=0, le=12, description="what was seen in so many weeks before is usual")
    ] = 4,
    bbox: BoundingBoxQuery = None,
) -> Response:
    """Return the cells of the H3 grid that were looked at, and the usual ones that were missed.

    Frames of the cameras that the caller may see count. Degrees, WGS-84.
    """
    since, until = _period(since, until)
    with services.database.read() as session:
        collection = cell_collection(
            session,
            since=since,
            until=until,
            usual_since=since - usual_weeks * _WEEK,
            within=BoundingBox.parse(bbox),
            visible=principal.camera_ids,
        )
    return geojson(request, collection)


@router.get(
    "/v1/passes.geojson",
    summary="Passes of buses, for a map",
    response_model=PassCollection,
    responses=NOT_MODIFIED,
)
def passes_geojson(
    request: Request,
    principal: Reader,
    services: ServicesDep,
    since: Since = None,
    until: Until = None,
    bbox: BoundingBoxQuery = None,
) -> Response:
    """Return the ways that buses went as lines (degrees, WGS-84), a line for each pass."""
    since, until = _period(since, until)
    with services.database.read() as session:
        collection = pass_collection(
            session,
            since=since,
            until=until,
            within=BoundingBox.parse(bbox),
            visible=principal.camera_ids,
        )
    return geojson(request, collection)


def _period(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """Return a period: the last week, or what is asked for.

    Raises:
        Unprocessable: it is empty, or longer than 31 days.
    """
    until = until or now()
    since = since or until - _WEEK
    if not timedelta(0) < until - since <= _LONGEST:
        raise Unprocessable(
            "since must lie before until, by 31 days at most.", code="period-invalid"
        )
    return since, until
