"""Camera health, to read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.camera_health import service
from api.camera_health.schemas import TroubleView
from api.dependencies import ServicesDep, allow
from api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode_id_cursor, next_cursor
from api.permissions import Action
from api.principal import Principal
from api.problems import problem_responses

router = APIRouter(tags=["cameras"])


@router.get(
    "/v1/camera-health",
    summary="List troubles of cameras",
    response_model=Page[TroubleView],
    responses=problem_responses(400),
)
def list_camera_health(
    principal: Annotated[Principal, Depends(allow(Action.CAMERAS_READ))],
    services: ServicesDep,
    camera: Annotated[str | None, Query(max_length=36, description="a camera's id")] = None,
    lasting: Annotated[
        bool | None, Query(description="only those that last, or only those that are over")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[TroubleView]:
    """Return when cameras were silent, moved, blocked, blurred or dark, newest first."""
    before_id = decode_id_cursor(cursor)
    with services.database.read() as session:
        rows = service.troubles(
            session,
            limit=limit,
            before_id=before_id,
            camera_id=camera,
            lasting=lasting,
            visible=principal.camera_ids,
        )
    return Page(
        items=[service.view_of(row) for row in rows[:limit]],
        next_cursor=next_cursor(rows, limit, "id"),
    )
