"""Coverage, to read."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from api.areas import BoundingBox, BoundingBoxQuery
from api.coverage import service
from api.coverage.schemas import CoverageView
from api.dependencies import ServicesDep, allow
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["coverage"])


@router.get(
    "/v1/coverage",
    summary="List what frames could see",
    response_model=Page[CoverageView],
    responses=problem_responses(400),
)
def list_coverage(
    principal: Annotated[Principal, Depends(allow(Action.COVERAGE_READ))],
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
